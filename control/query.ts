/** Control's side of the query thread, whichever life that is in. */
import type { MessagePort } from 'node:worker_threads';
import type { BlocksFilter } from '../store/blocks.ts';
import { connect } from '../threads/rpc.ts';
import type { Connection, Remote } from '../threads/rpc.ts';
import { ControlError } from './errors.ts';
import type { QueryApi } from './queries.ts';

export class QueryClient {
  #connection: Connection<QueryApi> | null = null;

  /** A new connection; the one of before is closed by then. */
  join(port: MessagePort): void {
    this.#connection = connect<QueryApi>(port, {});
  }

  /** For one short question. @throws ControlError `query-failed` while the thread is being restarted */
  get remote(): Remote<QueryApi> {
    const connection = this.#connection;
    if (connection?.isOpen() !== true) {
      throw new ControlError('query-failed', 'the query thread is being restarted: try again in a moment');
    }
    return connection.remote;
  }

  isOpen(): boolean {
    return this.#connection?.isOpen() === true;
  }

  /**
   * Blocks as batches of JSON lines. The next batch is read when it is asked for, so a slow reader holds one in memory.
   * @throws ControlError `query-failed` while the thread is being restarted, ThreadError when it ends meanwhile
   */
  async *blocks(filter: BlocksFilter): AsyncGenerator<string, void, undefined> {
    const { remote } = this;
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
}
