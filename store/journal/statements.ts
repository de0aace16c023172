import { logStateSql } from '../sqlite.ts';
import type { Database, Statement } from '../sqlite.ts';

/** Every statement of the append path, prepared once per connection. */
export interface Statements {
  readonly known: Statement;
  readonly stands: Statement;
  readonly subject: Statement;
  readonly clause: Statement;
  readonly edition: Statement;
  readonly record: Statement;
  readonly school: Statement;
  readonly repeat: Statement;
  readonly followUp: Statement;
  readonly recent: Statement;
  readonly noteClock: Statement;
  readonly fill: Statement;
  readonly empty: Statement;
  readonly lastSeen: Statement;
  readonly logState: Statement;
}

const sql = {
  known: `SELECT id FROM records WHERE id = ?
    UNION ALL SELECT records.id FROM repeats JOIN records ON records.seq = repeats.record WHERE repeats.id = ?`,
  stands: 'SELECT 1 FROM records WHERE seq = ?',
  subject: `INSERT INTO subjects (key, login, name) VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET login = excluded.login, name = excluded.name
    WHERE login IS NOT excluded.login COLLATE BINARY OR name IS NOT excluded.name`,
  clause: `INSERT INTO clauses (digest, clause, number, title, text, adopted) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (digest) DO NOTHING`,
  edition: `INSERT INTO editions (edition, policy_version, first_seen) VALUES (?, ?, ?)
    ON CONFLICT (edition, policy_version) DO NOTHING`,
  record: `INSERT INTO records (id, at, subject, ip, method, url, host, rule, clause, edition, action, kind,
      about, enforced, grants, kept)
    VALUES (?, ?, (SELECT id FROM subjects WHERE key = ?), ?, ?, ?, ?, ?,
      (SELECT id FROM clauses WHERE digest = ?),
      (SELECT id FROM editions WHERE edition = ? AND policy_version = ?), ?, ?, ?, ?, ?, ?)`,
  school: `INSERT INTO record_schools (school, at, record, position) VALUES (?, ?, ?, ?)
    ON CONFLICT DO NOTHING`,
  repeat: 'INSERT INTO repeats (id, record, at, n) VALUES (?, ?, ?, ?)',
  followUp: `INSERT INTO follow_ups (id, record, at, author, kind, note)
    SELECT ?1, seq, ?2, ?3, ?4, ?5 FROM records WHERE id = ?6`,
  recent: `SELECT seq, records.id AS id, at, subjects.key AS person, ip, rule, host, grants
    FROM records LEFT JOIN subjects ON subjects.id = records.subject WHERE at >= ? ORDER BY at, seq`,
  noteClock: 'UPDATE clock SET last_seen = ?',
  fill: 'INSERT OR REPLACE INTO probe VALUES (1, zeroblob(?))',
  empty: 'DELETE FROM probe',
  lastSeen: 'SELECT last_seen FROM clock',
  logState: logStateSql,
} as const;

export function prepare(database: Database): Statements {
  const entries = Object.entries(sql).map(([name, text]) => [name, database.prepare(text)] as const);
  return Object.fromEntries(entries) as unknown as Statements;
}
