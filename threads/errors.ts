/** What can go wrong between threads. An error that a remote method throws keeps the code which it had there. */
export type ThreadErrorCode =
  /** The other thread ended, or the port was closed, before the answer came. */
  | 'thread-gone'
  /** The other side serves no method of that name. */
  | 'unknown-method'
  /** An argument or an answer holds what cannot cross (a function, a socket). */
  | 'not-cloneable'
  /** A thread did not say that it is ready, or that it has stopped, in time. */
  | 'thread-late'
  /** A thread ended before it was ready for the first time. */
  | 'thread-failed'
  /** Something else listens on an address that is wanted here. */
  | 'address-in-use'
  /** This machine does not have the address, or this user may not listen there. */
  | 'address-refused';

/** An error of this folder, or one that crossed from another thread: `code` is then what the thrower gave, or `failed`. */
export class ThreadError extends Error {
  override readonly name = 'ThreadError';
  readonly code: string;

  constructor(code: ThreadErrorCode | (string & {}), message: string) {
    super(message);
    this.code = code;
  }
}

/** The code and message by which an error crosses; everything else about it stays in its own thread. */
export function crossing(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof Error)) return { code: 'failed', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'failed';
  return { code, message: error.message };
}
