import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { v7 } from 'uuid';
import { queryBlocks } from '../../../store/blocks.ts';
import { Journal } from '../../../store/journal/journal.ts';
import { Purge } from '../../../store/journal/purge.ts';
import { freshFolder } from '../folder.ts';
import { clause, person, record } from '../samples.ts';

const fresh = freshFolder();
const day = 86_400_000;
const now = Date.UTC(2026, 8, 1, 9);
const keepFrom = now - 90 * day;
const [old, recent] = [keepFrom - 1, keepFrom];

function open(path = join(fresh(), 'journal.db')): Journal {
  return Journal.open(path, { lockTimeout: 0 }, now);
}

function purgeAll(journal: Journal): number {
  const purge = new Purge(journal.database);
  let deleted = 0;
  while (purge.due(keepFrom, now)) deleted += purge.step(keepFrom, now, 2.5);
  return deleted;
}

const idsOf = (journal: Journal) => [...queryBlocks(journal.database)].map(({ id }) => id);
const countOf = (journal: Journal, table: string) =>
  journal.database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'];

describe('the purge', () => {
  it('deletes what is past retention, with its repeats, schools and follow-ups, and nothing else', () => {
    const journal = open();
    const [gone, kept] = [record({ at: old }), record({ at: recent })];
    journal.append([gone, record({ at: old, kind: 'repeat' }), kept, record({ at: recent, kind: 'repeat' })]);
    for (const { id } of [gone, kept]) {
      journal.followUp({ id: v7(), recordId: id, at: now, author: 'a', kind: 'note', note: 'talked' });
    }
    expect(purgeAll(journal)).toBe(1);
    expect([...queryBlocks(journal.database)]).toMatchObject([
      { id: kept.id, count: 2, schools: ['north-high'] },
    ]);
    for (const table of ['records', 'repeats', 'record_schools', 'follow_ups'])
      expect(countOf(journal, table)).toBe(1);
    journal.close();
  });

  it('deletes people and clause texts that no record names any more, and keeps the others', () => {
    const journal = open();
    const other = { ...clause, id: 'proxies' };
    journal.append([
      record({ at: old, person: person(1), clause }),
      record({ at: old, person: person(2), clause: other }),
      record({ at: recent, person: person(2), clause }),
    ]);
    purgeAll(journal);
    expect(journal.database.prepare('SELECT login FROM subjects').all()).toEqual([{ login: 'student2' }]);
    expect(journal.database.prepare('SELECT clause FROM clauses').all()).toEqual([{ clause: 'games' }]);
    journal.close();
  });

  /** A purge of 2,000 records by a clock on which each look takes `took` milliseconds. @returns the size of each step */
  function stepsTaking(took: number, target: number): number[] {
    const journal = open();
    journal.append(Array.from({ length: 2_000 }, (_, n) => record({ at: old - 2_000 + n })));
    let clock = 0;
    const purge = new Purge(journal.database, () => (clock += took));
    const steps: number[] = [];
    while (purge.due(keepFrom, now)) steps.push(purge.step(keepFrom, now, target));
    expect(idsOf(journal)).toEqual([]);
    expect(journal.database.prepare('PRAGMA synchronous').get(), 'appends wait for the disk').toEqual({
      synchronous: 2,
    });
    journal.close();
    return steps;
  }

  it('works in steps that grow while there is time', () => {
    const steps = stepsTaking(1, 100);
    expect(steps[0]).toBeLessThan(10);
    expect(steps.slice(0, -1)).toEqual([...steps.slice(0, -1)].sort((a, b) => a - b));
    expect(Math.max(...steps)).toBeGreaterThan(100);
    expect(Math.max(...steps)).toBeLessThanOrEqual(500);
  });

  it('shrinks to one record a step on a disk that is too slow for its target', () => {
    const steps = stepsTaking(100, 1);
    expect(steps.slice(1)).toEqual(steps.slice(1).map(() => 1));
  });

  it('leaves no byte of it in database and WAL', () => {
    const path = join(fresh(), 'journal.db');
    const journal = open(path);
    const who = { key: 'canary-key', login: 'canary-login', name: 'Canary Name' };
    for (let n = 0; n < 500; n += 1) {
      const [kept, gone] = [person(n % 40), { ...who, key: `canary-key-${String((n * 7919) % 97)}` }];
      journal.append([
        record({ at: old - 500 + n, person: gone, url: 'http://canary-url/', schools: ['canary-school'] }),
      ]);
      journal.append([record({ at: old - 500 + n, person: gone, kind: 'repeat', ip: 'canary-ip' })]);
      journal.append([record({ at: old - 500 + n, person: kept, host: 'canary-host' })]);
    }
    journal.append([record({ at: recent, person: person(3) })]);
    const bytes = () => readFileSync(path, 'latin1') + readFileSync(`${path}-wal`, 'latin1');
    expect(bytes()).toContain('canary-url');
    purgeAll(journal);
    expect(journal.truncateLog()).toBe(true);
    expect(bytes()).not.toContain('canary');
    expect(bytes()).not.toContain('anary-login');
    journal.close();
  });

  it('does not purge a record because a wrong clock stamped it with the past', () => {
    const journal = open();
    const [sane, stamped1970, next] = [record({ at: recent }), record({ at: 0 }), record({ at: recent + 1 })];
    journal.append([sane, stamped1970, next]);
    expect(purgeAll(journal)).toBe(0);
    journal.close();
  });

  it('is not held up by a record that a wrong clock stamped with the future', () => {
    const journal = open();
    const kept = record({ at: recent });
    journal.append([
      record({ at: old }),
      record({ at: now + 5_000 * day }),
      record({ at: old + 1 - 1 }),
      kept,
    ]);
    expect(purgeAll(journal)).toBe(3);
    expect(idsOf(journal)).toEqual([kept.id]);
    journal.close();
  });

  it('never lets a repeat count towards a record that it deleted', () => {
    const journal = open();
    journal.append([record({ at: old })]);
    purgeAll(journal);
    const repeat = record({ at: old + 10, kind: 'repeat' });
    expect(journal.append([repeat])).toEqual([repeat.id]);
    journal.close();
  });
});
