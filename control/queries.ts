/** What the query thread answers, through connections that can only read. Results leave by batches, when asked for. */
import { existsSync } from 'node:fs';
import type { Block, BlocksFilter } from '../store/blocks.ts';
import { openJournalReader, queryBlocks } from '../store/blocks.ts';
import { newestTunnel, ownBlock, ownBlocks } from '../store/own-blocks.ts';
import type { OwnBlocks } from '../store/own-blocks.ts';
import type { Database } from '../store/sqlite.ts';

/** Calls of control to the query thread. */
export interface QueryApi {
  /** Begins to read blocks; the cursor stays open until it is read to its end or closed. */
  openBlocks(filter: BlocksFilter): Promise<number>;
  /** The next batch as lines of JSON; an empty text is the end. */
  nextBlocks(cursor: number): Promise<string>;
  closeBlocks(cursor: number): Promise<void>;
  /** See store/own-blocks.ts. */
  ownBlocks(person: string, after: string | null, limit: number): Promise<OwnBlocks>;
  ownBlock(person: string, id: string): Promise<Block | null>;
  newestTunnel(person: string, since: number): Promise<Block | null>;
}

interface Cursor {
  readonly blocks: Iterator<Block>;
  readonly close: () => void;
}

const batch = 500;

export class Queries implements QueryApi {
  readonly #journal: string;
  readonly #cursors = new Map<number, Cursor>();
  #last = 0;
  #database: Database | null = null;

  /** @param journal path of journal.db, which may not be there yet */
  constructor(journal: string) {
    this.#journal = journal;
  }

  async openBlocks(filter: BlocksFilter): Promise<number> {
    this.#last += 1;
    this.#cursors.set(this.#last, openCursor(this.#journal, filter));
    return this.#last;
  }

  async nextBlocks(id: number): Promise<string> {
    const cursor = this.#cursors.get(id);
    if (cursor === undefined) return '';
    try {
      const lines = nextLines(cursor.blocks);
      if (lines === '') this.#close(id);
      return lines;
    } catch (error) {
      this.#close(id);
      throw error;
    }
  }

  async closeBlocks(id: number): Promise<void> {
    this.#close(id);
  }

  async ownBlocks(person: string, after: string | null, limit: number): Promise<OwnBlocks> {
    const database = this.#reader();
    return database === null ? { items: [], next: null } : ownBlocks(database, person, after, limit);
  }

  async ownBlock(person: string, id: string): Promise<Block | null> {
    const database = this.#reader();
    return database === null ? null : ownBlock(database, person, id);
  }

  async newestTunnel(person: string, since: number): Promise<Block | null> {
    const database = this.#reader();
    return database === null ? null : newestTunnel(database, person, since);
  }

  /** One connection for all short questions; null while there is no journal yet. */
  #reader(): Database | null {
    if (this.#database === null && existsSync(this.#journal))
      this.#database = openJournalReader(this.#journal);
    return this.#database;
  }

  /** Closes every cursor: nobody is there any more to read them. */
  close(): void {
    for (const id of [...this.#cursors.keys()]) this.#close(id);
    this.#database?.close();
    this.#database = null;
  }

  #close(id: number): void {
    this.#cursors.get(id)?.close();
    this.#cursors.delete(id);
  }
}

function openCursor(journal: string, filter: BlocksFilter): Cursor {
  if (!existsSync(journal)) return { blocks: [].values(), close: () => undefined };
  const database = openJournalReader(journal);
  return { blocks: queryBlocks(database, filter), close: () => database.close() };
}

function nextLines(blocks: Iterator<Block>): string {
  let lines = '';
  for (let count = 0; count < batch; count += 1) {
    const next = blocks.next();
    if (next.done === true) break;
    lines += `${JSON.stringify(next.value)}\n`;
  }
  return lines;
}
