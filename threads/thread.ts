/** One life of one worker thread, from its start to its end. */
import type { MessagePort, Worker } from 'node:worker_threads';
import { ThreadError } from './errors.ts';
import type { LogLevel } from './log.ts';
import type { Admission, FromThread, ToThread } from './protocol.ts';
import { startWorker } from './worker.ts';

export interface ThreadPlan {
  /** Unique; threads that do the same are numbered: `proxy-1`, `proxy-2`. */
  readonly name: string;
  /** The file that the thread runs; it calls `joinHouse` first. */
  readonly entry: URL;
  /** What it finds as `config`; cloned, but for a SharedArrayBuffer. */
  readonly data: unknown;
  /** Names of the threads that it is connected with; naming a pair on one side is enough. */
  readonly links: readonly string[];
  /** How long it may take to stop, in milliseconds. */
  readonly stopWithin: number;
}

export interface Ending {
  readonly code: number;
  /** What was thrown and not caught, or why the thread was ended. */
  readonly reason: unknown;
  /** Milliseconds. */
  readonly lived: number;
}

export class Thread {
  /** Resolves when the thread says so; rejects when it ends before. */
  readonly ready: Promise<void>;
  readonly ended: Promise<Ending>;
  isReady = false;
  readonly #worker: Worker;
  #alive = true;
  #reason: unknown;

  constructor({ name, entry, data }: ThreadPlan, logLevel: LogLevel) {
    const admission: Admission = { name, logLevel, config: data };
    const began = performance.now();
    // Flags of the command line are for the main thread; a thread could not start with some of them.
    this.#worker = startWorker(entry, { name, workerData: admission, execArgv: [] });
    this.#worker.on('error', (error) => {
      this.#reason ??= error;
    });
    this.ended = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        this.#alive = false;
        this.isReady = false;
        this.#reason ??= new ThreadError('thread-failed', `thread \`${name}\` ended with code ${code}`);
        resolve({ code, reason: this.#reason, lived: performance.now() - began });
      });
    });
    this.ready = new Promise((resolve, reject) => {
      this.#worker.on('message', (message: FromThread) => {
        if (message.kind === 'failed') this.#reason ??= new ThreadError(message.code, message.message);
        else {
          this.isReady = true;
          resolve();
        }
      });
      void this.ended.then(({ reason }) => reject(asThreadError(name, reason)));
    });
    this.ready.catch(() => {});
  }

  /** False when the thread has ended. */
  tell(message: ToThread, transfer: readonly MessagePort[] = []): boolean {
    if (this.#alive) this.#worker.postMessage(message, transfer);
    return this.#alive;
  }

  giveUp(waited: number): void {
    this.#reason ??= new ThreadError(
      'thread-late',
      `thread \`${this.#worker.threadName ?? ''}\` was not ready after ${waited} ms`,
    );
    void this.#worker.terminate();
  }

  /** Asks the thread to end, and ends it when it has not after `within` milliseconds. */
  async stop(within: number): Promise<{ readonly forced: boolean; readonly code: number }> {
    let forced = false;
    this.tell({ kind: 'stop' });
    const timer = setTimeout(() => {
      forced = true;
      void this.#worker.terminate();
    }, within);
    const { code } = await this.ended;
    clearTimeout(timer);
    return { forced, code };
  }
}

function asThreadError(name: string, reason: unknown): ThreadError {
  if (reason instanceof ThreadError) return reason;
  const why = reason instanceof Error ? reason.message : String(reason);
  const error = new ThreadError('thread-failed', `thread \`${name}\` could not start: ${why}`);
  error.cause = reason;
  return error;
}
