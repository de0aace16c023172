import { FaultError } from '../errors.ts';
import type { Database, Statement } from '../sqlite.ts';
import { transaction } from '../sqlite.ts';

/** Milliseconds by which a record may be stamped later than now before its stamp is taken for a clock error. */
const futureTolerance = 86_400_000;

/** Records of one step: few at first, since how fast the disk is shows only then. */
const stepSize = { first: 4, most: 500 } as const;

interface Oldest {
  readonly seq: number;
  readonly at: number;
  readonly subject: number | null;
  readonly clause: number | null;
}

/**
 * Deletes what is past retention, step by step, in the order in which it was committed: it ends at the first record that
 * was credibly made within retention. So a record that a wrong clock stamped with 1970 leaves only with its neighbours,
 * and one stamped with 2038 does not hold up those behind it.
 *
 * Repeats, schools and follow-ups leave with their record, and so do people and clause texts that no record names any
 * more. secure_delete overwrites what is deleted; the WAL forgets it when it begins anew.
 *
 * A step cannot be interrupted, so that its size follows from how long the one before took, COMMIT included.
 */
export class Purge {
  readonly #database: Database;
  readonly #running: () => number;
  readonly #oldest: Statement;
  readonly #delete: Statement;
  readonly #orphanedSubject: Statement;
  readonly #orphanedClause: Statement;
  #size: number = stepSize.first;

  /** @param running milliseconds of a clock that cannot be set */
  constructor(database: Database, running: () => number = () => performance.now()) {
    this.#database = database;
    this.#running = running;
    this.#oldest = database.prepare('SELECT seq, at, subject, clause FROM records ORDER BY seq LIMIT ?');
    this.#delete = database.prepare('DELETE FROM records WHERE seq <= ?');
    this.#orphanedSubject = database.prepare(
      'DELETE FROM subjects WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM records WHERE subject = ?1)',
    );
    this.#orphanedClause = database.prepare(
      'DELETE FROM clauses WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM records WHERE clause = ?1)',
    );
  }

  /** Whether anything is past retention. @param keepFrom epoch milliseconds: what is stamped later stays */
  due(keepFrom: number, now: number): boolean {
    return this.#expired(1, keepFrom, now).length > 0;
  }

  /**
   * One transaction of about `target` milliseconds. It does not wait for the disk: should the power fail, the next
   * purge deletes the same again.
   * @returns how many records were deleted
   * @throws FaultError `io` when the connection must not be used any more, or an error of node:sqlite
   */
  step(keepFrom: number, now: number, target: number): number {
    const began = this.#running();
    this.#database.exec('PRAGMA synchronous = NORMAL');
    try {
      return transaction(this.#database, () => this.#deleteOldest(keepFrom, now));
    } finally {
      this.#adapt(this.#running() - began, target);
      this.#waitForDisk();
    }
  }

  /** A connection that does not wait for the disk must never acknowledge a record: `io` has it given up. */
  #waitForDisk(): void {
    try {
      this.#database.exec('PRAGMA synchronous = FULL');
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new FaultError('io', `the journal does not wait for the disk any more: ${why}`, { cause: error });
    }
  }

  #deleteOldest(keepFrom: number, now: number): number {
    const expired = this.#expired(this.#size, keepFrom, now);
    const last = expired[expired.length - 1];
    if (last === undefined) return 0;
    this.#delete.run(last.seq);
    for (const subject of distinct(expired, 'subject')) this.#orphanedSubject.run(subject);
    for (const clause of distinct(expired, 'clause')) this.#orphanedClause.run(clause);
    return expired.length;
  }

  /** The oldest `count` records, up to the first that is within retention. */
  #expired(count: number, keepFrom: number, now: number): readonly Oldest[] {
    const oldest = this.#oldest.all(count) as unknown as Oldest[];
    const kept = oldest.findIndex((record) => !isExpired(record, keepFrom, now));
    return kept === -1 ? oldest : oldest.slice(0, kept);
  }

  /** Shrinks at once and grows slowly: a cold page costs as much as a hundred records. */
  #adapt(took: number, target: number): void {
    const factor = Math.min(1.25, target / Math.max(took, 0.01));
    const wanted = factor < 1 ? Math.floor(this.#size * factor) : Math.ceil(this.#size * factor);
    this.#size = Math.max(1, Math.min(stepSize.most, wanted));
  }
}

function distinct(records: readonly Oldest[], key: 'subject' | 'clause'): ReadonlySet<number> {
  const found = new Set<number>();
  for (const { [key]: id } of records) if (id !== null) found.add(id);
  return found;
}

function isExpired({ at }: Oldest, keepFrom: number, now: number): boolean {
  return at < keepFrom || at > now + futureTolerance;
}
