/**
 * Requests of people to look at their records again, for those who may see the records. What was asked stands in
 * hallpass.db, which is attached as `house`; the record that it is about stands in the journal, and the scope is asked of
 * that.
 */
import { blockColumns, blockJoins, blockOf } from '../blocks.ts';
import type { Block, BlockRow } from '../blocks.ts';
import type { Database } from '../sqlite.ts';
import { inScope, isEmpty } from './scope.ts';
import type { Scope } from './scope.ts';

/** A request as its reviewer sees it. Times are ISO 8601, UTC. */
export interface ReviewRequest {
  readonly id: string;
  readonly at: string;
  readonly kind: 'mistake' | 'needed';
  readonly text: string;
  readonly record: Block;
  /** Null while nobody has answered. */
  readonly answer: {
    readonly at: string;
    /** Login of who answered. */
    readonly by: string;
    readonly outcome: 'opened' | 'kept';
    readonly note: string;
  } | null;
}

export interface ReviewsPage {
  readonly items: readonly ReviewRequest[];
  /** Id of the last item, after which the next page begins; null at the end. */
  readonly next: string | null;
}

type Row = BlockRow & {
  readonly reviewId: string;
  readonly reviewAt: number;
  readonly kind: 'mistake' | 'needed';
  readonly text: string;
  readonly answeredAt: number | null;
  readonly answeredBy: string | null;
  readonly outcome: 'opened' | 'kept' | null;
  readonly note: string | null;
};

const from = `
  SELECT v.id AS reviewId, v.at AS reviewAt, v.kind AS kind, v.text AS text,
    w.at AS answeredAt, w.login AS answeredBy, w.outcome AS outcome, w.note AS note, ${blockColumns}
  FROM house.reviews v LEFT JOIN house.review_answers w ON w.review = v.id
  CROSS JOIN records r ON r.id = v.record ${blockJoins}`;

/**
 * The oldest first of those that wait, the newest first of those that are answered.
 * @param after id of the last item of the page before; null for the first page
 */
export function reviewsPage(
  database: Database,
  scope: Scope,
  state: 'open' | 'answered',
  after: string | null,
  limit: number,
): ReviewsPage {
  if (isEmpty(scope)) return { items: [], next: null };
  const { sql, values } = inScope(scope);
  const [isAnswered, beyond, order] = state === 'open' ? ['IS', '>', 'ASC'] : ['IS NOT', '<', 'DESC'];
  const place =
    after === null ? '' : ` AND (v.at, v.id) ${beyond} (SELECT at, id FROM house.reviews WHERE id = ?)`;
  const rows = database
    .prepare(
      `${from} WHERE w.review ${isAnswered} NULL${place}${sql} ORDER BY v.at ${order}, v.id ${order} LIMIT ?`,
    )
    .all(...(after === null ? [] : [after]), ...values, limit + 1) as unknown as Row[];
  const items = rows.slice(0, limit).map(requestOf);
  return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

/** Null where there is none, and likewise where its record is outside of the scope. */
export function reviewRequest(database: Database, scope: Scope, id: string): ReviewRequest | null {
  if (isEmpty(scope)) return null;
  const { sql, values } = inScope(scope);
  const row = database.prepare(`${from} WHERE v.id = ?${sql}`).get(id, ...values);
  return row === undefined ? null : requestOf(row as unknown as Row);
}

/** How many wait, and since when the oldest does (epoch milliseconds, or null). */
export function waitingReviews(
  database: Database,
  scope: Scope,
): { readonly count: number; readonly oldest: number | null } {
  if (isEmpty(scope)) return { count: 0, oldest: null };
  const { sql, values } = inScope(scope);
  const row = database
    .prepare(
      `SELECT count(*) AS count, min(v.at) AS oldest FROM house.reviews v
       LEFT JOIN house.review_answers w ON w.review = v.id CROSS JOIN records r ON r.id = v.record
       WHERE w.review IS NULL${sql}`,
    )
    .get(...values);
  const oldest = row?.['oldest'];
  return { count: Number(row?.['count'] ?? 0), oldest: typeof oldest === 'number' ? oldest : null };
}

function requestOf(row: Row): ReviewRequest {
  const { reviewId: id, reviewAt, kind, text, answeredAt, answeredBy, outcome, note, ...block } = row;
  const isAnswered = answeredAt !== null && answeredBy !== null && outcome !== null && note !== null;
  return {
    ...{ id, at: new Date(reviewAt).toISOString(), kind, text },
    record: blockOf(block),
    answer: isAnswered ? { at: new Date(answeredAt).toISOString(), by: answeredBy, outcome, note } : null,
  };
}
