/** Everything that can go wrong with the directory itself. What is wrong with a sign-in is a `RejectionReason`. */
export type DirectoryErrorCode =
  /** An option names a file that cannot be read or used. */
  | 'directory/bad-file'
  /** Options that do not fit together. */
  | 'directory/bad-options'
  /** A server could not be reached, or closed the connection. */
  | 'directory/unreachable'
  | 'directory/timeout'
  /** TLS could not be agreed: wrong CA, wrong name, expired, or a broken handshake. */
  | 'directory/tls'
  /** The server would not start TLS; nothing was sent in the clear. */
  | 'directory/starttls-refused'
  /** The server does not accept the account that Hallpass searches with. */
  | 'directory/service-bind-refused'
  /** The server answered a search or bind with a result that says nothing about the person. */
  | 'directory/refused'
  /** A person or a group without a readable entryUUID or objectGUID. */
  | 'directory/no-key'
  /** Every server is down or resting after a failure. */
  | 'directory/unavailable'
  | 'directory/closed';

export class DirectoryError extends Error {
  readonly code: DirectoryErrorCode;

  constructor(code: DirectoryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DirectoryError';
    this.code = code;
  }
}

/** The message of whatever was thrown. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
