/** The part of a structured logger that the directory needs; pino has it. */
export interface DirectoryLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export const noLog: DirectoryLog = { info: () => undefined, warn: () => undefined };
