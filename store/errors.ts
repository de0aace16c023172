/** Everything that a caller of the store may have to tell apart. */
export type StoreErrorCode =
  /** The file was written by a newer Hallpass. */
  | 'store-newer'
  /** The file was written by an older Hallpass, and a reader does not change it. */
  | 'store-older'
  /** Another Hallpass works on the same data folder. */
  | 'store-in-use'
  /** An id made of a text's digest stands already, for another text. */
  | 'store-digest-mismatch'
  /** The file cannot be used, for the {@link Fault} of that name; the message says what to do. */
  | `store-${Fault}`
  /** A backup that cannot be made or used; the message says why. */
  | 'bad-backup'
  /** A restore broke off between the old store and the new one. */
  | 'restore-unfinished'
  /** A stored list that is missing, cut short or changed. */
  | 'list-snapshot'
  /** A place in a list of records that is none. */
  | 'bad-cursor'
  /** The key of the audit trail is not there, or is none. */
  | 'audit-key'
  /** The seal of the audit trail is not there, is unreadable, or was not made with its key. */
  | 'audit-seal';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A fault that Hallpass finds by itself; those that SQLite finds are errors of node:sqlite. */
export class FaultError extends Error {
  override readonly name = 'FaultError';
  readonly fault: Fault;

  constructor(fault: Fault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

/**
 * Why the store cannot take a write. `full`: no space. `locked`: another process holds the file. `io`: the file cannot
 * be read or written. `damaged`: it can be, and what stands in it is wrong. `replaced`: it is not the file any more that was
 * opened. `other`: the write itself is at fault.
 */
export type Fault = 'full' | 'locked' | 'io' | 'damaged' | 'replaced' | 'other';
