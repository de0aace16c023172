import type { Database, Statement } from '../sqlite.ts';
import { transaction } from '../sqlite.ts';

/** Milliseconds by which a record may be stamped later than now before its stamp is taken for a clock error. */
const futureTolerance = 86_400_000;

interface Oldest {
  readonly seq: number;
  readonly at: number;
  readonly subject: number | null;
  readonly clause: number | null;
}

/**
 * Deletes what is past retention, a few milliseconds at a time, in the order in which it was committed: it ends at the
 * first record that was credibly made within retention. So a record that a wrong clock stamped with 1970 leaves only
 * with its neighbours, and one stamped with 2038 does not hold up those behind it.
 *
 * Repeats, schools and follow-ups leave with their record, and so do people and clause texts that no record names any
 * more. secure_delete overwrites what is deleted; the WAL forgets it at the next checkpoint.
 */
export class Purge {
  readonly #database: Database;
  readonly #oldest: Statement;
  readonly #delete: Statement;
  readonly #orphanedSubject: Statement;
  readonly #orphanedClause: Statement;

  constructor(database: Database) {
    this.#database = database;
    this.#oldest = database.prepare('SELECT seq, at, subject, clause FROM records ORDER BY seq LIMIT 1');
    this.#delete = database.prepare('DELETE FROM records WHERE seq = ?');
    this.#orphanedSubject = database.prepare(
      'DELETE FROM subjects WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM records WHERE subject = ?1)',
    );
    this.#orphanedClause = database.prepare(
      'DELETE FROM clauses WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM records WHERE clause = ?1)',
    );
  }

  /** Whether anything is past retention. @param keepFrom epoch milliseconds: what is stamped later stays */
  due(keepFrom: number, now: number): boolean {
    const oldest = this.#next();
    return oldest !== null && isExpired(oldest, keepFrom, now);
  }

  /**
   * One transaction of about `budget` milliseconds. It does not wait for the disk: should the power fail, the next
   * purge deletes the same again.
   * @returns how many records were deleted, and whether more are past retention
   */
  slice(keepFrom: number, now: number, budget: number): { readonly deleted: number; readonly more: boolean } {
    this.#database.exec('PRAGMA synchronous = NORMAL');
    try {
      return transaction(this.#database, () =>
        this.#deleteUntil(performance.now() + budget / 2, keepFrom, now),
      );
    } finally {
      this.#database.exec('PRAGMA synchronous = FULL');
    }
  }

  /** The other half of the budget is left to COMMIT. */
  #deleteUntil(deadline: number, keepFrom: number, now: number): { deleted: number; more: boolean } {
    let deleted = 0;
    do {
      const oldest = this.#next();
      if (oldest === null || !isExpired(oldest, keepFrom, now)) return { deleted, more: false };
      this.#delete.run(oldest.seq);
      if (oldest.subject !== null) this.#orphanedSubject.run(oldest.subject);
      if (oldest.clause !== null) this.#orphanedClause.run(oldest.clause);
      deleted += 1;
    } while (performance.now() < deadline);
    return { deleted, more: true };
  }

  #next(): Oldest | null {
    const row = this.#oldest.get();
    return row === undefined ? null : (row as unknown as Oldest);
  }
}

function isExpired({ at }: Oldest, keepFrom: number, now: number): boolean {
  return at < keepFrom || at > now + futureTolerance;
}
