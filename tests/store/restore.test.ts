import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type * as promises from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeBackup } from '../../store/backup.ts';
import { openJournalReader, queryBlocks } from '../../store/blocks.ts';
import { Journal } from '../../store/journal/journal.ts';
import { lockFolder } from '../../store/lock.ts';
import { Repository } from '../../store/repository/repository.ts';
import { restoreBackup } from '../../store/restore.ts';
import { openWriter } from '../../store/sqlite.ts';
import { refuseUnfinished } from '../../store/unfinished.ts';
import { freshFolder } from './folder.ts';
import { record } from './samples.ts';

/** Which change of the disk fails, counted from now on; and whether it is the last, as where the process is killed. */
const disk = vi.hoisted(() => ({ failsAt: Infinity, forEver: false, changes: 0 }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof promises>();
  const changing = ['copyFile', 'mkdir', 'rename', 'rm', 'rmdir', 'writeFile'] as const;
  const failing = changing.map((name) => [
    name,
    (...args: unknown[]) => {
      disk.changes += 1;
      if (disk.changes === disk.failsAt || (disk.forEver && disk.changes > disk.failsAt))
        return Promise.reject(new Error('the disk fails'));
      return (real[name] as (...args: unknown[]) => unknown)(...args);
    },
  ]);
  return { ...real, ...(Object.fromEntries(failing) as object) };
});
const failAt = (change: number, forEver = false): void => {
  Object.assign(disk, { failsAt: change, forEver, changes: 0 });
};
afterEach(() => failAt(Infinity));

const fresh = freshFolder();
const at = Date.UTC(2026, 8, 1, 9);
const view = { at, actor: null, login: 'cto', action: 'blocks.view', subject: null, detail: {} };
const act = { ...view, login: 'root (command line)', action: 'backup.restore' };
const options = { version: '1.2.3', withKeys: false, at };

let data: string;
let target: string;
let journal: Journal;
let repository: Repository;
function open(): void {
  journal = Journal.open(join(data, 'journal.db'), { lockTimeout: 1_000 }, 0);
  repository = Repository.open(join(data, 'hallpass.db'));
}
async function close(): Promise<void> {
  journal.close();
  await repository.close();
}
beforeEach(async () => {
  data = fresh();
  target = join(fresh(), 'backup');
  open();
  await repository.recordAct(view);
});

const idsIn = (folder: string): string[] => {
  const reader = openJournalReader(join(folder, 'journal.db'));
  const ids = [...queryBlocks(reader)].map(({ id }) => id);
  reader.close();
  return ids;
};
async function read<T>(folder: string, work: (reader: Repository) => Promise<T>): Promise<T> {
  const reader = Repository.openReader(join(folder, 'hallpass.db'));
  try {
    return await work(reader);
  } finally {
    await reader.close();
  }
}
/** What was done, the last first, of a trail that is as it was written. */
const actsIn = (folder: string): Promise<string[]> =>
  read(folder, async ({ audit }) => {
    expect(await audit.verify()).toMatchObject({ findings: [] });
    const actions: string[] = [];
    for await (const { action } of audit.entries()) actions.push(action);
    return actions;
  });

describe('a restore', () => {
  afterEach(() => close());

  it('brings back what was there, and its audit trail verifies and says so', async () => {
    journal.append([record({ at })]);
    await makeBackup(data, target, { ...options, withKeys: true });
    const place = fresh();
    const { aside, unrecorded } = await restoreBackup(target, place, { force: false, at, act });
    expect([aside, unrecorded]).toEqual([null, []]);
    expect(idsIn(place)).toEqual(idsIn(data));
    expect(await actsIn(place)).toEqual(['backup.restore', 'blocks.view']);
    expect(readdirSync(place)).not.toContain('restoring');
  });

  it('refuses a store that stands there, unless it may move it aside; both trails say so', async () => {
    await makeBackup(data, target, options);
    journal.append([record({ at })]);
    await repository.recordAct(view);
    await expect(restoreBackup(target, data, { force: false, at, act })).rejects.toThrow(/add `--force`/);
    await close();
    const { aside, unrecorded } = await restoreBackup(target, data, { force: true, at, act });
    expect(unrecorded).toEqual([]);
    expect(idsIn(data)).toEqual([]);
    expect(idsIn(aside ?? '')).toHaveLength(1);
    expect(await actsIn(data)).toEqual(['backup.restore', 'blocks.view']);
    writeFileSync(join(aside ?? '', 'audit.key'), readFileSync(join(data, 'audit.key')));
    expect(await actsIn(aside ?? '')).toEqual(['backup.restore', 'blocks.view', 'blocks.view']);
    open();
  });

  it('goes on where it cannot be recorded, and says so', async () => {
    await makeBackup(data, target, options);
    await close();
    for (const name of ['hallpass.db', 'audit.key']) rmSync(join(data, name));
    writeFileSync(join(data, 'hallpass.db'), 'no database');
    const { unrecorded } = await restoreBackup(target, data, { force: true, at, act });
    expect(unrecorded).toMatchObject([{ code: 'store-damaged' }, { code: 'audit-key' }]);
    open();
  });

  it('leaves no key of another trail in place', async () => {
    await makeBackup(data, target, options);
    const other = fresh();
    const another = Repository.open(join(other, 'hallpass.db'));
    await another.recordAct(view);
    await another.close();
    const { aside, unrecorded } = await restoreBackup(target, other, { force: true, at, act });
    expect(unrecorded).toMatchObject([{ code: 'audit-key' }]);
    expect(await actsIn(aside ?? '')).toEqual(['backup.restore', 'blocks.view']);
    writeFileSync(join(other, 'audit.key'), readFileSync(join(data, 'audit.key')));
    expect(await actsIn(other)).toEqual(['blocks.view']);
  });

  it('signs nobody in, whoever stands in the backup', async () => {
    await makeBackup(data, target, options);
    const place = fresh();
    const planted = openWriter(join(target, 'hallpass.db'), { lockTimeout: 0 });
    planted.exec(
      `INSERT INTO sessions VALUES ('d', 's-1', 'k', 'l', '::1', 'a', 1, ${String(at)}, ${String(at)})`,
    );
    planted.close();
    await rewriteManifest();
    await restoreBackup(target, place, { force: false, at, act });
    const limits = { idle: 1e9, absolute: 1e9 };
    expect(await read(place, ({ sessions }) => sessions.list(at, limits))).toEqual([]);
    const kept = openWriter(join(target, 'hallpass.db'), { lockTimeout: 0 });
    kept.exec('CREATE TRIGGER stay BEFORE DELETE ON sessions BEGIN SELECT RAISE(IGNORE); END');
    kept.close();
    await rewriteManifest();
    await expect(restoreBackup(target, fresh(), { force: false, at, act })).rejects.toThrow(
      'cannot be ended',
    );
  });

  /** As whoever changes a backup would. */
  async function rewriteManifest(): Promise<void> {
    const { createHash } = await import('node:crypto');
    const path = join(target, 'manifest.json');
    const text = JSON.parse(readFileSync(path, 'utf8')) as { files: { name: string; sha256: string }[] };
    for (const file of text.files)
      file.sha256 = createHash('sha256')
        .update(readFileSync(join(target, file.name)))
        .digest('hex');
    writeFileSync(path, JSON.stringify(text));
  }

  it('refuses a folder that a Hallpass runs on', async () => {
    await makeBackup(data, target, options);
    const place = fresh();
    const lock = lockFolder(place);
    await expect(restoreBackup(target, place, { force: true, at, act })).rejects.toMatchObject({
      code: 'store-in-use',
    });
    lock.release();
  });

  it.each([
    [
      'a file was changed',
      (path: string) => writeFileSync(join(path, 'audit.seal'), '{}'),
      /is not as it was written/,
    ],
    [
      'the manifest is gone',
      (path: string) => writeFileSync(join(path, 'manifest.json'), ''),
      /is not the manifest/,
    ],
  ])('refuses a backup of which %s, and touches nothing', async (_, damage, message) => {
    await makeBackup(data, target, options);
    damage(target);
    const place = fresh();
    await expect(restoreBackup(target, place, { force: true, at, act })).rejects.toThrow(message);
    expect(readdirSync(place)).toEqual([]);
  });
});

describe('whatever fails in a restore', () => {
  /** A store with two records, and a backup with one. */
  beforeEach(async () => {
    mkdirSync(join(data, 'lists'));
    writeFileSync(join(data, 'lists', `${'0'.repeat(16)}.zst`), 'a list');
    journal.append([record({ at })]);
    await makeBackup(data, target, options);
    journal.append([record({ at: at + 1 })]);
    await close();
  });
  const restore = (later = 0) => restoreBackup(target, data, { force: true, at: at + later, act });
  const namesIn = (folder: string): string[] =>
    readdirSync(folder).filter((name) => !/^lock|-(wal|shm)$/.test(name));

  it('everything stands as before', async () => {
    const names = namesIn(data);
    let failures = 0;
    for (; ; failures += 1) {
      failAt(failures + 1);
      const failed = await restore().then(
        () => false,
        () => true,
      );
      failAt(Infinity);
      if (!failed) break;
      expect(namesIn(data).filter((name) => name !== 'restoring')).toEqual(names);
      expect(idsIn(data)).toHaveLength(2);
      expect(readdirSync(join(data, 'lists'))).toHaveLength(1);
      expect(() => refuseUnfinished(data)).not.toThrow();
    }
    expect(idsIn(data)).toHaveLength(1);
    expect(failures).toBeGreaterThan(12);
  });

  it('or kills it, no new store begins, and the next one finds everything', async () => {
    let unfinished = 0;
    for (let change = 1; ; change += 1) {
      failAt(change, true);
      const done = await restore(change).then(
        () => true,
        () => false,
      );
      failAt(Infinity);
      if (done) break;
      if (!existsSync(join(data, 'restoring', 'moving.json'))) {
        expect(idsIn(data)).toHaveLength(2);
        continue;
      }
      unfinished += 1;
      expect(() => refuseUnfinished(data)).toThrow(/broke off .* run `hallpass restore` again/);
      const { aside } = await restore(1_000 + change);
      expect(idsIn(data)).toHaveLength(1);
      expect(idsIn(aside ?? '')).toHaveLength(2);
      expect(readdirSync(join(aside ?? '', 'lists'))).toHaveLength(1);
      expect(() => refuseUnfinished(data)).not.toThrow();
      await restoreOld(aside ?? '');
    }
    expect(unfinished).toBeGreaterThan(6);
  });

  /** Puts back by hand what a restore moved aside. */
  async function restoreOld(aside: string): Promise<void> {
    const { cp, rm } = await import('node:fs/promises');
    for (const name of namesIn(aside)) {
      await rm(join(data, name), { recursive: true, force: true });
      await cp(join(aside, name), join(data, name), { recursive: true });
    }
    await rm(aside, { recursive: true });
  }
});
