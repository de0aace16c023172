/** Standard output as a command wants it: as fast as the reader, and quiet when the reader has left. */
import { once } from 'node:events';

export interface Output {
  /** Resolves when more can be taken; false once the reader has left (`hallpass blocks | head`). */
  write(text: string): Promise<boolean>;
}

/** @param stream process.stdout, but for tests */
export function outputTo(stream: NodeJS.WritableStream): Output {
  let open = true;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    open = false;
    if (error.code !== 'EPIPE') throw error;
  });
  return {
    write: async (text) => {
      if (open && !stream.write(text)) await Promise.race([once(stream, 'drain'), closed(stream)]);
      return open;
    },
  };
}

function closed(stream: NodeJS.WritableStream): Promise<unknown> {
  return new Promise((resolve) => {
    stream.once('close', resolve);
    stream.once('error', resolve);
  });
}
