/** Everything that a caller of the control thread may have to tell apart. */
export type ControlErrorCode =
  /** Another server answers at the control socket. */
  | 'socket-in-use'
  /** No path for the control socket is short enough. */
  | 'socket-path'
  /** A file that the configuration names cannot be read. */
  | 'bad-file'
  /** The policy documents do not compile; the problems are in the log. */
  | 'bad-policy'
  /** The policy in force is frozen: nothing is published before its window ends. */
  | 'frozen'
  /** The compiler thread ended without a result. */
  | 'compiler-failed'
  /** The query thread ended while it was asked. */
  | 'query-failed'
  /** The data folder has no policy yet, and no server runs that would publish one. */
  | 'no-policy'
  /** A question that cannot be understood. */
  | 'bad-question'
  /** No policy of that version was published, or more than one begins so. */
  | 'unknown-policy'
  /** The directory has no person with that login. */
  | 'unknown-user'
  /** A switch that cannot be set as it was asked; the message says why. */
  | 'emergency'
  /** The directory has no group of that name, or several. */
  | 'unknown-group'
  /** A grant that cannot be made or ended as it was asked; the message says why. */
  | 'grant'
  /** No directory server answers. */
  | 'directory-unavailable';

export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly code: ControlErrorCode;

  constructor(code: ControlErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
