/**
 * What people do about their own records: they ask for a review, and they go on past a notice. Kept for as long as the
 * records are, then dropped with them; an answer is a row of its own, and nothing is changed.
 */
import type { Kysely } from 'kysely';
import type { ContinueGrant } from '../../policy/decision.ts';

export const actsStep = `
  CREATE TABLE reviews (
    id TEXT NOT NULL PRIMARY KEY,
    record TEXT NOT NULL,
    subject TEXT NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('mistake', 'needed')),
    text TEXT NOT NULL,
    host TEXT NOT NULL,
    rule TEXT NOT NULL,
    UNIQUE (record, subject)
  ) STRICT;
  CREATE INDEX reviews_by_subject ON reviews (subject, at);
  CREATE INDEX reviews_by_time ON reviews (at);

  CREATE TABLE review_answers (
    review TEXT NOT NULL PRIMARY KEY REFERENCES reviews ON DELETE CASCADE,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    login TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('opened', 'kept')),
    note TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE grants (
    id TEXT NOT NULL PRIMARY KEY,
    subject TEXT NOT NULL,
    rule TEXT NOT NULL,
    host TEXT NOT NULL,
    record TEXT NOT NULL,
    reason TEXT NOT NULL CHECK (reason IN ('lesson', 'teacher', 'fine')),
    at INTEGER NOT NULL,
    expires INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX grants_by_expiry ON grants (expires);
  CREATE INDEX grants_by_subject ON grants (subject, at);
  CREATE INDEX grants_by_record ON grants (record);

  CREATE TABLE spent_forms (
    nonce TEXT NOT NULL PRIMARY KEY,
    expires INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX spent_forms_by_expiry ON spent_forms (expires);
`;

export interface ActsTables {
  reviews: {
    id: string;
    record: string;
    subject: string;
    at: number;
    kind: 'mistake' | 'needed';
    text: string;
    host: string;
    rule: string;
  };
  review_answers: {
    review: string;
    at: number;
    actor: string;
    login: string;
    outcome: 'opened' | 'kept';
    note: string;
  };
  grants: {
    id: string;
    subject: string;
    rule: string;
    host: string;
    record: string;
    reason: GrantReason;
    at: number;
    expires: number;
  };
  spent_forms: { nonce: string; expires: number };
}

/** Why somebody goes on past a notice. */
export type GrantReason = 'lesson' | 'teacher' | 'fine';

/** Times are epoch milliseconds, `subject` is the key of the person. */
export type NewReview = Readonly<ActsTables['reviews']>;

export interface Review extends NewReview {
  /** Null while nobody has answered. */
  readonly answer: { readonly at: number; readonly outcome: 'opened' | 'kept'; readonly note: string } | null;
}

export interface NewGrant extends ContinueGrant {
  /** Record of the notice that was gone past. */
  readonly record: string;
  readonly reason: GrantReason;
  readonly at: number;
}

/** The form that an act came by, which is good once. */
export interface SpentForm {
  readonly nonce: string;
  readonly expires: number;
}

/** `spent`: the form was used before. `there`: the record has a review of this person's already. */
export type Added = 'added' | 'spent' | 'there';

/** More of one person's are not shown. */
const mostReviews = 100;

export class Acts {
  readonly #tables: Kysely<ActsTables>;

  constructor(tables: Kysely<ActsTables>) {
    this.#tables = tables;
  }

  addReview(review: NewReview, form: SpentForm): Promise<Added> {
    return this.#once(form, async (tables) => {
      const added = await tables
        .insertInto('reviews')
        .values(review)
        .onConflict((conflict) => conflict.columns(['record', 'subject']).doNothing())
        .executeTakeFirst();
      return added.numInsertedOrUpdatedRows === 0n ? 'there' : 'added';
    });
  }

  /** @returns `added` or `spent` */
  addGrant({ kind: _kind, ...grant }: NewGrant, form: SpentForm): Promise<Added> {
    return this.#once(form, async (tables) => {
      await tables.insertInto('grants').values(grant).execute();
      return 'added';
    });
  }

  /** @returns `there` where somebody has answered already; their answer stays */
  async answerReview(answer: Readonly<ActsTables['review_answers']>): Promise<'added' | 'there'> {
    const added = await this.#tables
      .insertInto('review_answers')
      .values(answer)
      .onConflict((conflict) => conflict.column('review').doNothing())
      .executeTakeFirst();
    return added.numInsertedOrUpdatedRows === 0n ? 'there' : 'added';
  }

  /** The person's own, the newest first. */
  async reviewsOf(subject: string): Promise<readonly Review[]> {
    const rows = await this.#tables
      .selectFrom('reviews')
      .leftJoin('review_answers', 'review', 'id')
      .selectAll('reviews')
      .select(['review_answers.at as answeredAt', 'outcome', 'note'])
      .where('subject', '=', subject)
      .orderBy('reviews.at', 'desc')
      .limit(mostReviews)
      .execute();
    return rows.map(({ answeredAt, outcome, note, ...review }) => ({
      ...review,
      answer:
        answeredAt === null || outcome === null || note === null ? null : { at: answeredAt, outcome, note },
    }));
  }

  /** Those that hold at `now`. */
  async liveGrants(now: number): Promise<readonly ContinueGrant[]> {
    const rows = await this.#grants().where('expires', '>', now).execute();
    return rows.map(continueGrant);
  }

  /** Those of a person, by key, that held at `at`. */
  async grantsOf(subject: string, at: number): Promise<readonly ContinueGrant[]> {
    const own = this.#grants().where('subject', '=', subject);
    const rows = await own.where('at', '<=', at).where('expires', '>', at).execute();
    return rows.map(continueGrant);
  }

  /** Of these ids, as far as they are still there. */
  async grantsNamed(ids: readonly string[]): Promise<readonly ContinueGrant[]> {
    const rows = await this.#grants().where('id', 'in', ids).execute();
    return rows.map(continueGrant);
  }

  #grants() {
    return this.#tables.selectFrom('grants').select(['id', 'subject', 'rule', 'host', 'expires']);
  }

  /** Drops what was done before `before`, and forms that can no longer be sent at `now`. */
  async purge(before: number, now: number): Promise<void> {
    await this.#tables.transaction().execute(async (tables) => {
      await tables.deleteFrom('reviews').where('at', '<', before).execute();
      await tables.deleteFrom('grants').where('at', '<', before).where('expires', '<', now).execute();
      await tables.deleteFrom('spent_forms').where('expires', '<', now).execute();
    });
  }

  /** The act and the mark that its form is used, both or neither. */
  #once({ nonce, expires }: SpentForm, work: (tables: Kysely<ActsTables>) => Promise<Added>): Promise<Added> {
    return this.#tables.transaction().execute(async (tables) => {
      const marked = await tables
        .insertInto('spent_forms')
        .values({ nonce, expires })
        .onConflict((conflict) => conflict.column('nonce').doNothing())
        .executeTakeFirst();
      return marked.numInsertedOrUpdatedRows === 0n ? 'spent' : work(tables);
    });
  }
}

const continueGrant = (row: Omit<ContinueGrant, 'kind'>): ContinueGrant => ({ ...row, kind: 'continue' });
