import { createHash } from 'node:crypto';
import type { BlockRecord, ClauseAsAdopted } from '../record.ts';
import { migrate } from '../migrate.ts';
import { checkpoint, logState, openWriter, transaction } from '../sqlite.ts';
import type { Database, LogState } from '../sqlite.ts';
import { Place } from './place.ts';
import { prepare } from './statements.ts';
import type { Statements } from './statements.ts';
import { journalSteps } from './schema.ts';
import { grantsText, RepeatWindow, sameness, samenessOf, windowLength } from './window.ts';
import type { Attributes, FirstRecord } from './window.ts';

/** What a person noted about a record: a row of its own, the record stays as it is. */
export interface FollowUp {
  /** UUIDv7. */
  readonly id: string;
  readonly recordId: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Immutable key of who wrote it. */
  readonly author: string;
  readonly kind: 'note' | 'confirmed' | 'overturned';
  readonly note: string;
}

export interface JournalOptions {
  /** Milliseconds for which a write waits for another process that holds the lock. */
  readonly lockTimeout: number;
}

/** Pages of WAL after which a commit moves them itself: only where the checkpointer has not got to it. 16 MiB. */
export const checkpointAt = 4_000;

/** Windows opened by the transaction under way: they count only once it is committed. */
type Opened = Map<string, FirstRecord>;

/** journal.db as its only writer sees it. Errors are those of node:sqlite; {@link faultOf} reads them. */
export class Journal {
  readonly database: Database;
  /** Wall clock last noted before this opening, or null in a new journal. */
  readonly lastSeen: number | null;
  readonly #lockTimeout: number;
  readonly #statements: Statements;
  readonly #place: Place;
  readonly #window = new RepeatWindow();

  /** @param now epoch milliseconds: repeats of the last minute's records go on counting towards them */
  static open(path: string, options: JournalOptions, now: number): Journal {
    const database = openWriter(path, { ...options, checkpointAt });
    try {
      migrate(database, path, journalSteps);
      return new Journal(database, path, options, now);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  private constructor(database: Database, path: string, { lockTimeout }: JournalOptions, now: number) {
    this.database = database;
    this.#lockTimeout = lockTimeout;
    this.#statements = prepare(database);
    const seen = this.#statements.lastSeen.get()?.['last_seen'];
    this.lastSeen = typeof seen === 'number' ? seen : null;
    for (const row of this.#statements.recent.all(now - windowLength)) {
      const { seq, id, at, ...attributes } = row as unknown as FirstRecord & Attributes;
      this.#window.open(sameness(attributes), { seq, id, at });
    }
    this.#place = new Place(path);
  }

  /**
   * Appends all in one transaction. When it returns they are on disk.
   * A record that is there already (an earlier commit whose outcome was not known) is not added twice.
   * @returns for each the id it is recorded under: its own, or that of the record which it repeats
   */
  append(records: readonly BlockRecord[]): string[] {
    const opened: Opened = new Map();
    const ids = transaction(this.database, () => records.map((record) => this.#appendOne(record, opened)));
    for (const [key, first] of opened) this.#window.open(key, first);
    return ids;
  }

  /** @returns false when the record is not there (any more) */
  followUp({ id, recordId, at, author, kind, note }: FollowUp): boolean {
    return transaction(
      this.database,
      () => this.#statements.followUp.run(id, at, author, kind, note, recordId).changes === 1,
    );
  }

  /** Notes the wall clock, for the next start to compare with. */
  noteClock(now: number): void {
    transaction(this.database, () => this.#statements.noteClock.run(now));
  }

  /**
   * Throws when the disk takes no write, or none of so many bytes; changes nothing. Two transactions, since what a
   * transaction itself deletes never reaches the disk.
   */
  probe(bytes = 0): void {
    transaction(this.database, () => this.#statements.fill.run(bytes));
    transaction(this.database, () => this.#statements.empty.run());
  }

  logState(): LogState {
    return logState(this.#statements.logState);
  }

  /** Moves what is left of the WAL, so that the next write begins it anew. */
  moveLog(): void {
    checkpoint(this.database, 'PASSIVE', this.#lockTimeout);
  }

  /** Moves the WAL into the database and empties it, so that deleted bytes are in neither. @returns whether it could */
  truncateLog(): boolean {
    return checkpoint(this.database, 'TRUNCATE', this.#lockTimeout).complete;
  }

  /** What has happened to the file since it was opened, in words, or null; see {@link Place}. */
  displaced(): string | null {
    return this.#place.change();
  }

  close(): void {
    const isTaken = this.#place.isTaken();
    this.database.close();
    if (isTaken) this.#place.setAsideLog();
  }

  #appendOne(record: BlockRecord, opened: Opened): string {
    const known = this.#statements.known.get(record.id, record.id);
    if (known !== undefined) return String(known['id']);
    const key = samenessOf(record);
    const first = record.kind === 'repeat' ? this.#firstOf(key, record.at, opened) : undefined;
    if (first !== undefined) {
      this.#statements.repeat.run(record.id, first.seq, record.at, 1);
      return first.id;
    }
    opened.set(key, { seq: this.#insert(record), id: record.id, at: record.at });
    return record.id;
  }

  #firstOf(key: string, at: number, opened: Opened): FirstRecord | undefined {
    const first = opened.get(key);
    const found =
      first !== undefined && Math.abs(at - first.at) <= windowLength ? first : this.#window.find(key, at);
    // The purge may have taken it: a clock that jumped leaves records of the last minute behind retention.
    return found !== undefined && this.#statements.stands.get(found.seq) !== undefined ? found : undefined;
  }

  #insert(record: BlockRecord): number {
    const { id, at, person, ip, method, url, host, rule, clause } = record;
    const { policyVersion, edition, action, kind, about, enforced, grants, kept = null } = record;
    const statements = this.#statements;
    if (person !== null) statements.subject.run(person.key, person.login, person.name);
    const digest = clause === null ? null : digestOf(clause);
    if (clause !== null) {
      statements.clause.run(digest, clause.id, clause.number, clause.title, clause.text, clause.adopted);
    }
    statements.edition.run(edition, policyVersion, at);
    const { lastInsertRowid } = statements.record.run(
      ...[id, at, person?.key ?? null, ip, method, url, host, rule],
      ...[digest, edition, policyVersion, action, kind, about, enforced ? 1 : 0],
      grantsText(grants),
      kept,
    );
    const seq = Number(lastInsertRowid);
    for (const [position, school] of record.schools.entries())
      statements.school.run(school, at, seq, position);
    return seq;
  }
}

/** A clause as adopted is one text; another number, title or date of adoption makes it another. */
function digestOf(clause: ClauseAsAdopted): Buffer {
  const { id, number, title, text, adopted } = clause;
  return createHash('sha256')
    .update(JSON.stringify([id, number, title, text, adopted]))
    .digest();
}
