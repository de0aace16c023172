/** What `hallpass blocks` and the reports read: never in the record thread, always through a read-only connection. */
import { existsSync } from 'node:fs';
import { readKept } from '../policy/replay/kept.ts';
import type { Kept } from '../policy/replay/kept.ts';
import { journalSteps } from './journal/schema.ts';
import { requireVersion } from './migrate.ts';
import { openReader } from './sqlite.ts';
import type { Database, SQLInputValue, Statement } from './sqlite.ts';

/** One record as people read it. */
export interface Block {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Immutable key of the person, or null when nobody was identified. */
  readonly userId: string | null;
  /** The person's latest login. */
  readonly user: string | null;
  /** The person's latest name. */
  readonly name: string | null;
  /** Schools of that time. */
  readonly schools: readonly string[];
  readonly ip: string;
  readonly method: string;
  /** Without query. */
  readonly url: string;
  readonly host: string;
  readonly rule: string;
  readonly clause: string | null;
  /** As adopted at that time. */
  readonly clauseText: string | null;
  readonly policyVersion: string;
  readonly edition: string;
  readonly action: string;
  /** False where it only would have been so (a policy that observes), and the request went on. */
  readonly enforced: boolean;
  /** Whose record it is; `staff` also where nobody knows any more. */
  readonly about: 'student' | 'staff';
  /** Ids of the grants that the decision rests on. */
  readonly grants: readonly string[];
  /** What it takes to decide again; null of a record that keeps nothing of it. */
  readonly kept: Kept | null;
  /** The record and its repeats within the minute. */
  readonly count: number;
}

export interface BlocksFilter {
  /** Of one record; the rest of the filter holds too. */
  readonly id?: string;
  /** Epoch milliseconds; records stamped then or later. */
  readonly since?: number;
  readonly school?: string;
  /** Latest login, without regard to case, or immutable key. */
  readonly user?: string;
  /** Short code of a block page as {@link codeDigits} gives it. Two records can have the same one. */
  readonly code?: string;
}

/** The digits of a short code such as `9F3C-21AB`, in any case, with or without the hyphen; null when it is none. */
export function codeDigits(text: string): string | null {
  return /^[0-9a-f]{4}-?[0-9a-f]{4}$/i.test(text) ? text.replace('-', '').toLowerCase() : null;
}

/** Records read at once: the longest that one read transaction lasts is a few milliseconds. */
const pageSize = 500;

/** What {@link BlockRow} holds. */
export const blockColumns = `
  r.seq AS seq, r.id AS id, r.at AS at, s.key AS userId, s.login AS user, s.name AS name,
  (SELECT json_group_array(school ORDER BY position) FROM record_schools WHERE record = r.seq) AS schools,
  r.ip AS ip, r.method AS method, r.url AS url, r.host AS host, r.rule AS rule,
  c.clause AS clause, c.text AS clauseText, e.policy_version AS policyVersion, e.edition AS edition, r.action AS action,
  r.enforced AS enforced, r.about AS about, r.grants AS grants, r.kept AS kept,
  1 + (SELECT coalesce(sum(n), 0) FROM repeats WHERE record = r.seq) AS count`;

export const blockJoins = `
  LEFT JOIN subjects s ON s.id = r.subject
  LEFT JOIN clauses c ON c.id = r.clause
  JOIN editions e ON e.id = r.edition`;

/** Each begins with the index that its filter asks for; CROSS JOIN keeps SQLite from choosing another order. */
const queries = {
  all: `SELECT ${blockColumns} FROM records r ${blockJoins}
    WHERE (r.at, r.seq) > (?, ?) ORDER BY r.at, r.seq LIMIT ${String(pageSize)}`,
  school: `SELECT ${blockColumns} FROM record_schools p CROSS JOIN records r ON r.seq = p.record ${blockJoins}
    WHERE p.school = ? AND (p.at, p.record) > (?, ?) ORDER BY p.at, p.record LIMIT ${String(pageSize)}`,
  subject: `SELECT ${blockColumns} FROM records r ${blockJoins}
    WHERE r.subject = ? AND (r.at, r.seq) > (?, ?) ORDER BY r.at, r.seq LIMIT ${String(pageSize)}`,
  subjectInSchool: `SELECT ${blockColumns} FROM records r ${blockJoins}
    WHERE r.subject = ? AND (r.at, r.seq) > (?, ?)
      AND EXISTS (SELECT 1 FROM record_schools WHERE school = ? AND at = r.at AND record = r.seq)
    ORDER BY r.at, r.seq LIMIT ${String(pageSize)}`,
  one: `SELECT ${blockColumns} FROM records r ${blockJoins}
    WHERE r.id = ? AND (r.at, r.seq) > (?, ?) ORDER BY r.at, r.seq LIMIT ${String(pageSize)}`,
  code: `SELECT ${blockColumns} FROM records r ${blockJoins}
    WHERE substr(r.id, -8) = ? AND (r.at, r.seq) > (?, ?) ORDER BY r.at, r.seq LIMIT ${String(pageSize)}`,
} as const;

/** A record as SQLite gives it. */
export interface BlockRow extends Omit<Block, 'at' | 'schools' | 'enforced' | 'grants' | 'kept'> {
  readonly enforced: 0 | 1;
  readonly seq: number;
  readonly at: number;
  readonly schools: string;
  readonly grants: string | null;
  readonly kept: string | null;
}

/**
 * Opens journal.db to read from; the caller closes it.
 * @throws StoreError `store-older` or `store-newer`
 */
export function openJournalReader(path: string): Database {
  const database = openReader(path);
  try {
    requireVersion(database, path, journalSteps);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The wall clock that the record thread believed last; null where there is none yet. @param path of journal.db */
export function clockBelieved(path: string): number | null {
  if (!existsSync(path)) return null;
  const database = openJournalReader(path);
  try {
    const seen = database.prepare('SELECT last_seen FROM clock').get()?.['last_seen'];
    return typeof seen === 'number' ? seen : null;
  } finally {
    database.close();
  }
}

/**
 * Blocks in order of time. Reads by pages whose start is the last record seen, so that memory stays the same for a
 * thousand records and a million, and no long read keeps the WAL from being emptied. What is recorded meanwhile with a
 * later time is read too; what is purged meanwhile is not.
 */
export function* queryBlocks(
  database: Database,
  filter: BlocksFilter = {},
): Generator<Block, void, undefined> {
  const since = filter.since ?? 0;
  if (filter.id !== undefined || filter.code !== undefined) {
    yield* few(database, filter);
    return;
  }
  if (filter.user === undefined) {
    const statement = database.prepare(filter.school === undefined ? queries.all : queries.school);
    yield* blocksOf(rows(statement, filter.school === undefined ? [] : [filter.school], since));
    return;
  }
  const statement = database.prepare(filter.school === undefined ? queries.subject : queries.subjectInSchool);
  const after = filter.school === undefined ? [] : [filter.school];
  const sources = peopleNamed(database, filter.user).map(({ id }) => rows(statement, [id], since, after));
  yield* blocksOf(merge(sources));
}

/** By id or code, of which there is hardly ever more than one: the rest of the filter is asked of each. */
function* few(
  database: Database,
  { id, code = '', since = 0, school, user }: BlocksFilter,
): Generator<Block, void, undefined> {
  const keys = user === undefined ? null : new Set(peopleNamed(database, user).map(({ key }) => key));
  const found =
    id === undefined
      ? rows(database.prepare(queries.code), [code], since)
      : rows(database.prepare(queries.one), [id], since);
  for (const block of blocksOf(found)) {
    const isTheirs = keys === null || (block.userId !== null && keys.has(block.userId));
    if (isTheirs && (school === undefined || block.schools.includes(school))) yield block;
  }
}

/** Lines of JSON, as many in one text as are read at once. */
export function* batchesOf(blocks: Iterable<Block>): Generator<string, void, undefined> {
  let lines: string[] = [];
  for (const block of blocks) {
    lines.push(`${JSON.stringify(block)}\n`);
    if (lines.length < pageSize) continue;
    yield lines.join('');
    lines = [];
  }
  if (lines.length > 0) yield lines.join('');
}

/** Keys of those in the journal whom a login or a key means. */
export const keysNamed = (database: Database, user: string): readonly string[] =>
  peopleNamed(database, user).map(({ key }) => key);

/** How SQLite would run each query, step by step: the tests see to it that none scans a table or sorts. */
export function plansOf(database: Database): readonly string[][] {
  return Object.values(queries).map((sql) =>
    database
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map((row) => String(row['detail'])),
  );
}

/** A login can have been given to another person after the first left: both are meant, and each says who by its key. */
function peopleNamed(database: Database, user: string): readonly { id: number; key: string }[] {
  const statement = database.prepare(
    'SELECT id, key FROM subjects WHERE login = ?1 UNION SELECT id, key FROM subjects WHERE key = ?1',
  );
  return statement.all(user).map((row) => ({ id: Number(row['id']), key: String(row['key']) }));
}

function* rows(
  statement: Statement,
  before: readonly SQLInputValue[],
  since: number,
  after: readonly SQLInputValue[] = [],
): Generator<BlockRow, void, undefined> {
  let [at, seq] = [since, -1];
  for (;;) {
    const page = statement.all(...before, at, seq, ...after) as unknown as BlockRow[];
    yield* page;
    const last = page[page.length - 1];
    if (last === undefined || page.length < pageSize) return;
    ({ at, seq } = last);
  }
}

/** Merges sequences that are each in order. There are as many as people who ever had one login: one or two. */
function* merge(
  sources: readonly Generator<BlockRow, void, undefined>[],
): Generator<BlockRow, void, undefined> {
  const heads = sources.map((source) => ({ source, row: source.next().value }));
  for (;;) {
    let first: (typeof heads)[number] | undefined;
    for (const head of heads) {
      if (head.row !== undefined && (first?.row === undefined || isBefore(head.row, first.row))) first = head;
    }
    if (first?.row === undefined) return;
    yield first.row;
    first.row = first.source.next().value;
  }
}

function isBefore(a: BlockRow, b: BlockRow): boolean {
  return a.at !== b.at ? a.at < b.at : a.seq < b.seq;
}

function* blocksOf(source: Iterable<BlockRow>): Generator<Block, void, undefined> {
  for (const row of source) yield blockOf(row);
}

export function blockOf(row: BlockRow): Block {
  const { seq: _seq, id, at, schools, enforced, about, grants, kept, count, ...rest } = row;
  const { userId, user, name, ...request } = rest;
  return {
    ...{ id, at: new Date(at).toISOString(), userId, user, name },
    ...{ schools: JSON.parse(schools) as string[], ...request },
    ...{ enforced: enforced === 1, about },
    ...{ grants: grants === null ? [] : (JSON.parse(grants) as string[]), kept: readKept(kept), count },
  };
}
