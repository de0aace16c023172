import { readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { queryBlocks } from '../../../store/blocks.ts';
import { StoreError } from '../../../store/errors.ts';
import { GroupCommit } from '../../../store/journal/group-commit.ts';
import type { StoreHealth } from '../../../store/journal/group-commit.ts';
import { Journal } from '../../../store/journal/journal.ts';
import { findDamage, openReader, openWriter } from '../../../store/sqlite.ts';
import { freshFolder } from '../folder.ts';
import { record } from '../samples.ts';
import { smallDisk, unmountAfterEach } from '../small-disk.ts';

unmountAfterEach();
const fresh = freshFolder();
const open: GroupCommit[] = [];
afterEach(() => open.splice(0).forEach((commit) => commit.close()));

/** A group commit over a real journal, with everything that a test looks at. */
function started(
  path: string,
  changes: { spool?: number; open?: () => Journal; damage?: () => string | null } = {},
) {
  const healths: StoreHealth[] = [];
  const changed: (() => void)[] = [];
  const opened: Journal[] = [];
  const commit = new GroupCommit({
    open: () => {
      const journal = changes.open?.() ?? Journal.open(path, { lockTimeout: 0 }, 0);
      opened.push(journal);
      return journal;
    },
    verify: async () => changes.damage?.() ?? null,
    spool: changes.spool ?? 100,
    now: () => 1_000,
    onHealth: (health) => {
      healths.push(health);
      for (const wake of changed.splice(0)) wake();
    },
  });
  open.push(commit);
  const until = async (fits: (health: StoreHealth) => boolean) => {
    while (!fits(commit.health())) await turn();
  };
  const healthy = () => until(({ ok, spooled }) => ok && spooled === 0);
  return { commit, healths, opened, healthy };
}

/** What another connection sees: what is committed. */
function committed(path: string): string[] {
  const reader = openReader(path);
  const ids = [...queryBlocks(reader)].map(({ id }) => id);
  reader.close();
  return ids;
}

const unavailable = { kind: 'unavailable' };
const recorded = (id: string) => ({ kind: 'recorded', id });
const batch = (count: number) => Array.from({ length: count }, (_, n) => record({ at: 1_000 + n }));

describe('group commit', () => {
  it('acknowledges after COMMIT: whoever is told sees the record through another connection', async () => {
    const path = join(fresh(), 'journal.db');
    const { commit } = started(path);
    const one = record();
    const acknowledged = commit.append(one);
    expect(committed(path)).toEqual([]);
    expect(await acknowledged).toEqual(recorded(one.id));
    expect(committed(path)).toEqual([one.id]);
  });

  it('takes all that wait in one transaction: nobody is told before the last is committed', async () => {
    const path = join(fresh(), 'journal.db');
    const { commit } = started(path);
    const records = batch(300);
    const seen: number[] = [];
    const acknowledged = records.map((one) =>
      commit.append(one).then(() => seen.push(committed(path).length)),
    );
    await Promise.all(acknowledged);
    expect(new Set(seen)).toEqual(new Set([300]));
  });

  it('acknowledges a burst in several transactions, in order', async () => {
    const path = join(fresh(), 'journal.db');
    const { commit } = started(path);
    const records = batch(1_200);
    const acknowledged = await Promise.all(records.map((one) => commit.append(one)));
    expect(acknowledged).toEqual(records.map(({ id }) => recorded(id)));
    expect(committed(path)).toEqual(records.map(({ id }) => id));
  });

  it('commits what still waits when it is closed, and is unavailable from then on', async () => {
    const path = join(fresh(), 'journal.db');
    const { commit } = started(path);
    const one = record();
    const acknowledged = commit.append(one);
    commit.close();
    expect(await acknowledged).toEqual(recorded(one.id));
    expect(committed(path)).toEqual([one.id]);
    expect(await commit.append(record())).toEqual(unavailable);
    expect(commit.health().dropped).toBe(1);
  });

  it('refuses a record that cannot be stored, alone and for good', async () => {
    const path = join(fresh(), 'journal.db');
    const { commit } = started(path);
    const [one, broken, two] = [record(), record({ url: undefined as unknown as string }), record()];
    const acknowledged = await Promise.all([one, broken, two].map((each) => commit.append(each)));
    expect(acknowledged).toEqual([recorded(one.id), unavailable, recorded(two.id)]);
    expect(commit.health()).toMatchObject({ ok: true, dropped: 1, spooled: 0 });
    expect(committed(path)).toEqual([one.id, two.id]);
  });
});

describe('while another process holds the journal', () => {
  it('answers `unavailable` and turns red; afterwards it records what it kept, and turns green by itself', async () => {
    const path = join(fresh(), 'journal.db');
    const { commit, healths, healthy } = started(path);
    const other = openWriter(path, { lockTimeout: 0 });
    other.exec('BEGIN IMMEDIATE');
    const kept = batch(3);
    expect(await Promise.all(kept.map((one) => commit.append(one)))).toEqual([
      unavailable,
      unavailable,
      unavailable,
    ]);
    expect(commit.health()).toEqual({
      ...{ ok: false, since: 1_000, reason: 'locked', spooled: 3, dropped: 0, replacedAt: null },
    });
    expect(commit.idleJournal()).toBe(null);
    other.exec('ROLLBACK');
    other.close();
    await healthy();
    expect(healths.map(({ ok }) => ok)).toEqual([false, true]);
    const after = record({ at: 9_000 });
    expect(await commit.append(after)).toEqual(recorded(after.id));
    expect(committed(path)).toEqual([...kept, after].map(({ id }) => id));
  });

  it('keeps no more than the spool holds, and counts exactly what it drops', async () => {
    const path = join(fresh(), 'journal.db');
    const { commit, healthy } = started(path, { spool: 100 });
    const other = openWriter(path, { lockTimeout: 0 });
    other.exec('BEGIN IMMEDIATE');
    const records = batch(130);
    for (const one of records) expect(await commit.append(one)).toEqual(unavailable);
    expect(commit.health()).toMatchObject({ ok: false, spooled: 100, dropped: 30 });
    other.exec('ROLLBACK');
    other.close();
    await healthy();
    expect(committed(path)).toEqual(records.slice(0, 100).map(({ id }) => id));
    expect(commit.health()).toMatchObject({ ok: true, dropped: 30 });
  });

  it('can be started, and records as soon as the lock is gone', async () => {
    const path = join(fresh(), 'journal.db');
    Journal.open(path, { lockTimeout: 0 }, 0).close();
    const other = openWriter(path, { lockTimeout: 0 });
    other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE t (a)');
    const { commit, healthy } = started(path);
    expect(commit.health()).toMatchObject({ ok: false, reason: 'locked' });
    const one = record();
    expect(await commit.append(one)).toEqual(unavailable);
    other.exec('ROLLBACK');
    other.close();
    await healthy();
    expect(committed(path)).toEqual([one.id]);
  });

  it('counts what it could not record by the time it is closed', async () => {
    const path = join(fresh(), 'journal.db');
    const { commit } = started(path);
    const other = openWriter(path, { lockTimeout: 0 });
    other.exec('BEGIN IMMEDIATE');
    await Promise.all(batch(3).map((one) => commit.append(one)));
    expect(commit.close()).toMatchObject({ ok: false, dropped: 3, spooled: 0 });
    other.close();
  });

  it('records at closing what the disk takes again by then', async () => {
    const path = join(fresh(), 'journal.db');
    const { commit } = started(path);
    const other = openWriter(path, { lockTimeout: 0 });
    other.exec('BEGIN IMMEDIATE');
    const kept = batch(3);
    await Promise.all(kept.map((one) => commit.append(one)));
    other.close();
    expect(commit.close()).toMatchObject({ dropped: 0, spooled: 0 });
    expect(committed(path)).toEqual(kept.map(({ id }) => id));
  });
});

describe('when the disk is full', () => {
  it('keeps records in memory, and recovers with the same connection when there is space again', async () => {
    const path = join(fresh(), 'journal.db');
    const { commit, opened, healthy } = started(path);
    const database = opened[0]?.database;
    const filling = batch(2_000);
    database?.exec('PRAGMA max_page_count = 60');
    const kinds = new Map<string, string>();
    for (const one of filling) kinds.set(one.id, (await commit.append(one)).kind);
    expect(commit.health()).toMatchObject({ ok: false, reason: 'full', spooled: 100 });
    const told = filling.filter(({ id }) => kinds.get(id) === 'recorded').map(({ id }) => id);
    expect(committed(path)).toEqual(told);
    database?.exec('PRAGMA max_page_count = 1000000');
    await healthy();
    expect(committed(path)).toHaveLength(told.length + 100);
    expect(commit.health().dropped).toBe(2_000 - told.length - 100);
    expect(opened).toHaveLength(1);
  });
});

describe('on a disk on which a small write fits and a batch does not', () => {
  /** Calls `woken` when a method of the journal has thrown. */
  function countFailures(journal: Journal | undefined, onFailure: () => void): void {
    if (journal === undefined) throw new Error('a journal must be open');
    for (const name of ['append', 'probe'] as const) {
      const method = (journal[name] as (...args: unknown[]) => unknown).bind(journal);
      Object.assign(journal, {
        [name]: (...args: unknown[]) => {
          try {
            return method(...args);
          } catch (error) {
            onFailure();
            throw error;
          }
        },
      });
    }
  }

  it('stays red until what waits is on disk', async ({ skip }) => {
    const disk = smallDisk(4 * 1_048_576);
    if (disk === null) return skip('no file system can be mounted');
    const path = join(disk.folder, 'journal.db');
    const { commit, healths, opened, healthy } = started(path);
    expect(await commit.append(record())).toMatchObject({ kind: 'recorded' });
    let failures = 0;
    countFailures(opened[0], () => (failures += 1));
    disk.fill(48 * 1_024);
    const kept = batch(100);
    await Promise.all(kept.map((one) => commit.append(one)));
    while (failures < 4) await turn();
    expect(healths.map(({ reason }) => reason)).toEqual(['full']);
    disk.free();
    await healthy();
    expect(healths.map(({ ok }) => ok)).toEqual([false, true]);
    expect(committed(path)).toHaveLength(101);
  });

  it('stays red while nothing waits, until as much as a batch fits', async ({ skip }) => {
    const disk = smallDisk(4 * 1_048_576);
    if (disk === null) return skip('no file system can be mounted');
    const { commit, healths, opened, healthy } = started(join(disk.folder, 'journal.db'));
    let failures = 0;
    countFailures(opened[0], () => (failures += 1));
    disk.fill(48 * 1_024);
    commit.fail(Object.assign(new Error('database or disk is full'), { errcode: 13 }));
    while (failures < 3) await turn();
    expect(healths.map(({ ok }) => ok)).toEqual([false]);
    disk.free();
    await healthy();
    expect(healths.map(({ ok }) => ok)).toEqual([false, true]);
  });
});

describe('a record that cannot be stored', () => {
  it('does not keep health red when it waited with others', async () => {
    const path = join(fresh(), 'journal.db');
    const { commit, healthy } = started(path);
    const other = openWriter(path, { lockTimeout: 0 });
    other.exec('BEGIN IMMEDIATE');
    const [one, broken] = [record(), record({ url: undefined as unknown as string })];
    await Promise.all([one, broken].map((each) => commit.append(each)));
    other.close();
    await healthy();
    expect(commit.health()).toMatchObject({ ok: true, dropped: 1, spooled: 0 });
    expect(committed(path)).toEqual([one.id]);
  });
});

describe('after an I/O error', () => {
  /** A journal whose next append fails as when fsync fails: the outcome of the commit is not known. */
  function failingAfterCommit(path: string): Journal {
    const journal = Journal.open(path, { lockTimeout: 0 }, 0);
    const append = journal.append.bind(journal);
    journal.append = (records) => {
      append(records);
      throw Object.assign(new Error('disk I/O error'), { errcode: 1_034 });
    };
    return journal;
  }

  it('opens the journal anew, checks it, and does not record twice what was committed after all', async () => {
    const path = join(fresh(), 'journal.db');
    let [opens, checks] = [0, 0];
    const { commit, opened, healthy } = started(path, {
      open: () => ((opens += 1) === 1 ? failingAfterCommit(path) : Journal.open(path, { lockTimeout: 0 }, 0)),
      damage: () => ((checks += 1), null),
    });
    const [page, again] = [record(), record({ kind: 'repeat' })];
    expect(await Promise.all([commit.append(page), commit.append(again)])).toEqual([
      unavailable,
      unavailable,
    ]);
    expect(commit.health()).toMatchObject({ ok: false, reason: 'io', spooled: 2 });
    await healthy();
    expect([opened.length, checks]).toEqual([2, 1]);
    const reader = openReader(path);
    expect([...queryBlocks(reader)]).toMatchObject([{ id: page.id, count: 2 }]);
    reader.close();
  });

  it('stays red, and says so, while the check finds damage', async () => {
    const path = join(fresh(), 'journal.db');
    const { commit, healths } = started(path, {
      open: () => failingAfterCommit(path),
      damage: () => 'page 7 is torn',
    });
    await commit.append(record());
    while (healths.length < 2) await turn();
    expect(healths.map(({ reason }) => reason)).toEqual(['io', 'damaged']);
    expect(await commit.append(record())).toEqual(unavailable);
  });
});

describe('a journal that is not at its path any more', () => {
  const logsLeft = (path: string) =>
    readdirSync(dirname(path)).filter((name) => name.startsWith('journal.db-wal.left-'));

  it('is begun anew where it was deleted: what comes then is recorded, and health goes on saying so', async () => {
    const path = join(fresh(), 'journal.db');
    const { commit, healths, healthy } = started(path);
    await commit.append(record());
    commit.checkPlace();
    expect(commit.health()).toMatchObject({ ok: true, replacedAt: null });
    rmSync(path);
    commit.checkPlace();
    expect(commit.health()).toMatchObject({ ok: false, reason: 'replaced' });
    const one = record();
    expect(await commit.append(one)).toEqual(unavailable);
    await healthy();
    expect(healths.map(({ ok }) => ok)).toEqual([false, true]);
    expect(commit.health()).toMatchObject({ ok: true, replacedAt: 1_000 });
    expect(committed(path)).toEqual([one.id]);
    expect(logsLeft(path)).toHaveLength(1);
  });

  it('gives way to the file in its place, into which nothing of the old one gets', async () => {
    const folder = fresh();
    const [path, backup] = [join(folder, 'journal.db'), join(folder, 'backup.db')];
    const restored = batch(40);
    const writer = Journal.open(backup, { lockTimeout: 0 }, 0);
    writer.append(restored);
    writer.close();
    const { commit, healthy } = started(path);
    await Promise.all(batch(300).map((one) => commit.append(one)));
    renameSync(backup, path);
    commit.checkPlace();
    await healthy();
    const after = record({ at: 9_000 });
    expect(await commit.append(after)).toEqual(recorded(after.id));
    expect(committed(path)).toEqual([...restored, after].map(({ id }) => id));
    const reader = openReader(path);
    expect(findDamage(reader)).toBe(null);
    reader.close();
  });

  it('stays red where it was cut short', async () => {
    const path = join(fresh(), 'journal.db');
    const damage = () => {
      const reader = openReader(path);
      try {
        return findDamage(reader);
      } finally {
        reader.close();
      }
    };
    const { commit, healths, opened } = started(path, { damage });
    await Promise.all(batch(300).map((one) => commit.append(one)));
    opened[0]?.truncateLog();
    commit.checkPlace();
    truncateSync(path, 16_384);
    commit.checkPlace();
    while (healths.length < 2) await turn();
    expect(healths.map(({ reason }) => reason)).toEqual(['replaced', 'damaged']);
  });
});

describe('a file that is no journal', () => {
  it('turns health red and leaves the file as it is', async () => {
    const path = join(fresh(), 'journal.db');
    const text = 'an essay that was saved under the wrong name. '.repeat(200);
    writeFileSync(path, text);
    const { commit } = started(path);
    expect(commit.health()).toMatchObject({ ok: false, reason: 'damaged' });
    expect(await commit.append(record())).toEqual(unavailable);
    commit.close();
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('of a newer Hallpass stops the start', () => {
    const path = join(fresh(), 'journal.db');
    const database = openWriter(path, { lockTimeout: 0 });
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(() => started(path)).toThrow(StoreError);
  });
});
