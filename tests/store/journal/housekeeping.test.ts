import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { queryBlocks } from '../../../store/blocks.ts';
import { GroupCommit } from '../../../store/journal/group-commit.ts';
import { Housekeeping } from '../../../store/journal/housekeeping.ts';
import { Journal } from '../../../store/journal/journal.ts';
import { freshFolder } from '../folder.ts';
import { record } from '../samples.ts';

const fresh = freshFolder();
const day = 86_400_000;
const now = Date.UTC(2026, 8, 1, 9);
const open: (() => void)[] = [];
afterEach(() => open.splice(0).forEach((close) => close()));

/** Housekeeping over a journal with `old` records past retention and one that is not. */
function started(old: number, wall = now) {
  const path = join(fresh(), 'journal.db');
  const kept = record({ at: now - 89 * day });
  const before = Journal.open(path, { lockTimeout: 0 }, now);
  before.append([...Array.from({ length: old }, (_, n) => record({ at: now - 91 * day + n })), kept]);
  before.noteClock(now);
  before.close();
  const commit = new GroupCommit({
    open: () => Journal.open(path, { lockTimeout: 0 }, now),
    verify: async () => null,
    spool: 100,
    now: () => wall,
    onHealth: () => undefined,
  });
  const purged: number[] = [];
  const housekeeping = new Housekeeping(commit, {
    ...{ retention: 90 * day, slice: 5, now: () => wall, running: () => performance.now() },
    onPurged: (deleted) => purged.push(deleted),
  });
  open.push(() => {
    housekeeping.stop();
    commit.close();
  });
  const left = () => {
    const journal = commit.idleJournal();
    return journal === null ? null : [...queryBlocks(journal.database)].map(({ id }) => id);
  };
  return { commit, housekeeping, purged, kept, left };
}

describe('housekeeping', () => {
  it('purges slice by slice to the end, empties the WAL and says how many', async () => {
    const { commit, housekeeping, purged, kept, left } = started(3_000);
    housekeeping.start();
    while (purged.length === 0) await turn();
    expect(purged).toEqual([3_000]);
    expect(left()).toEqual([kept.id]);
    expect(commit.idleJournal()?.logState()).toEqual({ pages: 0, moved: 0 });
  });

  it('gives up a connection that cannot be made to wait for the disk again', async () => {
    const { commit, housekeeping, purged, kept, left } = started(100);
    const first = commit.idleJournal();
    if (first === null) throw new Error('a journal must be open');
    const exec = first.database.exec.bind(first.database);
    first.database.exec = (sql) => {
      if (sql === 'PRAGMA synchronous = FULL') throw new Error('disk I/O error');
      exec(sql);
    };
    housekeeping.start();
    while (commit.health().ok) await turn();
    expect(commit.health().reason).toBe('io');
    expect(() => exec('SELECT 1'), 'it is closed').toThrow('not open');
    while (!commit.health().ok) await turn();
    const second = commit.idleJournal();
    expect(second === first, 'it is another').toBe(false);
    expect(second?.database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
    expect(left()).toContain(kept.id);
    expect(purged).toEqual([]);
  });

  it('lets a record go first: none waits for the end of a purge', async () => {
    const { commit, housekeeping, purged, left } = started(3_000);
    housekeeping.start();
    const before = left()?.length ?? 0;
    while ((left()?.length ?? before) === before) await turn();
    const one = record({ at: now });
    expect(await commit.append(one)).toEqual({ kind: 'recorded', id: one.id });
    expect(purged, 'the purge is still under way').toEqual([]);
    expect(left()).toContain(one.id);
    while (purged.length === 0) await turn();
    expect(left()).toContain(one.id);
  });

  it('takes no step while a record waits', async () => {
    const { commit, housekeeping, left } = started(50);
    // From the end of a turn of the event loop: timers that are due come before the commit of the next.
    await turn();
    housekeeping.start();
    const waiting = commit.append(record({ at: now }));
    expect(commit.idleJournal()).toBe(null);
    const due = performance.now() + 5;
    while (performance.now() < due);
    await waiting;
    expect(left()).toHaveLength(52);
  });

  it('ends with stop, between two steps too', async () => {
    const { housekeeping, purged, left } = started(3_000);
    housekeeping.start();
    const before = left()?.length ?? 0;
    while (left()?.length === before) await turn();
    housekeeping.stop();
    const then = left()?.length;
    for (let n = 0; n < 1_000; n += 1) await turn();
    expect(left()?.length).toBe(then);
    expect(purged).toEqual([]);
  });

  it('purges nothing by a clock that has jumped', async () => {
    const { housekeeping, left } = started(10, now + 4_000 * day);
    housekeeping.start();
    for (let n = 0; n < 1_000; n += 1) await turn();
    expect(left()).toHaveLength(11);
  });
});
