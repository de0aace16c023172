/**
 * Where the command line finds the running server: HTTP over the unix socket `control.sock` in the data folder, mode
 * 0600. A socket's path cannot be longer than about 107 bytes, so where that one exceeds 100, the socket lies in a
 * folder of its own (0700) under the temporary folder, and `control.path` in the data folder names it.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { ControlError } from './errors.ts';

const maxPath = 100;
const socketName = 'control.sock';
const pathName = 'control.path';
const folderPrefix = 'hallpass-control-';

export interface ControlSocket {
  readonly path: string;
  close(): Promise<void>;
}

/** The path at which a server of this data folder would listen; whether one does is seen by connecting. */
export function socketPath(data: string): string {
  const path = join(resolve(data), socketName);
  if (Buffer.byteLength(path) <= maxPath) return path;
  try {
    return readFileSync(join(resolve(data), pathName), 'utf8').trim();
  } catch {
    return path;
  }
}

/**
 * Listens there. What a killed server left behind is removed first.
 * @throws ControlError `socket-in-use` when another server answers there, `socket-path` when no path is short enough
 */
export async function listenOnSocket(data: string, handler: RequestListener): Promise<ControlSocket> {
  const stale = socketPath(data);
  if (await answers(stale)) {
    throw new ControlError('socket-in-use', `another server answers at \`${stale}\`: stop it first`);
  }
  await discard(stale);
  const path = await freshPath(data);
  const close = await listenPrivately(path, handler);
  const named = dirname(path) !== resolve(data);
  if (named) await writeAtomically(join(resolve(data), pathName), `${path}\n`);
  return {
    path,
    close: async () => {
      await close();
      await discard(path);
      if (named) await rm(join(resolve(data), pathName), { force: true });
    },
  };
}

async function freshPath(data: string): Promise<string> {
  const path = join(resolve(data), socketName);
  if (Buffer.byteLength(path) <= maxPath) return path;
  const folder = await mkdtemp(join(tmpdir(), folderPrefix));
  const elsewhere = join(folder, socketName);
  if (Buffer.byteLength(elsewhere) <= maxPath) return elsewhere;
  await rm(folder, { recursive: true });
  throw new ControlError(
    'socket-path',
    `neither \`${path}\` nor \`${elsewhere}\` is short enough for a socket: set \`data\` or TMPDIR to a shorter path`,
  );
}

/**
 * A socket takes its mode from the umask, which a thread may not change: so it is made in a folder that nobody else can
 * enter, narrowed, and then moved to where it belongs.
 */
async function listenPrivately(path: string, handler: RequestListener): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(dirname(path), '.s'));
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 0 }, handler);
  try {
    server.listen(join(folder, 's'));
    await once(server, 'listening');
    await chmod(join(folder, 's'), 0o600);
    await rename(join(folder, 's'), path);
  } catch (error) {
    server.close();
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Removes a socket, and the folder under the temporary one that was made for it alone. */
async function discard(path: string): Promise<void> {
  await rm(path, { force: true });
  if (basename(dirname(path)).startsWith(folderPrefix))
    await rm(dirname(path), { recursive: true, force: true });
}

async function writeAtomically(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
