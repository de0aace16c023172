/** What the query thread answers, through connections that can only read. Results leave by batches, when asked for. */
import { existsSync } from 'node:fs';
import type { Block, BlocksFilter } from '../store/blocks.ts';
import { openJournalReader, queryBlocks } from '../store/blocks.ts';

/** Calls of control to the query thread. */
export interface QueryApi {
  /** Begins to read blocks; the cursor stays open until it is read to its end or closed. */
  openBlocks(filter: BlocksFilter): Promise<number>;
  /** The next batch as lines of JSON; an empty text is the end. */
  nextBlocks(cursor: number): Promise<string>;
  closeBlocks(cursor: number): Promise<void>;
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

  /** Closes every cursor: nobody is there any more to read them. */
  close(): void {
    for (const id of [...this.#cursors.keys()]) this.#close(id);
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
