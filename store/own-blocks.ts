/** What one person may read of the journal: their own records, the newest first. */
import { blockColumns, blockJoins, blockOf } from './blocks.ts';
import type { Block, BlockRow } from './blocks.ts';
import { windowLength } from './journal/window.ts';
import type { Database } from './sqlite.ts';

export interface OwnBlocks {
  readonly items: readonly Block[];
  /** Id of the last item, after which the next page begins; null at the end. */
  readonly next: string | null;
}

const from = `FROM subjects o CROSS JOIN records r ON r.subject = o.id ${blockJoins} WHERE o.key = ?`;

const queries = {
  first: `SELECT ${blockColumns} ${from} ORDER BY r.at DESC, r.seq DESC LIMIT ?`,
  after: `SELECT ${blockColumns} ${from} AND (r.at, r.seq) < (SELECT at, seq FROM records WHERE id = ?)
    ORDER BY r.at DESC, r.seq DESC LIMIT ?`,
  one: `SELECT ${blockColumns} ${from} AND r.id = ?`,
  // A tunnel within a minute of a page is a repeat of that page's record. What was let through closed nothing.
  tunnels: `SELECT r.id AS id, r.at AS at,
      max(r.at, coalesce((SELECT max(at) FROM repeats WHERE record = r.seq), r.at)) AS last
    FROM subjects o CROSS JOIN records r ON r.subject = o.id WHERE o.key = ? AND r.at >= ?
    AND r.enforced = 1 AND r.action <> 'allow'
    AND (r.method = 'CONNECT' OR EXISTS (SELECT 1 FROM repeats WHERE record = r.seq))
    ORDER BY r.at DESC, r.seq DESC`,
} as const;

/**
 * @param key immutable key of the person
 * @param after id of the last record of the page before; null for the first page
 */
export function ownBlocks(database: Database, key: string, after: string | null, limit: number): OwnBlocks {
  const rows =
    after === null
      ? database.prepare(queries.first).all(key, limit + 1)
      : database.prepare(queries.after).all(key, after, limit + 1);
  const items = (rows as unknown as BlockRow[]).slice(0, limit).map(blockOf);
  return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

/** Null where there is none, and likewise where it is somebody else's. */
export function ownBlock(database: Database, key: string, id: string): Block | null {
  const row = database.prepare(queries.one).get(key, id) as unknown as BlockRow | undefined;
  return row === undefined ? null : blockOf(row);
}

/**
 * The record that a browser may have shown no page for (of a tunnel, or with repeats) and that was refused last, a repeat
 * counting as much as the first time.
 * @param since epoch milliseconds
 */
export function newestTunnel(database: Database, key: string, since: number): Block | null {
  const rows = database.prepare(queries.tunnels).iterate(key, since - windowLength);
  let newest: TunnelRow | null = null;
  for (const row of rows as unknown as Iterable<TunnelRow>) {
    // No repeat of this one, or of any before it, is later.
    if (newest !== null && row.at + windowLength < newest.last) break;
    if (row.last >= since && (newest === null || row.last > newest.last)) newest = row;
  }
  return newest === null ? null : ownBlock(database, key, newest.id);
}

interface TunnelRow {
  readonly id: string;
  readonly at: number;
  /** When it was repeated last. */
  readonly last: number;
}

/** How SQLite would run each query: the tests see to it that none reads more than the person's own records. */
export function ownPlansOf(database: Database): readonly string[][] {
  return Object.values(queries).map((sql) =>
    database
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map((row) => String(row['detail'])),
  );
}
