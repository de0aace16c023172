import type { ListSourceState } from '../../store/repository/list-sources.ts';
import type { ListSource } from './options.ts';

/** A source as it is now. */
export interface KnownSource {
  readonly name: string;
  readonly source: ListSource;
  /** Whether the configuration names it; else somebody has added it. */
  readonly configured: boolean;
  readonly state: ListSourceState;
}
