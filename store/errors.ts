/** Everything that a caller of the store may have to tell apart. */
export type StoreErrorCode =
  /** The file was written by a newer Hallpass. */
  | 'store-newer'
  /** Another Hallpass works on the same data folder. */
  | 'store-in-use'
  /** An id made of a text's digest stands already, for another text. */
  | 'store-digest-mismatch';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Why the store cannot take a write. `full`: no space. `locked`: another process holds the file. `io`: the file cannot
 * be read or written. `damaged`: it can be, and what stands in it is wrong. `other`: the write itself is at fault.
 */
export type Fault = 'full' | 'locked' | 'io' | 'damaged' | 'other';
