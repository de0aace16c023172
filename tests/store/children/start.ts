import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const writerFile = fileURLToPath(new URL('./writer.ts', import.meta.url));

export interface Child {
  readonly process: ChildProcess;
  /** Complete lines of standard output so far. */
  lines(): readonly string[];
  /** Resolves when a line that fits has come; rejects when the process ends without it. */
  line(fits: (line: string) => boolean): Promise<void>;
  /** Resolves when the process has ended and all that it wrote has been read. */
  ended(): Promise<void>;
}

/** Starts a command whose output is read by lines; an incomplete last line is not counted. */
export function start(command: string, args: readonly string[]): Child {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  let text = '';
  const lines = () => text.split('\n').slice(0, -1);
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return {
    process: child,
    lines,
    line: async (fits) => {
      while (!lines().some(fits)) {
        const ended = await Promise.race([
          once(child.stdout, 'data').then(() => false),
          closed.then(() => true),
        ]);
        if (ended && !lines().some(fits)) throw new Error(`ended without the line; it said:\n${text}`);
      }
    },
    ended: async () => void (await closed),
  };
}
