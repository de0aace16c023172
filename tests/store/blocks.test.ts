import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeDigits, openJournalReader, plansOf, queryBlocks } from '../../store/blocks.ts';
import type { BlocksFilter } from '../../store/blocks.ts';
import { Journal } from '../../store/journal/journal.ts';
import type { BlockRecord } from '../../store/record.ts';
import { freshFolder } from './folder.ts';
import { person, record } from './samples.ts';

const fresh = freshFolder();
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 100);
const millions = process.env['HALLPASS_TEST_LONG'] === '1' ? 1_000_000 : 50_000;
const open = (path: string) => Journal.open(path, { lockTimeout: 0 }, 0);
const idsOf = (journal: Journal, filter?: BlocksFilter) =>
  [...queryBlocks(journal.database, filter)].map(({ id }) => id);

/** Writes many records as SQL: what is read does not depend on how they came there. */
function fill(journal: Journal, rows: number): void {
  journal.append([record({ at: 0, person: person(0) }), record({ at: 0, person: person(1) })]);
  journal.database.exec(`
    WITH RECURSIVE n (i) AS (VALUES (10) UNION ALL SELECT i + 1 FROM n WHERE i < ${String(rows + 9)})
    INSERT INTO records (id, at, subject, ip, method, url, host, rule, clause, edition, action, kind)
    SELECT format('00000000-0000-7000-8000-%012d', i), i / 3, 1 + (i % 100 = 0), '10.0.0.1', 'GET', 'http://h.test/' || i,
      'h.test', 'r', 1, 1, 'block', 'page' FROM n;
    INSERT INTO record_schools SELECT 'school-' || (seq % 40), at, seq, 0 FROM records WHERE seq > 2`);
}

describe('blocks', () => {
  it('come in order of time, whatever the order of arrival', () => {
    const journal = open(join(fresh(), 'journal.db'));
    const [late, early] = [record({ at: 2_000 }), record({ at: 1_000 })];
    journal.append([late, early]);
    expect(idsOf(journal)).toEqual([early.id, late.id]);
    journal.close();
  });

  it('are found by time, school, login in any case, key, and all of these at once', () => {
    const journal = open(join(fresh(), 'journal.db'));
    const one = record({ at: 1_000, schools: ['north', 'south'], person: person(1) });
    const two = record({ at: 2_000, schools: ['south'], person: person(2) });
    const three = record({ at: 3_000, schools: ['south'], person: person(1) });
    journal.append([one, two, three]);
    expect(idsOf(journal, { since: 2_000 })).toEqual([two.id, three.id]);
    expect(idsOf(journal, { school: 'south' })).toEqual([one.id, two.id, three.id]);
    expect(idsOf(journal, { school: 'south', since: 1_001 })).toEqual([two.id, three.id]);
    expect(idsOf(journal, { user: 'STUDENT1' })).toEqual([one.id, three.id]);
    expect(idsOf(journal, { user: person(2).key })).toEqual([two.id]);
    expect(idsOf(journal, { user: 'student1', school: 'north' })).toEqual([one.id]);
    expect(idsOf(journal, { user: 'student1', school: 'south', since: 2_000 })).toEqual([three.id]);
    expect(idsOf(journal, { user: 'nobody' })).toEqual([]);
    expect(idsOf(journal, { school: 'nowhere' })).toEqual([]);
    journal.close();
  });

  it('are found by the short code of their page, which two records may share', () => {
    const journal = open(join(fresh(), 'journal.db'));
    const one = record({ id: '0199f000-0000-7000-8000-00009f3c21ab', at: 1_000, schools: ['north'] });
    const two = record({ id: '0199f000-0001-7000-8000-11119f3c21ab', at: 2_000, person: null });
    const other = record({ id: '0199f000-0002-7000-8000-00009f3c21ac', at: 3_000 });
    journal.append([one, two, other]);
    const code = codeDigits('9F3C-21AB') ?? '';
    expect(idsOf(journal, { code })).toEqual([one.id, two.id]);
    expect(idsOf(journal, { code, since: 1_001 })).toEqual([two.id]);
    expect(idsOf(journal, { code, school: 'north' })).toEqual([one.id]);
    expect(idsOf(journal, { code, user: 'STUDENT1' })).toEqual([one.id]);
    expect(idsOf(journal, { code, user: 'nobody' })).toEqual([]);
    expect(idsOf(journal, { code: '00000000' })).toEqual([]);
    journal.close();
  });

  it.each([
    ['9F3C-21AB', '9f3c21ab'],
    ['9f3c21ab', '9f3c21ab'],
    ['9F3C-21A', null],
    ['9F3C--21AB', null],
    ['GF3C-21AB', null],
    ['', null],
  ])('read the short code `%s` as %s', (text, digits) => {
    expect(codeDigits(text)).toBe(digits);
  });

  it('of a login that two people have had come merged in order, each with its own key', () => {
    const journal = open(join(fresh(), 'journal.db'));
    const [before, after] = [
      { ...person(1), login: 'kim' },
      { ...person(2), login: 'kim' },
    ];
    journal.append([1, 2, 1, 2].map((who, n) => record({ at: n, person: who === 1 ? before : after })));
    const keys = [...queryBlocks(journal.database, { user: 'kim' })].map(({ userId }) => userId);
    expect(keys).toEqual([before.key, after.key, before.key, after.key]);
    journal.close();
  });

  it('that are recorded while others read are neither missed nor read twice', () => {
    const path = join(fresh(), 'journal.db');
    const journal = open(path);
    journal.append(Array.from({ length: 1_200 }, (_, n) => record({ at: 1_000 + n })));
    const reader = openJournalReader(path);
    const seen: string[] = [];
    for (const { id } of queryBlocks(reader)) {
      if (seen.push(id) === 700) journal.append([record({ at: 9_000 })]);
    }
    expect(seen).toHaveLength(1_201);
    expect(new Set(seen).size).toBe(1_201);
    reader.close();
    journal.close();
  });

  it('are what was appended: random appends against a model', () => {
    const append = fc.record({
      after: fc.integer({ min: -500, max: 30_000 }),
      who: fc.integer({ min: 0, max: 2 }),
      host: fc.constantFrom('a.test', 'b.test'),
      schools: fc.uniqueArray(fc.constantFrom('north', 'south', 'east'), { maxLength: 2 }),
      kind: fc.constantFrom('page' as const, 'repeat' as const),
    });
    const filter = fc.record(
      {
        since: fc.integer({ min: 0, max: 200_000 }),
        school: fc.constant('north'),
        user: fc.constant('student1'),
      },
      { requiredKeys: [] },
    );
    const check = (batches: Appended[][], wanted: BlocksFilter) => {
      const journal = open(join(fresh(), 'journal.db'));
      let at = 1_000;
      const records = batches.map((batch) =>
        batch.map(({ after, who, ...rest }) => {
          at = Math.max(0, at + after);
          return record({ ...rest, at, person: who === 0 ? null : person(who) });
        }),
      );
      for (const batch of records) journal.append(batch);
      const found = [...queryBlocks(journal.database, wanted)].map(({ id, count }) => [id, count]);
      journal.close();
      expect(found).toEqual(model(records.flat(), wanted));
    };
    fc.assert(fc.property(fc.array(fc.array(append, { maxLength: 8 }), { maxLength: 8 }), filter, check), {
      numRuns,
    });
  });
});

interface Appended extends Pick<BlockRecord, 'host' | 'schools' | 'kind'> {
  /** Milliseconds after the one before; a little less than none where another thread stamped it. */
  readonly after: number;
  /** 0: nobody is signed in. */
  readonly who: number;
}

/** The slow and obvious journal: a list. */
function model(
  records: readonly BlockRecord[],
  { since = 0, school, user }: BlocksFilter,
): [string, number][] {
  const rows: { record: BlockRecord; count: number }[] = [];
  for (const one of records) {
    const first = rows.findLast(
      ({ record: other }) => other.person?.key === one.person?.key && other.host === one.host,
    );
    if (one.kind === 'repeat' && first !== undefined && Math.abs(one.at - first.record.at) <= 60_000)
      first.count += 1;
    else rows.push({ record: one, count: 1 });
  }
  return rows
    .filter(({ record: { at } }) => at >= since)
    .filter(({ record: { schools } }) => school === undefined || schools.includes(school))
    .filter(({ record: one }) => user === undefined || one.person?.login === user)
    .sort((a, b) => a.record.at - b.record.at)
    .map(({ record: { id }, count }) => [id, count]);
}

describe(`${String(millions)} records`, () => {
  it('are read page by page through an index, without sorting, while records go on being written', () => {
    const path = join(fresh(), 'journal.db');
    const journal = open(path);
    fill(journal, millions);
    const reader = openJournalReader(path);
    for (const plan of plansOf(reader)) {
      expect(plan.join('\n')).not.toContain('TEMP B-TREE FOR ORDER BY');
      expect(plan[0]).toMatch(/^SEARCH (r|p) USING (COVERING )?(INDEX|PRIMARY KEY)/);
      expect(plan.filter((step) => step.startsWith('SCAN'))).toEqual([]);
    }
    let count = 0;
    let [at, written] = ['', 0];
    for (const block of queryBlocks(reader)) {
      expect(block.at >= at).toBe(true);
      at = block.at;
      count += 1;
      if (count % 10_000 === 0) written += journal.append([record({ at: Date.UTC(2026, 0) + count })]).length;
    }
    expect(written).toBeGreaterThan(0);
    expect(count).toBe(millions + 2 + written);
    expect(journal.truncateLog(), 'no read that goes on for long keeps the WAL from being emptied').toBe(
      true,
    );
    const ofOne = [...queryBlocks(reader, { user: 'student1', school: 'school-3' })];
    expect(ofOne.every(({ user, schools }) => user === 'student1' && schools.includes('school-3'))).toBe(
      true,
    );
    reader.close();
    journal.close();
  }, 120_000);
});
