/** What of an address bar a page reads. */
import type { BlocksQuery } from '../api/queries.ts';

export const filterNames = [
  'from',
  'to',
  'school',
  'host',
  'rule',
  'clause',
  'person',
  'action',
  'about',
  'cursor',
] as const;
export type BlocksSearch = Pick<BlocksQuery, (typeof filterNames)[number]>;

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;

/** Of the search of an address, the texts of these names. */
export function texts<const N extends string>(
  search: Readonly<Record<string, unknown>>,
  names: readonly N[],
): { [K in N]?: string } {
  return Object.fromEntries(
    names.flatMap((name) => (text(search[name]) === undefined ? [] : [[name, text(search[name])]])),
  ) as {
    [K in N]?: string;
  };
}
