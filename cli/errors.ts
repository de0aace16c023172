/** How a command ends; docs/cli.md lists them. */
export const exitCodes = {
  ok: 0,
  /** It could not be done; standard error says why. */
  failed: 1,
  /** The command was not understood. */
  usage: 2,
  /** `check`: the request would be blocked. */
  block: 10,
  /** `check`: the request would be warned of. */
  warn: 11,
} as const;

/** Sets the exit code of a command that has more to say than done or failed. */
export type Ending = (code: number) => void;

export type CliErrorCode =
  /** The command was not understood. */
  | 'usage'
  /** The command needs a running server, and none runs on this data folder. */
  | 'not-running'
  /** The running server could not be talked to, or said no. */
  | 'server'
  /** A file that was named cannot be read. */
  | 'bad-file'
  /** What was asked for is not there. */
  | 'not-found';

/** An error whose message is all that the user needs: no stack is shown. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
