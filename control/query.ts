/** Control's side of the query thread: starts it at the first question, and anew after it has crashed. */
import { MessageChannel, Worker } from 'node:worker_threads';
import type { BlocksFilter } from '../store/blocks.ts';
import { connect } from '../threads/rpc.ts';
import type { Connection } from '../threads/rpc.ts';
import type { QueryApi } from './queries.ts';

interface Running {
  readonly worker: Worker;
  readonly connection: Connection<QueryApi>;
}

export class QueryThread {
  readonly #journal: string;
  readonly #onCrash: (error: unknown) => void;
  #running: Running | null = null;

  /** @param journal path of journal.db */
  constructor(journal: string, onCrash: (error: unknown) => void) {
    this.#journal = journal;
    this.#onCrash = onCrash;
  }

  /**
   * Blocks as batches of JSON lines. The next batch is read when it is asked for, so a slow reader holds one in memory.
   * @throws ThreadError `thread-gone` when the thread crashes meanwhile
   */
  async *blocks(filter: BlocksFilter): AsyncGenerator<string, void, undefined> {
    const { remote } = this.#start().connection;
    const cursor = await remote.openBlocks(filter);
    try {
      for (;;) {
        const lines = await remote.nextBlocks(cursor);
        if (lines === '') return;
        yield lines;
      }
    } finally {
      remote.closeBlocks(cursor).catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    if (running === null) return;
    running.connection.close();
    await running.worker.terminate();
  }

  #start(): Running {
    if (this.#running !== null) return this.#running;
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(new URL('./query-thread.ts', import.meta.url), {
      name: 'query',
      workerData: { journal: this.#journal, port: port2 },
      transferList: [port2],
    });
    const running = { worker, connection: connect<QueryApi>(port1, {}) };
    this.#running = running;
    worker.on('error', this.#onCrash);
    worker.once('exit', () => this.#ended(running));
    return running;
  }

  #ended(running: Running): void {
    running.connection.close();
    if (this.#running === running) this.#running = null;
  }
}
