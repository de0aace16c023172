/**
 * The core of the record thread, the only writer of journal.db: appends are committed in groups, and while nobody waits
 * the purge works in short slices. The WAL is moved into the database by a worker (journal/checkpointer.ts). No report and no export ever runs here, because block pages wait for this thread.
 */
import { existsSync } from 'node:fs';
import { startWorker } from '../threads/worker.ts';
import { explain } from './faults.ts';
import type { JournalApi } from './record.ts';
import type { StoreOptions } from './options.ts';
import { Checkpointer } from './journal/checkpointer.ts';
import { GroupCommit } from './journal/group-commit.ts';
import type { StoreHealth } from './journal/group-commit.ts';
import { Housekeeping } from './journal/housekeeping.ts';
import { Journal } from './journal/journal.ts';

export type { StoreHealth } from './journal/group-commit.ts';

/** Milliseconds between two looks whether the journal is still the file at its path. */
const lookEvery = 1_000;

/** The part of pino that the store uses. */
export interface StoreLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface RecordThreadOptions {
  /** Of journal.db. */
  readonly path: string;
  readonly options: StoreOptions;
  readonly log: StoreLog;
  /** Called at every change of health. */
  readonly onHealth?: (health: StoreHealth) => void;
  /** Epoch milliseconds; the system's clock unless given. */
  readonly now?: () => number;
}

export interface RecordThread {
  readonly api: JournalApi;
  health(): StoreHealth;
  /** Commits what waits, then closes. */
  close(): void;
}

/**
 * Starts recording. A journal that cannot be opened now (disk full, locked, damaged) starts red and is tried again; one
 * that a newer Hallpass wrote throws a StoreError.
 */
export function startRecordThread({
  path,
  options,
  log,
  onHealth,
  now = Date.now,
}: RecordThreadOptions): RecordThread {
  const commit = new GroupCommit({
    open: () => Journal.open(path, { lockTimeout: options.lockTimeout }, now()),
    verify: () => verifyElsewhere(path),
    spool: options.spool,
    now,
    onHealth: (health, detail) => {
      report(log, path, health, detail);
      onHealth?.(health);
    },
  });
  const housekeeping = new Housekeeping(commit, {
    retention: options.retention,
    slice: options.purgeSlice,
    now,
    running: () => performance.now(),
    onPurged: (deleted) => log.info({ deleted }, 'records past retention purged'),
  });
  const checkpointer = new Checkpointer({
    path,
    idleJournal: () => commit.idleJournal(),
    onFailure: (detail) => log.error({ detail }, 'the write-ahead log grows: a checkpoint failed'),
  });
  const watch = setInterval(() => commit.checkPlace(), lookEvery).unref();
  housekeeping.start();
  checkpointer.start();
  return {
    api: { append: (record) => commit.append(record) },
    health: () => commit.health(),
    close: () => {
      clearInterval(watch);
      housekeeping.stop();
      checkpointer.stop();
      const { dropped } = commit.close();
      if (dropped > 0) log.error({ dropped }, 'records were lost since the start');
    },
  };
}

function report(log: StoreLog, file: string, health: StoreHealth, detail: string | null): void {
  const { ok, reason } = health;
  if (ok && detail === null) log.info({ ...health }, 'blocks are recorded again');
  else if (ok) log.error({ ...health, detail }, 'a record could not be stored');
  else
    log.error(
      { ...health, detail, why: explain(reason ?? 'other', file, detail) },
      'blocks are not recorded',
    );
}

/** Reading the file through takes seconds, for which this thread has no time. A file that is not there begins anew. */
function verifyElsewhere(path: string): Promise<string | null> {
  if (!existsSync(path)) return Promise.resolve(null);
  return new Promise((resolve, reject) => {
    const worker = startWorker(new URL('./journal/verify.entry.ts', import.meta.url), { workerData: path });
    worker.unref();
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error(`the check of \`${path}\` ended without a result`)));
  });
}
