import type { Config } from '../config.ts';

/** What the control thread is started with. */
export interface ControlConfig extends Config {
  /** Opens the forms that the proxy threads seal. */
  readonly formKey: Uint8Array;
}
