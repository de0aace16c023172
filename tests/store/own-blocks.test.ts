import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Journal } from '../../store/journal/journal.ts';
import { newestTunnel, ownBlock, ownBlocks, ownPlansOf } from '../../store/own-blocks.ts';
import { freshFolder } from './folder.ts';
import { person, record } from './samples.ts';

const fresh = freshFolder();
const open = () => Journal.open(join(fresh(), 'journal.db'), { lockTimeout: 0 }, 0);
const { key } = person(1);

it('are the person’s alone, the newest first, page by page', () => {
  const journal = open();
  const mine = [1, 2, 3, 4, 5].map((n) => record({ at: n * 1_000, host: `h${n}.test` }));
  journal.append([...mine, record({ person: person(2), at: 9_000 }), record({ person: null, at: 9_500 })]);
  const first = ownBlocks(journal.database, key, null, 2);
  const second = ownBlocks(journal.database, key, first.next, 2);
  const third = ownBlocks(journal.database, key, second.next, 2);
  const hosts = [first, second, third].map(({ items }) => items.map(({ host }) => host));
  expect(hosts).toEqual([['h5.test', 'h4.test'], ['h3.test', 'h2.test'], ['h1.test']]);
  expect(third.next).toBeNull();
  journal.close();
});

it('records of one moment are neither lost nor shown twice between pages', () => {
  const journal = open();
  journal.append([1, 2, 3].map((n) => record({ at: 1_000, host: `h${n}.test` })));
  const first = ownBlocks(journal.database, key, null, 2);
  const rest = ownBlocks(journal.database, key, first.next, 2);
  expect(new Set([...first.items, ...rest.items].map(({ host }) => host)).size).toBe(3);
  journal.close();
});

it('one of somebody else is as if it were not there', () => {
  const journal = open();
  const [mine, theirs] = [record(), record({ person: person(2) })];
  journal.append([mine, theirs]);
  expect(ownBlock(journal.database, key, mine.id)).toMatchObject({
    id: mine.id,
    clauseText: mine.clause?.text,
  });
  expect(ownBlock(journal.database, key, theirs.id)).toBeNull();
  expect(ownBlock(journal.database, key, 'nothing')).toBeNull();
  journal.close();
});

it('the newest tunnel is one since then, or what was repeated after its page', () => {
  const journal = open();
  const tunnel = { method: 'CONNECT', kind: 'repeat' } as const;
  const of = (changes: Partial<Parameters<typeof record>[0]>) => record(changes);
  const old = of({ ...tunnel, at: 1_000, host: 'old.test', rule: 'a' });
  const page = of({ at: 100_000, host: 'page.test', rule: 'b' });
  journal.append([old, page]);
  expect(newestTunnel(journal.database, key, 50_000)).toBeNull();
  journal.append([of({ ...tunnel, at: 110_000, host: 'page.test', rule: 'b' })]);
  expect(newestTunnel(journal.database, key, 50_000)).toMatchObject({ id: page.id });
  const newer = of({ ...tunnel, at: 120_000, host: 'other.test', rule: 'b' });
  journal.append([newer]);
  expect(newestTunnel(journal.database, key, 50_000)).toMatchObject({ id: newer.id });
  journal.close();
});

describe('the newest tunnel', () => {
  const tunnel = (changes: Partial<Parameters<typeof record>[0]>) =>
    record({ method: 'CONNECT', kind: 'repeat', ...changes });
  const newest = (...records: readonly ReturnType<typeof record>[]) => {
    const journal = open();
    journal.append(records);
    const found = newestTunnel(journal.database, key, 50_000);
    journal.close();
    return found?.id ?? null;
  };

  it('is none that was let through', () => {
    const refused = tunnel({ at: 60_000, host: 'refused.test' });
    const noted = tunnel({ at: 61_000, host: 'noted.test', enforced: false });
    const opened = tunnel({ at: 62_000, host: 'opened.test', action: 'allow' });
    expect(newest(refused, noted, opened)).toBe(refused.id);
    expect(newest(noted, opened)).toBeNull();
  });

  it('is the one that was refused last, not the one that began last', () => {
    const first = tunnel({ at: 60_000, host: 'first.test' });
    const second = tunnel({ at: 61_000, host: 'second.test' });
    expect(newest(first, second)).toBe(second.id);
    expect(newest(first, second, tunnel({ at: 62_000, host: 'first.test' }))).toBe(first.id);
  });

  it('is one that began before and was refused again since', () => {
    const first = tunnel({ at: 45_000, host: 'first.test' });
    expect(newest(first)).toBeNull();
    expect(newest(first, tunnel({ at: 55_000, host: 'first.test' }))).toBe(first.id);
  });
});

it('no question reads more than the records of one person', () => {
  const journal = open();
  for (const plan of ownPlansOf(journal.database)) {
    expect(plan.join('\n')).not.toMatch(/SCAN|TEMP B-TREE FOR ORDER BY/);
    expect(plan.join('\n')).toMatch(
      /SEARCH r USING (COVERING )?INDEX (records_by_subject|sqlite_autoindex_records)/,
    );
  }
  journal.close();
});
