/**
 * Blocks for reviewers, the newest first, page by page. Each query begins with the index of its narrowest filter (a
 * person, a host, a rule, a clause, a school, else time) and reads it in the order of the page, so that its cost is
 * that of the rows it looks at and never of the table:
 *
 *     FROM records r INDEXED BY records_by_host WHERE r.host = ? AND (r.at, r.seq) < (?, ?) … ORDER BY r.at DESC LIMIT ?
 */
import { blockColumns, blockJoins, blockOf } from '../blocks.ts';
import type { Block, BlockRow } from '../blocks.ts';
import type { Database, Statement } from '../sqlite.ts';
import { cursorOf, positionOf } from './cursor.ts';
import type { Position } from './cursor.ts';
import { anywhere, atSchools, inScope, isEmpty, isUniform, schoolsWithin } from './scope.ts';
import type { About, Fragment, Schools, Scope } from './scope.ts';

export interface BlocksPageFilter {
  /** Epoch milliseconds, the earliest and the first that is too late. */
  readonly from?: number;
  readonly to?: number;
  readonly school?: string;
  /** Canonical host, exactly. */
  readonly host?: string;
  readonly rule?: string;
  /** Id of an AUP clause, in any of its texts. */
  readonly clause?: string;
  /** Login without regard to case, or key. */
  readonly person?: string;
  readonly action?: 'allow' | 'block' | 'warn';
  readonly about?: About;
}

export interface BlocksPage {
  readonly items: readonly Block[];
  /** Where the next page begins; null at the end. */
  readonly next: string | null;
}

type Row = BlockRow & { readonly atMs: number };

const columns = `${blockColumns}, r.at AS atMs`;
const end: Position = { at: Number.MAX_SAFE_INTEGER, seq: Number.MAX_SAFE_INTEGER };

export class BlocksReading {
  readonly #database: Database;
  readonly #statements = new Map<string, Statement>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** @throws StoreError `bad-cursor` */
  page(scope: Scope, filter: BlocksPageFilter, cursor: string | null, limit: number): BlocksPage {
    const before = cursor === null ? end : positionOf(cursor);
    if (isEmpty(scope)) return { items: [], next: null };
    const queries = queriesOf(scope, filter, this.#named(scope, filter), before, limit + 1);
    const found = queries.flatMap(
      ({ sql, values }) => this.#prepared(sql).all(...values) as unknown as Row[],
    );
    const rows = queries.length === 1 ? found : merged(found);
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    return {
      items: shown.map(({ atMs: _at, ...row }) => blockOf(row)),
      next: rows.length > limit && last !== undefined ? cursorOf({ at: last.atMs, seq: last.seq }) : null,
    };
  }

  /** Null where there is none, and likewise where it is outside of the scope. */
  one(scope: Scope, id: string): Block | null {
    if (isEmpty(scope)) return null;
    const conditions = [inScope(scope)];
    const sql = `SELECT ${blockColumns} FROM records r ${blockJoins} WHERE r.id = ?${textOf(conditions)}`;
    const row = this.#prepared(sql).get(id, ...valuesOf(conditions));
    return row === undefined ? null : blockOf(row as unknown as BlockRow);
  }

  /** How SQLite would run the queries of a page: for the tests. */
  plans(scope: Scope, filter: BlocksPageFilter): readonly string[][] {
    const queries = queriesOf(scope, filter, this.#named(scope, filter), end, 10);
    return queries.map(({ sql, values }) =>
      this.#database
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all(...values)
        .map((row) => String(row['detail'])),
    );
  }

  /** What a query can begin with. Where the schools have few records, they are narrower than a host that many visit. */
  #named(scope: Scope, { person, clause, school, host, rule }: BlocksPageFilter): Named {
    const numbers = (sql: string, value: string): number[] =>
      this.#prepared(sql)
        .all(value)
        .map((row) => Number(row['id']));
    return {
      people: person === undefined ? null : numbers(peopleNamed, person),
      clauses: clause === undefined ? null : numbers('SELECT id FROM clauses WHERE clause = ?', clause),
      schoolsAreSmall: (host ?? rule ?? clause) !== undefined && this.#areSmall(schoolsOf(scope, school)),
    };
  }

  #areSmall(schools: Schools): boolean {
    if (schools === 'all') return false;
    const sql = 'SELECT count(*) AS n FROM (SELECT 1 FROM record_schools WHERE school = ? LIMIT ?)';
    const counted = schools.map((school) => Number(this.#prepared(sql).get(school, smallSchool)?.['n']));
    return counted.every((count) => count < smallSchool);
  }

  #prepared(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = this.#database.prepare(sql)));
    return statement;
  }
}

/** Internal numbers of what a filter names; null where it names nothing. */
interface Named {
  /** Those who have or had the login, or have the key. */
  readonly people: readonly number[] | null;
  /** All texts of the clause. */
  readonly clauses: readonly number[] | null;
  readonly schoolsAreSmall: boolean;
}

/** Records of a school that are read through in some tens of milliseconds. */
const smallSchool = 30_000;

const peopleNamed = 'SELECT id FROM subjects WHERE login = ?1 UNION SELECT id FROM subjects WHERE key = ?1';

const textOf = (parts: readonly Fragment[]): string => parts.map(({ sql }) => sql).join('');
const valuesOf = (parts: readonly Fragment[]): (string | number)[] => parts.flatMap(({ values }) => values);

/** Where a query begins: the table, its index, and the condition on it. */
interface Start extends Fragment {
  readonly tables: string;
}

/** One query for each place to begin with; more than one only for several schools, or several people of one login. */
function queriesOf(
  scope: Scope,
  filter: BlocksPageFilter,
  named: Named,
  before: Position,
  limit: number,
): readonly Fragment[] {
  const schools = schoolsOf(scope, filter.school);
  const nobody = named.people?.length === 0 || named.clauses?.length === 0;
  if (schools.length === 0 || nobody) return [];
  const { starts, left, bySchool } = startsOf(filter, named, schools);
  const [at, seq] = bySchool ? ['p.at', 'p.record'] : ['r.at', 'r.seq'];
  const conditions = [
    ...timesOf(filter, at),
    ...left,
    ...(bySchool || filter.school === undefined ? [] : [atSchools([filter.school])]),
    inScope(scope, bySchool && isUniform(scope) ? anywhere : atSchools),
  ];
  return starts.map((start) => ({
    sql:
      `SELECT ${columns} FROM ${start.tables} ${blockJoins} WHERE (${at}, ${seq}) < (?, ?)${start.sql}` +
      `${textOf(conditions)} ORDER BY ${at} DESC, ${seq} DESC LIMIT ?`,
    values: [before.at, before.seq, ...start.values, ...valuesOf(conditions), limit],
  }));
}

/** The schools of the scope that are asked for. */
function schoolsOf(scope: Scope, asked: string | undefined): Schools {
  const schools = schoolsWithin(scope);
  if (asked === undefined) return schools;
  return schools === 'all' || schools.includes(asked) ? [asked] : [];
}

function timesOf({ from, to }: BlocksPageFilter, at: string): Fragment[] {
  return [
    ...(from === undefined ? [] : [{ sql: ` AND ${at} >= ?`, values: [from] }]),
    ...(to === undefined ? [] : [{ sql: ` AND ${at} < ?`, values: [to] }]),
  ];
}

/** The narrowest filter, and the conditions that are left for the rows. */
function startsOf(
  { host, rule, action, about }: BlocksPageFilter,
  { people, clauses, schoolsAreSmall }: Named,
  schools: Schools,
): { readonly starts: readonly Start[]; readonly left: readonly Fragment[]; readonly bySchool: boolean } {
  const conditions = {
    host: equals('r.host', host),
    rule: equals('r.rule', rule),
    clause: clauses === null ? [] : [{ sql: ` AND r.clause IN (${clauses.join(', ')})`, values: [] }],
    action: equals('r.action', action),
    about: equals('r.about', about),
  };
  /** All but what the index has seen to. */
  const without = (...seen: (keyof typeof conditions)[]): Fragment[] =>
    Object.entries(conditions).flatMap(([name, all]) => (seen.some((each) => each === name) ? [] : all));
  if (people !== null)
    return { starts: people.map((id) => by('subject', id)), left: without(), bySchool: false };
  if (schoolsAreSmall && schools !== 'all')
    return { starts: schools.map(bySchool), left: without(), bySchool: true };
  if (host !== undefined) return { starts: [by('host', host)], left: without('host'), bySchool: false };
  if (rule !== undefined) return { starts: [by('rule', rule)], left: without('rule'), bySchool: false };
  if (clauses !== null)
    return { starts: clauses.map((id) => by('clause', id)), left: without('clause'), bySchool: false };
  if (schools !== 'all') return { starts: schools.map(bySchool), left: without(), bySchool: true };
  if (action !== undefined)
    return { starts: [by('action', action)], left: without('action'), bySchool: false };
  const start = { tables: 'records r INDEXED BY records_by_time', sql: '', values: [] };
  return { starts: [start], left: without(), bySchool: false };
}

const equals = (column: string, value: string | undefined): readonly Fragment[] =>
  value === undefined ? [] : [{ sql: ` AND ${column} = ?`, values: [value] }];

const by = (column: string, value: string | number): Start => ({
  tables: `records r INDEXED BY records_by_${column}`,
  sql: ` AND r.${column} = ?`,
  values: [value],
});

const bySchool = (school: string): Start => ({
  tables: 'record_schools p CROSS JOIN records r ON r.seq = p.record',
  sql: ' AND p.school = ?',
  values: [school],
});

/** In the order of the page, each once: a record of two schools came by both. */
function merged(rows: readonly Row[]): readonly Row[] {
  const unique = new Map(rows.map((row) => [row.seq, row]));
  return [...unique.values()].sort((a, b) => b.atMs - a.atMs || b.seq - a.seq);
}
