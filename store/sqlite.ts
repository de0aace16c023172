/**
 * The one file that knows node:sqlite (a release candidate of Node 24): how a database is opened, how safe it is, and
 * what its errors mean.
 */
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { backup, DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { FaultError } from './errors.ts';
import type { Fault } from './errors.ts';

export type Database = DatabaseSync;
export type Statement = StatementSync;
export type { SQLInputValue } from 'node:sqlite';

export interface WriterOptions {
  /** Milliseconds for which a statement waits when another process holds the lock. */
  readonly lockTimeout: number;
  /** Pages of WAL, 4 KiB each, after which a commit moves them into the database; 1,000 unless given. */
  readonly checkpointAt?: number;
}

/** How much of the WAL is in use. */
export interface LogState {
  /** Pages since it began anew. */
  readonly pages: number;
  /** Of these: what stands in the database as well. When it is all of them, the next write begins the WAL anew. */
  readonly moved: number;
}

/** Bytes that the file of the WAL keeps when it begins anew after having been longer. */
const logSizeLimit = 16_777_216;

/**
 * FULL: a commit has returned only after fsync of the WAL. secure_delete: what is deleted is overwritten. fullfsync:
 * macOS, where fsync alone does not reach the disk. trusted_schema: a crafted schema cannot call functions.
 */
const writerPragmas = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA checkpoint_fullfsync = ON;
  PRAGMA secure_delete = ON;
  PRAGMA trusted_schema = OFF;
  PRAGMA cell_size_check = ON;
  PRAGMA temp_store = MEMORY;
  PRAGMA cache_size = -16384;
  PRAGMA journal_size_limit = ${String(logSizeLimit)};
`;

/** Opens for writing; creates the file with mode 0600 in a folder of mode 0700, and narrows a wider file. */
export function openWriter(path: string, { lockTimeout, checkpointAt = 1_000 }: WriterOptions): Database {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  makePrivate(path);
  const database = new DatabaseSync(path, { timeout: lockTimeout });
  try {
    database.exec(`${writerPragmas} PRAGMA wal_autocheckpoint = ${String(checkpointAt)};`);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/**
 * SQLite gives the WAL and the shared memory the mode of the database. A file that is there is never opened here: to
 * close it would free the locks of every other connection in this process (fcntl(2), "POSIX locks").
 */
function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    chmodSync(path, 0o600);
  }
}

/** Opens for reading only; the file must be there. */
export function openReader(path: string): Database {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 1_000 });
  database.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA query_only = ON');
  return database;
}

/** Joins another file to a connection that only reads; its tables are `<name>.<table>`. */
export function attachReader(database: Database, path: string, name: string): void {
  const location = pathToFileURL(path);
  location.searchParams.set('mode', 'ro');
  database.prepare(`ATTACH ? AS "${name}"`).run(location.href);
}

/**
 * Opens what moves the WAL into the database beside the writer, and writes nothing else. The file must be there: one that
 * was taken away is not made anew. FULL: the WAL is on disk before its pages go into the database.
 */
export function openCheckpointer(path: string): Database {
  const location = pathToFileURL(path);
  location.searchParams.set('mode', 'rw');
  const database = new DatabaseSync(location, { timeout: 0 });
  try {
    database.exec(`PRAGMA synchronous = FULL; PRAGMA checkpoint_fullfsync = ON;
      PRAGMA trusted_schema = OFF; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = ${String(logSizeLimit)}`);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/**
 * Opens a database that is only ever locked: without WAL, which lets readers in, and without waiting. Its journal is in
 * memory, so that a lock writes nothing: a full disk must not keep a server from starting.
 */
export function openForLocking(path: string): Database {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = MEMORY');
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** All or nothing, and on disk when it returns. */
export function transaction<T>(database: Database, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    rollback(database);
    throw error;
  }
}

/** SQLite has rolled back by itself after some errors; what matters is the first error, so this one throws none. */
export function rollback(database: Database): void {
  try {
    if (database.isTransaction) database.exec('ROLLBACK');
  } catch {
    // The connection is of no use any more; the first error says so and the owner opens another.
  }
}

/**
 * Moves committed pages from the WAL into the database. Never waits for a reader: what one still needs stays.
 * TRUNCATE empties the WAL as well. @param lockTimeout what the connection is to go on with
 */
export function checkpoint(
  database: Database,
  mode: 'PASSIVE' | 'TRUNCATE',
  lockTimeout: number,
): LogState & { readonly complete: boolean } {
  database.exec('PRAGMA busy_timeout = 0');
  try {
    const row = database.prepare(`PRAGMA wal_checkpoint(${mode})`).get();
    const state = logStateOf(row);
    return { ...state, complete: row?.['busy'] === 0 && state.pages === state.moved };
  } finally {
    database.exec(`PRAGMA busy_timeout = ${String(lockTimeout)}`);
  }
}

/** Asks how long the WAL is; takes no lock, moves nothing, and costs microseconds. The statement is {@link logStateSql}. */
export function logState(statement: Statement): LogState {
  return logStateOf(statement.get());
}

export const logStateSql = 'PRAGMA wal_checkpoint(NOOP)';

function logStateOf(row: Record<string, unknown> | undefined): LogState {
  return { pages: Number(row?.['log'] ?? 0), moved: Number(row?.['checkpointed'] ?? 0) };
}

/** The damage that `quick_check` sees, or null. Reads the whole file: seconds for a million records. */
export function findDamage(database: Database): string | null {
  const row = database.prepare('PRAGMA quick_check(1)').get();
  const verdict = String(row?.['quick_check']);
  return verdict === 'ok' ? null : verdict;
}

/** Primary result codes (sqlite.org/rescode.html). */
const faultByCode: Readonly<Record<number, Fault>> = {
  5: 'locked',
  6: 'locked',
  7: 'io',
  8: 'io',
  10: 'io',
  11: 'damaged',
  13: 'full',
  14: 'io',
  15: 'locked',
  23: 'io',
  26: 'damaged',
};

/** SQLITE_IOERR_SHMSIZE: no room for the index of the WAL, which is all that SQLite says on a full disk when it opens. */
const noRoomForIndex = 4_874;

/** What an error of node:sqlite, or of the file system on the way to it, means for the store. */
export function faultOf(error: unknown): Fault {
  if (error instanceof FaultError) return error.fault;
  if (!(error instanceof Error)) return 'other';
  const { code, errcode, syscall } = error as { code?: unknown; errcode?: unknown; syscall?: unknown };
  if (errcode === noRoomForIndex) return 'full';
  if (typeof errcode === 'number') return faultByCode[errcode & 0xff] ?? 'other';
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'full';
  return typeof syscall === 'string' ? 'io' : 'other';
}

/**
 * Copies a database as it is now into a new file, while others go on writing: the copy is of one moment, because a read
 * transaction is held from the first page to the last. @param onProgress how much of it is done, 0 to 1
 */
export async function copyDatabase(
  from: string,
  to: string,
  onProgress: (done: number) => void = () => undefined,
): Promise<void> {
  const source = openReader(from);
  try {
    source.exec('BEGIN');
    source.prepare('SELECT count(*) FROM sqlite_schema').get();
    makePrivate(to);
    await backup(source, to, {
      rate: pagesAtOnce,
      progress: ({ totalPages, remainingPages }) =>
        onProgress(totalPages === 0 ? 1 : 1 - remainingPages / totalPages),
    });
    source.exec('COMMIT');
  } finally {
    source.close();
  }
}

/** 40 MB: some tens of milliseconds. */
const pagesAtOnce = 10_000;
