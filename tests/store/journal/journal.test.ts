import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { v7 } from 'uuid';
import { Journal } from '../../../store/journal/journal.ts';
import { journalSteps } from '../../../store/journal/schema.ts';
import { queryBlocks } from '../../../store/blocks.ts';
import { migrate } from '../../../store/migrate.ts';
import { openWriter } from '../../../store/sqlite.ts';
import { freshFolder } from '../folder.ts';
import { clause, person, record } from '../samples.ts';

const fresh = freshFolder();
const start = Date.UTC(2026, 8, 1, 9);
const open = (path = join(fresh(), 'journal.db'), now = start) => Journal.open(path, { lockTimeout: 0 }, now);
const blocks = (journal: Journal) => [...queryBlocks(journal.database)];
const rows = (journal: Journal, table: string) => journal.database.prepare(`SELECT * FROM ${table}`).all();
const repeat = (changes = {}) => record({ kind: 'repeat', ...changes });

describe('a record', () => {
  it('carries person, schools, edition and the clause as it was adopted then', () => {
    const journal = open();
    const one = record({ at: start, schools: ['north-high', 'bus'] });
    expect(journal.append([one])).toEqual([one.id]);
    expect(blocks(journal)).toEqual([
      {
        id: one.id,
        at: '2026-09-01T09:00:00.000Z',
        userId: person(1).key,
        user: 'student1',
        name: 'Student 1',
        schools: ['north-high', 'bus'],
        ip: '10.0.0.1',
        method: 'GET',
        url: 'http://games.demo.test/',
        host: 'games.demo.test',
        rule: 'no-games',
        clause: 'games',
        clauseText: 'Games wait until after school.',
        policyVersion: 'p-0000000000000001',
        edition: 'e-0000000000000001',
        action: 'block',
        enforced: true,
        about: 'student',
        grants: [],
        kept: null,
        count: 1,
      },
    ]);
    journal.close();
  });

  it('may have neither person nor school nor clause', () => {
    const journal = open();
    journal.append([record({ person: null, schools: [], clause: null })]);
    const none = { userId: null, user: null, name: null, schools: [], clause: null, clauseText: null };
    expect(blocks(journal)).toMatchObject([none]);
    journal.close();
  });

  it('shares clause text and edition with the others, by digest; an amended clause is another text', () => {
    const journal = open();
    const amended = { ...clause, text: 'Games wait until the bell.', adopted: '2026-09-01' };
    journal.append([record(), record(), record({ clause: amended })]);
    expect(rows(journal, 'clauses')).toHaveLength(2);
    expect(rows(journal, 'editions')).toHaveLength(1);
    expect(blocks(journal).map(({ clauseText }) => clauseText)).toEqual([
      clause.text,
      clause.text,
      amended.text,
    ]);
    journal.close();
  });

  it('is read with the latest login and name of its person', () => {
    const journal = open();
    journal.append([record(), record({ person: { ...person(1), login: 'renamed', name: 'Newly Named' } })]);
    expect(blocks(journal).map(({ user, name }) => [user, name])).toEqual([
      ['renamed', 'Newly Named'],
      ['renamed', 'Newly Named'],
    ]);
    expect(rows(journal, 'subjects')).toHaveLength(1);
    journal.close();
  });

  it('is there once however often it is appended, and its repeats too', () => {
    const journal = open();
    const [page, again] = [record(), repeat()];
    journal.append([page, again]);
    expect(journal.append([page, again, page])).toEqual([page.id, page.id, page.id]);
    expect(blocks(journal)).toMatchObject([{ id: page.id, count: 2 }]);
    journal.close();
  });

  it('is not there when another of the same transaction cannot be stored', () => {
    const journal = open();
    const refused = record({ url: undefined as unknown as string });
    const page = record();
    expect(() => journal.append([page, refused])).toThrow('cannot be bound');
    expect(blocks(journal)).toEqual([]);
    const own = repeat();
    expect(journal.append([own]), 'nor has it opened a window').toEqual([own.id]);
    journal.close();
  });
});

describe('a repeat', () => {
  it('within 60 s of a record is a row of its own that answers with the first record', () => {
    const journal = open();
    const page = record({ at: start });
    const [near, far] = [repeat({ at: start + 1 }), repeat({ at: start + 60_000 })];
    expect(journal.append([page])).toEqual([page.id]);
    expect(journal.append([near, far])).toEqual([page.id, page.id]);
    expect(blocks(journal)).toMatchObject([{ id: page.id, count: 3 }]);
    expect(rows(journal, 'repeats')).toMatchObject([
      { id: near.id, at: start + 1, n: 1 },
      { id: far.id, at: start + 60_000, n: 1 },
    ]);
    journal.close();
  });

  it('later than that is a record, and opens a window of its own', () => {
    const journal = open();
    const [page, late, later] = [
      record({ at: start }),
      repeat({ at: start + 60_001 }),
      repeat({ at: start + 100_000 }),
    ];
    expect(journal.append([page, late, later])).toEqual([page.id, late.id, late.id]);
    journal.close();
  });

  it('counts towards the latest page, which always has a record of its own', () => {
    const journal = open();
    const [one, two] = [record({ at: start }), record({ at: start + 50_000 })];
    expect(journal.append([one, two, repeat({ at: start + 90_000 })])).toEqual([one.id, two.id, two.id]);
    journal.close();
  });

  it.each([
    ['person', { person: person(2) }],
    ['rule', { rule: 'no-proxies' }],
    ['host', { host: 'other.demo.test' }],
  ])('of another %s is a record', (_, changes) => {
    const journal = open();
    const other = repeat(changes);
    expect(journal.append([record(), other])[1]).toBe(other.id);
    journal.close();
  });

  it('is told by its address only where nobody is signed in', () => {
    const journal = open();
    const [one, two] = [record({ person: null, ip: '10.0.0.1' }), record({ person: null, ip: '10.0.0.2' })];
    const page = record({ ip: '10.0.0.9' });
    const batch = [one, two, repeat({ person: null, ip: '10.0.0.1' }), page, repeat({ ip: '10.0.0.8' })];
    expect(journal.append(batch)).toEqual([one.id, two.id, one.id, page.id, page.id]);
    journal.close();
  });

  it('goes on counting after a restart', () => {
    const path = join(fresh(), 'journal.db');
    const before = open(path);
    const [page, anonymous] = [record({ at: start }), record({ at: start, person: null })];
    before.append([page, anonymous]);
    before.close();
    const after = open(path, start + 30_000);
    const batch = [repeat({ at: start + 30_000 }), repeat({ at: start + 30_000, person: null })];
    expect(after.append(batch)).toEqual([page.id, anonymous.id]);
    after.close();
  });
});

describe('grants that a decision rests on', () => {
  it('stand in the record, and what rests on others repeats it not', () => {
    const path = join(fresh(), 'journal.db');
    const journal = open(path);
    const [plain, opened] = [record({ at: start }), repeat({ at: start + 1_000, grants: ['o-1'] })];
    journal.append([plain, opened, repeat({ at: start + 2_000, grants: ['o-1'] })]);
    journal.close();
    const again = open(path, start + 3_000);
    again.append([repeat({ at: start + 3_000, grants: ['o-1'] }), repeat({ at: start + 3_000 })]);
    expect(blocks(again)).toMatchObject([
      { id: plain.id, grants: [], count: 2 },
      { id: opened.id, grants: ['o-1'], count: 3 },
    ]);
  });

  it('are none in records from before they were kept', () => {
    const path = join(fresh(), 'journal.db');
    const database = openWriter(path, { lockTimeout: 0 });
    migrate(database, path, journalSteps.slice(0, 4));
    database.exec(`INSERT INTO editions VALUES (1, 'e', 'p', 0);
      INSERT INTO records (id, at, ip, method, url, host, rule, edition, action, kind)
      VALUES ('r', ${String(start)}, '10.0.0.1', 'GET', 'http://a.test/', 'a.test', 'games', 1, 'block', 'page')`);
    database.close();
    expect(blocks(open(path))).toMatchObject([{ id: 'r', grants: [] }]);
  });
});

describe('a follow-up', () => {
  it('is a row of its own, and is refused for a record that is not there', () => {
    const journal = open();
    const page = record();
    journal.append([page]);
    const followUp = { id: v7(), recordId: page.id, at: start, author: person(9).key, note: 'talked' };
    expect(journal.followUp({ ...followUp, kind: 'note' })).toBe(true);
    expect(journal.followUp({ ...followUp, id: v7(), recordId: v7(), kind: 'confirmed' })).toBe(false);
    expect(rows(journal, 'follow_ups')).toMatchObject([
      { author: person(9).key, kind: 'note', note: 'talked' },
    ]);
    journal.close();
  });
});
