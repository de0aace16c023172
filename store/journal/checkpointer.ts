import type { Worker } from 'node:worker_threads';
import { startWorker } from '../../threads/worker.ts';
import type { LogState } from '../sqlite.ts';
import type { Journal } from './journal.ts';

/** What the worker is given. */
export interface CheckpointerData {
  /** Of the database. */
  readonly path: string;
  /** 1 while a pass is under way, which has a connection open. */
  readonly busy: Int32Array;
}

export interface CheckpointerOptions {
  /** Of journal.db. */
  readonly path: string;
  /** The journal while nobody waits for it, or null. */
  readonly idleJournal: () => Journal | null;
  /** Called when passes begin to fail, not again until one has succeeded. */
  readonly onFailure: (detail: string) => void;
  /** Of the worker; see checkpoint.entry.ts. */
  readonly entry?: URL;
}

/** Pages of WAL, 4 KiB each. */
const limits = {
  /** Not yet moved: worth a pass of the worker. */
  pass: 500,
  /** In all: time to begin the WAL anew. A short one is written over and over in place, which a file system does faster. */
  finish: 1_500,
  /** Left to move: so little that the record thread does it within the time of one commit. */
  rest: 100,
} as const;

/** Milliseconds. */
const times = { look: 50, afterFailure: 1_000, close: 2_000 } as const;

/**
 * Keeps the WAL short without making a block page wait for it: a worker moves what is committed into the database while
 * the record thread goes on committing.
 *
 * SQLite begins the WAL anew only when at the start of a write everything in it was moved, and the worker comes behind
 * for as long as records arrive. So when the WAL is long and the worker has left little, the record thread moves that
 * rest in a moment in which nobody waits. Where there is no worker, `wal_autocheckpoint` of the journal is the bound.
 */
export class Checkpointer {
  readonly #options: CheckpointerOptions;
  readonly #busy = new Int32Array(new SharedArrayBuffer(4));
  #worker: Worker | null = null;
  #timer: NodeJS.Timeout | undefined;
  #notBefore = 0;
  #failing = false;

  constructor(options: CheckpointerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), times.look).unref();
  }

  /** Waits for the pass under way, so that the writer is the last to close and takes the WAL with it. */
  stop(): void {
    clearInterval(this.#timer);
    Atomics.wait(this.#busy, 0, 1, times.close);
    const worker = this.#worker;
    this.#worker = null;
    void worker?.terminate();
  }

  #look(): void {
    if (Atomics.load(this.#busy, 0) === 1) return;
    const journal = this.#options.idleJournal();
    if (journal === null) return;
    try {
      this.#act(journal, journal.logState());
    } catch (error) {
      // Whatever is wrong with the file, the next commit meets it too and says so.
      this.#failed(error instanceof Error ? error.message : String(error));
    }
  }

  #act(journal: Journal, { pages, moved }: LogState): void {
    const rest = pages - moved;
    if (pages >= limits.finish && rest > 0 && rest <= limits.rest) journal.moveLog();
    else if (rest >= limits.pass || (pages >= limits.finish && rest > 0)) {
      // The worker opens by path, and would move this log into a file that has taken the place of ours.
      if (journal.displaced() === null) this.#pass();
    }
  }

  #pass(): void {
    if (performance.now() < this.#notBefore) return;
    this.#worker ??= this.#startWorker();
    Atomics.store(this.#busy, 0, 1);
    this.#worker.postMessage(null);
  }

  #startWorker(): Worker {
    const data: CheckpointerData = { path: this.#options.path, busy: this.#busy };
    const entry = this.#options.entry ?? new URL('./checkpoint.entry.ts', import.meta.url);
    const worker = startWorker(entry, { workerData: data });
    worker.on('message', (failure: string | null) => {
      if (failure !== null) return this.#failed(failure);
      this.#failing = false;
      // Now it has left least.
      this.#look();
    });
    worker.on('error', (error) => this.#failed(error instanceof Error ? error.message : String(error)));
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      Atomics.store(this.#busy, 0, 0);
      this.#failed('its thread ended');
    });
    worker.unref();
    return worker;
  }

  #failed(detail: string): void {
    this.#notBefore = performance.now() + times.afterFailure;
    if (this.#failing) return;
    this.#failing = true;
    this.#options.onFailure(detail);
  }
}
