/** The standard streams as a command wants them: as fast as the reader, quiet when the reader has left, and harmless. */
import process from 'node:process';

export interface Output {
  /** Resolves when more can be taken; false once the reader has left (`hallpass blocks | head`). {@link harmless}. */
  write(text: string): Promise<boolean>;
  /** Documents and tables for programs: harmless on a terminal, in a file as they are. */
  exact(text: string): Promise<boolean>;
}

/** @param stream process.stdout, but for tests */
export function outputTo(stream: NodeJS.WritableStream & { readonly isTTY?: boolean }): Output {
  let open = true;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    open = false;
    if (error.code !== 'EPIPE') throw error;
  });
  const exact = async (text: string): Promise<boolean> => {
    if (open && !stream.write(text)) await drained(stream);
    return open;
  };
  const write = (text: string): Promise<boolean> => exact(harmless(text));
  return { write, exact: stream.isTTY === true ? write : exact };
}

/** To standard error. */
export function complain(text: string): void {
  process.stderr.write(harmless(text));
}

/** Controls, but for tabs and ends of lines, and marks that turn the direction of writing. */
// eslint-disable-next-line no-control-regex -- that is what it is for
const steering = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\p{Bidi_Control}]|\r(?!\n)/gu;

/**
 * What comes from a directory, a list or a client must not steer the terminal: it is written as in JSON, `\u001b`. JSON
 * stays the same value by that.
 */
export const harmless = (text: string): string =>
  text.replace(steering, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** When more can be taken, or nothing will ever be. */
function drained(stream: NodeJS.WritableStream): Promise<void> {
  const ends = ['drain', 'close', 'error'] as const;
  return new Promise((resolve) => {
    const done = (): void => {
      for (const end of ends) stream.off(end, done);
      resolve();
    };
    for (const end of ends) stream.on(end, done);
  });
}
