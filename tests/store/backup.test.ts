import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkBackup, makeBackup, restoreBackup } from '../../store/backup.ts';
import { openJournalReader, queryBlocks } from '../../store/blocks.ts';
import { Journal } from '../../store/journal/journal.ts';
import { ListSnapshots } from '../../store/lists/snapshots.ts';
import { lockFolder } from '../../store/lock.ts';
import { Repository } from '../../store/repository/repository.ts';
import { freshFolder } from './folder.ts';
import { record } from './samples.ts';

const fresh = freshFolder();
const at = Date.UTC(2026, 8, 1, 9);
const act = { at, actor: null, login: 'cto', action: 'blocks.view', subject: null, detail: {} };

let data: string;
let target: string;
let journal: Journal;
let repository: Repository;
beforeEach(async () => {
  data = fresh();
  target = join(fresh(), 'backup');
  journal = Journal.open(join(data, 'journal.db'), { lockTimeout: 1_000 }, 0);
  repository = Repository.open(join(data, 'hallpass.db'));
  await repository.recordAct(act);
});
afterEach(async () => {
  journal.close();
  await repository.close();
});

const options = { version: '1.2.3', withKeys: false, at };
const idsIn = (folder: string): string[] => {
  const reader = openJournalReader(join(folder, 'journal.db'));
  const ids = [...queryBlocks(reader)].map(({ id }) => id);
  reader.close();
  return ids;
};

describe('the lists of a backup', () => {
  it('are those that stand there, also while older ones become small, and come back', async () => {
    const snapshots = new ListSnapshots(join(data, 'lists'));
    const texts = ['a.test\n', 'a.test\nb.test\n', 'a.test\nb.test\nc.test\n'];
    const digests: string[] = [];
    for (const text of texts) digests.push((await snapshots.add([Buffer.from(text)])).digest);
    const [first = '', second = '', third = ''] = digests;
    await snapshots.shrink({ older: first, newer: second });
    writeFileSync(join(data, 'lists', 'snapshot.new-0123456789ab'), 'being written');
    const making = makeBackup(data, target, options);
    await snapshots.shrink({ older: second, newer: third });
    await making;
    const { files } = await checkBackup(target);
    expect(files.map(({ name }) => name)).toContain(`lists/${third}.zst`);
    expect(files.every(({ name }) => !name.includes('.new-'))).toBe(true);
    const elsewhere = fresh();
    await restoreBackup(target, elsewhere, { force: false, at });
    const restored = new ListSnapshots(join(elsewhere, 'lists'));
    for (const [i, digest] of digests.entries())
      expect(Buffer.from(await restored.read(digest)).toString()).toBe(texts[i]);
    const { aside } = await restoreBackup(target, elsewhere, { force: true, at: at + 1 });
    expect(readdirSync(join(aside ?? '', 'lists'))).toContain(`${third}.zst`);
    expect(Buffer.from(await restored.read(first)).toString()).toBe(texts[0]);
    writeFileSync(join(target, 'lists', `${third}.zst`), 'changed');
    await expect(checkBackup(target)).rejects.toThrow(/not as it was written/);
  });
});

describe('a backup', () => {
  it('has every record acknowledged before it, while others are being written', async () => {
    const before = Array.from({ length: 3_000 }, (_, n) => record({ at: at + n }));
    journal.append(before);
    let going = true;
    const writing = (async () => {
      for (let n = 0; going; n += 1, await pause(1)) {
        journal.append([record({ at: at + 10_000 + n })]);
        await repository.recordAct(act);
      }
    })();
    await makeBackup(data, target, options);
    going = false;
    await writing;
    const kept = new Set(idsIn(target));
    expect(before.filter(({ id }) => !kept.has(id))).toEqual([]);
    expect((await checkBackup(target)).files.map(({ name }) => name)).toEqual([
      'hallpass.db',
      'journal.db',
      'audit.seal',
    ]);
  });

  it('is private, and has the key of the audit trail only when that is asked for', async () => {
    await makeBackup(data, target, options);
    expect(statSync(target).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(target)) expect(statSync(join(target, name)).mode & 0o777).toBe(0o600);
    expect(existsSync(join(target, 'audit.key'))).toBe(false);
    const other = join(fresh(), 'with-keys');
    await makeBackup(data, other, { ...options, withKeys: true });
    expect(readFileSync(join(other, 'audit.key'))).toEqual(readFileSync(join(data, 'audit.key')));
  });

  it('never writes over anything, and leaves nothing half made', async () => {
    const parent = fresh();
    await expect(makeBackup(data, parent, options)).rejects.toThrow(/is there already/);
    await expect(makeBackup(fresh(), target, options)).rejects.toThrow(/holds no store/);
    journal.close();
    writeFileSync(join(data, 'journal.db'), 'not a database');
    await expect(makeBackup(data, join(parent, 'x'), options)).rejects.toThrow();
    expect(readdirSync(parent)).toEqual([]);
    journal = Journal.open(join(fresh(), 'journal.db'), { lockTimeout: 0 }, 0);
  });
});

describe('a restore', () => {
  it('brings back what was there, and its audit trail verifies', async () => {
    journal.append([record({ at })]);
    await makeBackup(data, target, { ...options, withKeys: true });
    const place = fresh();
    const { aside } = await restoreBackup(target, place, { force: false, at });
    expect(aside).toBeNull();
    expect(idsIn(place)).toEqual(idsIn(data));
    const restored = Repository.open(join(place, 'hallpass.db'));
    expect(await restored.audit.verify()).toMatchObject({ findings: [] });
    await restored.recordAct(act);
    expect(await restored.audit.verify()).toMatchObject({ findings: [] });
    await restored.close();
  });

  it('refuses a store that stands there, unless it may move it aside', async () => {
    await makeBackup(data, target, options);
    journal.append([record({ at })]);
    await expect(restoreBackup(target, data, { force: false, at })).rejects.toThrow(/add `--force`/);
    journal.close();
    await repository.close();
    const { aside } = await restoreBackup(target, data, { force: true, at });
    expect(idsIn(data)).toEqual([]);
    expect(idsIn(aside ?? '')).toHaveLength(1);
    expect(existsSync(join(data, 'audit.key'))).toBe(true);
    journal = Journal.open(join(data, 'journal.db'), { lockTimeout: 0 }, 0);
    repository = Repository.open(join(data, 'hallpass.db'));
    await repository.recordAct(act);
    expect(await repository.audit.verify()).toMatchObject({ findings: [] });
  });

  it('refuses a folder that a Hallpass runs on', async () => {
    await makeBackup(data, target, options);
    const place = fresh();
    const lock = lockFolder(place);
    await expect(restoreBackup(target, place, { force: true, at })).rejects.toMatchObject({
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
    await expect(restoreBackup(target, place, { force: true, at })).rejects.toThrow(message);
    expect(readdirSync(place)).toEqual([]);
  });
});
