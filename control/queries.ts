/** What the query thread answers, through connections that can only read. Results leave by batches, when asked for. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Block, BlocksFilter } from '../store/blocks.ts';
import { batchesOf, keysNamed, openJournalReader, queryBlocks } from '../store/blocks.ts';
import { newestTunnel, ownBlock, ownBlocks } from '../store/own-blocks.ts';
import type { OwnBlocks } from '../store/own-blocks.ts';
import { BlocksReading } from '../store/reading/blocks-page.ts';
import type { BlocksPage, BlocksPageFilter } from '../store/reading/blocks-page.ts';
import { countsByHour, countsByRule, countsBySchool, firedRules } from '../store/reading/counts.ts';
import type { Count } from '../store/reading/counts.ts';
import { reviewRequest, reviewsPage, waitingReviews } from '../store/reading/reviews.ts';
import type { ReviewRequest, ReviewsPage } from '../store/reading/reviews.ts';
import type { Scope } from '../store/reading/scope.ts';
import { attachReader } from '../store/sqlite.ts';
import type { Database } from '../store/sqlite.ts';

/** Calls of control to the query thread. */
export interface QueryApi {
  /** Begins to read blocks; the cursor stays open until it is read to its end or closed. */
  openBlocks(filter: BlocksFilter): Promise<number>;
  /** The next batch as lines of JSON; an empty text is the end. */
  nextBlocks(cursor: number): Promise<string>;
  closeBlocks(cursor: number): Promise<void>;
  /** Keys of those in the journal whom a login or a key means. */
  keysNamed(user: string): Promise<readonly string[]>;
  /** See store/own-blocks.ts. */
  ownBlocks(person: string, after: string | null, limit: number): Promise<OwnBlocks>;
  ownBlock(person: string, id: string): Promise<Block | null>;
  newestTunnel(person: string, since: number): Promise<Block | null>;
  /** See store/reading/: what reviewers may see is in their scope. @throws StoreError `bad-cursor` */
  blocksPage(
    scope: Scope,
    filter: BlocksPageFilter,
    cursor: string | null,
    limit: number,
  ): Promise<BlocksPage>;
  block(scope: Scope, id: string): Promise<Block | null>;
  /** See store/reading/reviews.ts. */
  reviewsPage(
    scope: Scope,
    state: 'open' | 'answered',
    after: string | null,
    limit: number,
  ): Promise<ReviewsPage>;
  reviewRequest(scope: Scope, id: string): Promise<ReviewRequest | null>;
  waitingReviews(scope: Scope): Promise<{ readonly count: number; readonly oldest: number | null }>;
  /** Of the records from `from` to before `to`, in epoch milliseconds. */
  counts(scope: Scope, from: number, to: number): Promise<Counts>;
  /** See store/reading/counts.ts. @param now epoch milliseconds */
  firedRules(days: number, now: number): Promise<readonly Count[]>;
}

export interface Counts {
  readonly bySchool: readonly Count[];
  readonly byHour: readonly Count[];
  /** The ten rules that were met most. */
  readonly byRule: readonly Count[];
}

interface Cursor {
  readonly batches: Iterator<string, void, undefined>;
  readonly close: () => void;
}

const mostRules = 10;

export class Queries implements QueryApi {
  readonly #journal: string;
  readonly #house: string;
  readonly #cursors = new Map<number, Cursor>();
  #last = 0;
  #database: Database | null = null;
  #hasHouse = false;
  #blocks: BlocksReading | null = null;

  /** @param data folder of journal.db, which may not be there yet, and of hallpass.db */
  constructor(data: string) {
    this.#journal = join(data, 'journal.db');
    this.#house = join(data, 'hallpass.db');
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
      const lines = cursor.batches.next().value ?? '';
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

  async keysNamed(user: string): Promise<readonly string[]> {
    const database = this.#reader();
    return database === null ? [] : keysNamed(database, user);
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

  async blocksPage(
    scope: Scope,
    filter: BlocksPageFilter,
    cursor: string | null,
    limit: number,
  ): Promise<BlocksPage> {
    return this.#reading()?.page(scope, filter, cursor, limit) ?? { items: [], next: null };
  }

  async block(scope: Scope, id: string): Promise<Block | null> {
    return this.#reading()?.one(scope, id) ?? null;
  }

  async counts(scope: Scope, from: number, to: number): Promise<Counts> {
    const database = this.#reader();
    if (database === null) return { bySchool: [], byHour: [], byRule: [] };
    return {
      bySchool: countsBySchool(database, scope, from, to),
      byHour: countsByHour(database, scope, from, to),
      byRule: countsByRule(database, scope, from, to, mostRules),
    };
  }

  async firedRules(days: number, now: number): Promise<readonly Count[]> {
    const database = this.#reader();
    return database === null ? [] : firedRules(database, days, now);
  }

  async reviewsPage(
    scope: Scope,
    state: 'open' | 'answered',
    after: string | null,
    limit: number,
  ): Promise<ReviewsPage> {
    const database = this.#houseReader();
    return database === null ? { items: [], next: null } : reviewsPage(database, scope, state, after, limit);
  }

  async reviewRequest(scope: Scope, id: string): Promise<ReviewRequest | null> {
    const database = this.#houseReader();
    return database === null ? null : reviewRequest(database, scope, id);
  }

  async waitingReviews(scope: Scope): Promise<{ readonly count: number; readonly oldest: number | null }> {
    const database = this.#houseReader();
    return database === null ? { count: 0, oldest: null } : waitingReviews(database, scope);
  }

  #reading(): BlocksReading | null {
    const database = this.#reader();
    if (this.#blocks === null && database !== null) this.#blocks = new BlocksReading(database);
    return this.#blocks;
  }

  /** One connection for all short questions; null while there is no journal yet. */
  #reader(): Database | null {
    if (this.#database === null && existsSync(this.#journal)) {
      this.#database = openJournalReader(this.#journal);
      this.#hasHouse = false;
    }
    return this.#database;
  }

  /** The same connection, with hallpass.db beside the journal; null while either is not there yet. */
  #houseReader(): Database | null {
    const database = this.#reader();
    if (database === null || this.#hasHouse) return database;
    if (!existsSync(this.#house)) return null;
    attachReader(database, this.#house, 'house');
    this.#hasHouse = true;
    return database;
  }

  /** Closes every cursor: nobody is there any more to read them. */
  close(): void {
    for (const id of [...this.#cursors.keys()]) this.#close(id);
    this.#database?.close();
    this.#database = null;
    this.#blocks = null;
  }

  #close(id: number): void {
    this.#cursors.get(id)?.close();
    this.#cursors.delete(id);
  }
}

function openCursor(journal: string, filter: BlocksFilter): Cursor {
  if (!existsSync(journal)) return { batches: batchesOf([]), close: () => undefined };
  const database = openJournalReader(journal);
  return { batches: batchesOf(queryBlocks(database, filter)), close: () => database.close() };
}
