import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { findDamage, openReader } from '../../store/sqlite.ts';
import { Journal } from '../../store/journal/journal.ts';
import { start, writerFile } from './children/start.ts';
import { freshFolder } from './folder.ts';

const fresh = freshFolder();
const rounds = process.env['HALLPASS_TEST_LONG'] === '1' ? 50 : 10;

/** Under what record each id stands, for records themselves and for repeats. */
function standing(path: string): Map<string, string[]> {
  const database = openReader(path);
  expect(findDamage(database)).toBe(null);
  const found = new Map<string, string[]>();
  const sql = `SELECT id, id AS under FROM records
    UNION ALL SELECT repeats.id, records.id FROM repeats JOIN records ON records.seq = repeats.record`;
  for (const row of database.prepare(sql).all()) {
    const id = String(row['id']);
    found.set(id, [...(found.get(id) ?? []), String(row['under'])]);
  }
  database.close();
  return found;
}

describe('kill -9 at a random moment under 200 records a second', () => {
  it(
    `leaves every acknowledged record there exactly once (${String(rounds)} rounds on one journal)`,
    async () => {
      const path = join(fresh(), 'journal.db');
      const acknowledged: [string, string][] = [];
      for (let round = 0; round < rounds; round += 1) {
        const child = start(process.execPath, [writerFile, path, '200', '100000']);
        await child.line((line) => line.includes(' '));
        await pause(Math.random() * 400);
        child.process.kill('SIGKILL');
        await child.ended();
        for (const line of child.lines()) acknowledged.push(line.split(' ') as [string, string]);
        // The next start, as after a crash: it recovers what the WAL holds.
        Journal.open(path, { lockTimeout: 1_000 }, Date.now()).close();
      }
      const found = standing(path);
      expect(acknowledged.length).toBeGreaterThan(rounds);
      for (const [id, under] of acknowledged) expect([id, found.get(id)]).toEqual([id, [under]]);
    },
    rounds * 10_000,
  );
});
