/**
 * One Hallpass at a time on one data folder: an exclusive transaction on `lock.db` that stays open as long as the process
 * lives. The operating system frees it with the process, however that ends, so no lock is ever left behind.
 */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StoreError } from './errors.ts';
import { explained } from './faults.ts';
import { faultOf, openForLocking } from './sqlite.ts';
import type { Database } from './sqlite.ts';

export interface Lock {
  release(): void;
}

/** The garbage collector closes a database that nobody refers to, and with it the lock. */
const held = new Set<Database>();

/**
 * Makes the folder (0700) if there is none, and locks it.
 * @throws StoreError `store-in-use` naming the process that has it, or `store-io` and the like where lock.db cannot be used;
 * the file system's error where the folder cannot be written
 */
export function lockFolder(folder: string): Lock {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'lock.db');
  createPrivately(path);
  const owner = join(folder, 'lock.pid');
  const database = locked(path, folder, owner);
  held.add(database);
  nameOwner(owner);
  return {
    release: () => {
      if (!held.delete(database)) return;
      rmSync(owner, { force: true });
      database.close();
    },
  };
}

function locked(path: string, folder: string, owner: string): Database {
  let database: Database | null = null;
  try {
    database = openForLocking(path);
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database?.close();
    throw faultOf(error) === 'locked' ? inUse(folder, owner) : explained(error, path);
  }
}

/** Only for the message to others; a full disk must not keep a server from starting. */
function nameOwner(owner: string): void {
  try {
    writeFileSync(owner, `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    if (faultOf(error) !== 'full') throw error;
  }
}

/** Never opens a file that is there: to close it again would free this process's own lock (fcntl(2), "POSIX locks"). */
function createPrivately(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

function inUse(folder: string, owner: string): StoreError {
  const by = processIn(owner);
  return new StoreError(
    'store-in-use',
    `\`${folder}\` is in use by another Hallpass${by === null ? '' : ` (process ${by})`}: stop that one, or give this one a \`data\` folder of its own`,
  );
}

function processIn(owner: string): string | null {
  try {
    return /^\d+/.exec(readFileSync(owner, 'utf8'))?.[0] ?? null;
  } catch {
    return null;
  }
}
