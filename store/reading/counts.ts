/** How many blocks, by school, by hour and by rule. Times are epoch milliseconds: the earliest, and the first too late. */
import type { Database } from '../sqlite.ts';
import { atTheSchool, inScope, isEmpty } from './scope.ts';
import type { Scope } from './scope.ts';

export interface Count {
  /** School, rule, or the beginning of the hour in epoch milliseconds. */
  readonly of: string;
  readonly count: number;
}

const hour = 3_600_000;

/** One row for each school of the scope that has any; a record of two schools counts at both. */
export function countsBySchool(database: Database, scope: Scope, from: number, to: number): readonly Count[] {
  if (isEmpty(scope)) return [];
  const whose = inScope(scope, atTheSchool);
  const sql = `SELECT p.school AS "of", count(*) AS count
    FROM records r INDEXED BY records_by_time CROSS JOIN record_schools p ON p.record = r.seq
    WHERE r.at >= ? AND r.at < ?${whose.sql} GROUP BY p.school ORDER BY count DESC, p.school`;
  return database.prepare(sql).all(from, to, ...whose.values) as unknown as Count[];
}

/** Hours in which there was any, in their order. */
export function countsByHour(database: Database, scope: Scope, from: number, to: number): readonly Count[] {
  return grouped(
    database,
    scope,
    from,
    to,
    `CAST(r.at / ${String(hour)} * ${String(hour)} AS TEXT)`,
    'min(r.at)',
  );
}

/** The rules that were met most. */
export function countsByRule(
  database: Database,
  scope: Scope,
  from: number,
  to: number,
  most: number,
): readonly Count[] {
  return grouped(database, scope, from, to, 'r.rule', 'count DESC, "of"').slice(0, most);
}

const day = 86_400_000;

/** How often each rule was recorded in the last days, wherever: it tells of rules and of nobody. */
export function firedRules(database: Database, days: number, now: number): readonly Count[] {
  const everywhere: Scope = { students: 'all', staff: 'all', viewer: null };
  return grouped(database, everywhere, now - days * day, now + 1, 'r.rule', '"of"');
}

function grouped(
  database: Database,
  scope: Scope,
  from: number,
  to: number,
  of: string,
  order: string,
): readonly Count[] {
  if (isEmpty(scope)) return [];
  const whose = inScope(scope);
  const sql = `SELECT ${of} AS "of", count(*) AS count FROM records r INDEXED BY records_by_time
    WHERE r.at >= ? AND r.at < ?${whose.sql} GROUP BY 1 ORDER BY ${order}`;
  return database.prepare(sql).all(from, to, ...whose.values) as unknown as Count[];
}
