import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkBackup, makeBackup } from '../../store/backup.ts';
import { openJournalReader, queryBlocks } from '../../store/blocks.ts';
import { Journal } from '../../store/journal/journal.ts';
import { ListSnapshots } from '../../store/lists/snapshots.ts';
import { Repository } from '../../store/repository/repository.ts';
import { restoreBackup } from '../../store/restore.ts';
import { openReader } from '../../store/sqlite.ts';
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
    await restoreBackup(target, elsewhere, { force: false, at, act });
    const restored = new ListSnapshots(join(elsewhere, 'lists'));
    for (const [i, digest] of digests.entries())
      expect(Buffer.from(await restored.read(digest)).toString()).toBe(texts[i]);
    const { aside } = await restoreBackup(target, elsewhere, { force: true, at: at + 1, act });
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

  it('lets nobody in: it has no sessions', async () => {
    const person = { subject: 'key-1', login: 'p.sample', ip: '10.0.0.1', agent: 'a browser' };
    await repository.sessions.begin({ ...person, id: 's-1', proven: true, beganAt: at });
    await makeBackup(data, target, options);
    expect(readFileSync(join(target, 'hallpass.db'), 'latin1')).not.toContain('p.sample');
    const copy = openReader(join(target, 'hallpass.db'));
    expect(copy.prepare('SELECT count(*) AS n FROM sessions').get()).toEqual({ n: 0 });
    copy.close();
    expect(await repository.sessions.end('s-1')).not.toBeNull();
  });

  it('is of a whole store', async () => {
    rmSync(join(data, 'audit.seal'));
    await expect(makeBackup(data, target, options)).rejects.toThrow(
      /`audit.seal`, the seal of the audit trail/,
    );
    await repository.recordAct(act);
    journal.close();
    rmSync(join(data, 'journal.db'));
    await expect(makeBackup(data, target, options)).rejects.toThrow(/`journal.db` is missing/);
    expect(existsSync(target)).toBe(false);
    journal = Journal.open(join(data, 'journal.db'), { lockTimeout: 0 }, 0);
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

describe('what is no backup:', () => {
  const manifestOf = (folder: string) =>
    JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as { files: { name: string }[] };
  const write = (files: readonly object[]): void =>
    writeFileSync(join(target, 'manifest.json'), JSON.stringify({ ...manifestOf(target), files }));
  const without = (name: string): void =>
    write(manifestOf(target).files.filter((file) => file.name !== name));
  const linked = (name: string): void => {
    renameSync(join(target, name), join(fresh(), name));
    symlinkSync(join(data, name), join(target, name));
  };

  it.each<readonly [what: string, damage: () => void, message: RegExp]>([
    ['a manifest that names nothing', () => write([]), /`hallpass.db` is missing/],
    ['one without the records', () => without('journal.db'), /`journal.db` is missing/],
    ['one without the seal of its trail', () => without('audit.seal'), /`audit.seal`, the seal/],
    ['a link in the place of a file', () => linked('audit.seal'), /`audit.seal` .* is no file of its own/],
    ['a link that leads nowhere', () => linked('audit.key'), /`audit.key` .* is no file of its own/],
    ['a link in the place of the manifest', () => linked('manifest.json'), /is no file of its own/],
    ['a link in the place of the lists', () => linked('lists'), /`lists` .* is no folder of its own/],
    [
      'a folder in the place of a file',
      () => {
        rmSync(join(target, 'audit.seal'));
        mkdirSync(join(target, 'audit.seal'));
      },
      /is no file of its own/,
    ],
    [
      'a file from elsewhere',
      () => write([...manifestOf(target).files, { name: '../x.db', bytes: 0, sha256: 'a'.repeat(64) }]),
      /is not the manifest of a backup/,
    ],
    [
      'a file from elsewhere, by way of the lists',
      () => write([...manifestOf(target).files, { name: 'lists/../../x', bytes: 0, sha256: 'a'.repeat(64) }]),
      /is not the manifest of a backup/,
    ],
  ])('%s', async (_what, damage, message) => {
    await new ListSnapshots(join(data, 'lists')).add([Buffer.from('a.test\n')]);
    await makeBackup(data, target, { ...options, withKeys: true });
    rmSync(join(data, 'audit.key'));
    damage();
    await expect(checkBackup(target)).rejects.toThrow(message);
    const place = fresh();
    await expect(restoreBackup(target, place, { force: true, at, act })).rejects.toThrow(message);
    expect(readdirSync(place)).toEqual([]);
  });
});
