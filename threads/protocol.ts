/** What the supervisor and a thread of the house say to each other over the worker's own port. */
import type { MessagePort } from 'node:worker_threads';
import type { LogLevel } from './log.ts';

/** `workerData` of every thread. */
export interface Admission {
  /** Such as `record` or `proxy-2`. */
  readonly name: string;
  readonly logLevel: LogLevel;
  /** What the plan of the thread carries for it. */
  readonly config: unknown;
}

export type ToThread =
  /** A new connection with `peer`; an earlier one with it is dead or about to be. */
  | { readonly kind: 'link'; readonly peer: string; readonly port: MessagePort }
  /** `config` is what the thread would get if it started now. */
  | { readonly kind: 'reload'; readonly config: unknown }
  | { readonly kind: 'stop' };

export type FromThread =
  | { readonly kind: 'ready' }
  /** It could not start; it ends right after. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

/** `proxy` of `proxy-2`, `record` of `record`: what a thread does. */
export const kindOf = (name: string): string => name.replace(/-\d+$/, '');
