import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EditionId } from '../../../policy/edition.ts';
import { Repository } from '../../../store/repository/repository.ts';
import { openWriter } from '../../../store/sqlite.ts';
import { freshFolder } from '../folder.ts';
import { smallDisk, unmountAfterEach } from '../small-disk.ts';

unmountAfterEach();
const fresh = freshFolder();
const documents = { policy: 'version: 1\n', aup: ['# 1 Games\n', '# 1 Juegos\n'] };
const edition: EditionId = {
  edition: 'e-0000000000000001',
  policyVersion: 'p-0000000000000001',
  aupVersion: 'a-0000000000000001',
  lists: { games: 'l-1', social: 'l-2' },
  engineVersion: 1,
};
const publication = { documents, id: edition, at: 1_000, note: 'first', cause: 'policy' as const, by: 'cto' };
const next = {
  ...publication,
  id: { ...edition, edition: 'e-2', lists: { games: 'l-3' } },
  at: 2_000,
  cause: 'lists' as const,
};

describe('the repository', () => {
  it('leaves only its file when it is closed, also when it was never asked anything', async () => {
    const folder = fresh();
    await Repository.open(join(folder, 'hallpass.db')).close();
    expect(readdirSync(folder)).toEqual(['hallpass.db']);
  });

  it('has nothing published when it is new', async () => {
    const repository = Repository.open(join(fresh(), 'hallpass.db'));
    expect(await repository.latest()).toBe(null);
    expect(await repository.listPublications()).toEqual([]);
    await repository.close();
  });

  it('puts every publication on the audit trail, and none that did not happen', async () => {
    const repository = Repository.open(join(fresh(), 'hallpass.db'));
    await repository.publish(publication);
    const forged = { ...next, documents: { ...documents, policy: 'version: 2\n' } };
    await expect(repository.publish(forged)).rejects.toMatchObject({ code: 'store-digest-mismatch' });
    await repository.publish({ ...next, by: null });
    const acts = [];
    for await (const { seq, login, action, detail } of repository.audit.entries())
      acts.push([seq, login, action, detail['edition']]);
    expect(acts).toEqual([
      [2, 'hallpass', 'lists.publish', 'e-2'],
      [1, 'cto', 'policy.publish', 'e-0000000000000001'],
    ]);
    expect((await repository.audit.verify()).findings).toEqual([]);
    await repository.close();
  });

  it('keeps what was published, with its documents, across a restart', async () => {
    const path = join(fresh(), 'hallpass.db');
    const before = Repository.open(path);
    await before.publish(publication);
    await before.close();
    const after = Repository.open(path);
    expect(await after.latest()).toEqual({
      ...edition,
      documents,
      at: 1_000,
      by: 'cto',
      note: 'first',
      cause: 'policy',
    });
    await after.close();
  });

  it('adds a publication of the same version without storing it again', async () => {
    const repository = Repository.open(join(fresh(), 'hallpass.db'));
    await repository.publish(publication);
    await repository.publish({ ...next, note: 'lists of today', by: null });
    const history = await repository.listPublications();
    expect(history.map(({ edition: id, at, by }) => [id, at, by])).toEqual([
      ['e-2', 2_000, null],
      ['e-0000000000000001', 1_000, 'cto'],
    ]);
    expect(history.map(({ lists }) => lists)).toEqual([{ games: 'l-3' }, { games: 'l-1', social: 'l-2' }]);
    const version = { id: edition.policyVersion, documents, at: 1_000, author: 'cto', note: 'first' };
    expect(await repository.policyVersion(edition.policyVersion)).toEqual(version);
    await repository.close();
  });

  it('refuses an id that stands for another text, and publishes nothing then', async () => {
    const repository = Repository.open(join(fresh(), 'hallpass.db'));
    await repository.publish(publication);
    const forged = { ...next, documents: { ...documents, policy: 'version: 2\n' } };
    await expect(repository.publish(forged)).rejects.toMatchObject({ code: 'store-digest-mismatch' });
    expect(await repository.listPublications()).toHaveLength(1);
    await repository.close();
  });

  it('keeps versions that are not published (yet)', async () => {
    const repository = Repository.open(join(fresh(), 'hallpass.db'));
    const draft = { id: 'p-2', documents, at: 5, author: null, note: 'draft' };
    await repository.addPolicyVersion(draft);
    expect(await repository.policyVersion('p-2')).toEqual(draft);
    expect(await repository.policyVersion('p-3')).toBe(null);
    expect(await repository.latest()).toBe(null);
    await repository.close();
  });

  it('keeps the text of a list once', async () => {
    const repository = Repository.open(join(fresh(), 'hallpass.db'));
    await repository.publish(publication, [{ digest: 'l-1', text: 'games.demo.test' }]);
    await repository.addListSnapshots([
      { digest: 'l-1', text: 'games.demo.test' },
      { digest: 'l-2', text: '' },
    ]);
    expect(await repository.listSnapshot('l-1')).toBe('games.demo.test');
    expect(await repository.listSnapshot('l-9')).toBe(null);
    const forged = repository.addListSnapshots([{ digest: 'l-1', text: 'other' }]);
    await expect(forged).rejects.toMatchObject({ code: 'store-digest-mismatch' });
    await repository.close();
  });

  it('takes publications that come at once one after another', async () => {
    const repository = Repository.open(join(fresh(), 'hallpass.db'));
    const at = (n: number) => repository.publish({ ...publication, at: n });
    await Promise.all([1, 2, 3, 4, 5].map(at));
    expect((await repository.listPublications()).map((one) => one.at)).toEqual([5, 4, 3, 2, 1]);
    await repository.close();
  });

  it('cannot be changed afterwards, whatever writes to it', async () => {
    const path = join(fresh(), 'hallpass.db');
    const repository = Repository.open(path);
    await repository.publish(publication, [{ digest: 'l-1', text: 'a' }]);
    await repository.close();
    const database = openWriter(path, { lockTimeout: 0 });
    for (const table of ['policy_versions', 'publications', 'publication_lists', 'list_snapshots']) {
      expect(() => database.exec(`DELETE FROM ${table}`)).toThrow('only ever added to');
    }
    expect(() => database.exec("UPDATE policy_versions SET policy = 'x'")).toThrow('only ever added to');
    database.close();
  });

  it('is read beside its writer by one that cannot write', async () => {
    const path = join(fresh(), 'hallpass.db');
    const repository = Repository.open(path);
    await repository.publish(publication);
    const reader = Repository.openReader(path);
    expect(await reader.latest()).toMatchObject({ documents, note: 'first' });
    await repository.publish(next);
    expect(await reader.listPublications()).toHaveLength(2);
    await expect(reader.publish(publication)).rejects.toThrow('readonly');
    await Promise.all([reader.close(), repository.close()]);
  });

  it('is not read by a Hallpass that is older than what wrote it', async () => {
    const path = join(fresh(), 'hallpass.db');
    await Repository.open(path).close();
    const database = openWriter(path, { lockTimeout: 0 });
    database.exec('PRAGMA user_version = 999');
    database.close();
    expect(() => Repository.openReader(path)).toThrow('the newer Hallpass');
  });
});

describe('a file that cannot be used', () => {
  it('on a full disk: nothing is published, it is said why, and it goes on when there is space', async ({
    skip,
  }) => {
    const disk = smallDisk(2 * 1_048_576);
    if (disk === null) return skip('no file system can be mounted');
    const path = join(disk.folder, 'hallpass.db');
    const repository = Repository.open(path);
    await repository.publish(publication);
    disk.fill(0);
    const large = [{ digest: 'l-3', text: 'games.demo.test\n'.repeat(20_000) }];
    await expect(repository.publish(next, large)).rejects.toMatchObject({
      code: 'store-full',
      message: `\`${path}\`: the disk is full (database or disk is full): make space`,
    });
    expect(await repository.listPublications()).toHaveLength(1);
    disk.free();
    await repository.publish(next, large);
    expect(await repository.listPublications()).toHaveLength(2);
    await repository.close();
  });

  it('is opened on a full disk: that says that the disk is full', async ({ skip }) => {
    const disk = smallDisk(2 * 1_048_576);
    if (disk === null) return skip('no file system can be mounted');
    const path = join(disk.folder, 'hallpass.db');
    await Repository.open(path).close();
    disk.fill(0);
    expect(() => Repository.open(path)).toThrow(expect.objectContaining({ code: 'store-full' }));
  });

  it('says the first error where SQLite has rolled back by itself', async () => {
    const path = join(fresh(), 'hallpass.db');
    const repository = Repository.open(path);
    const other = openWriter(path, { lockTimeout: 0 });
    // RAISE(ROLLBACK) ends the transaction, as a full disk can.
    other.exec(
      "CREATE TRIGGER t BEFORE INSERT ON publications BEGIN SELECT RAISE(ROLLBACK, 'the first error'); END",
    );
    other.close();
    await expect(repository.publish(publication)).rejects.toThrow('the first error');
    await repository.close();
  });

  it('is no database: opening it says which file, what is wrong and how to mend it, and leaves it as it is', () => {
    const path = join(fresh(), 'hallpass.db');
    const text = 'an essay that was saved under the wrong name. '.repeat(200);
    writeFileSync(path, text);
    for (const open of [() => Repository.open(path), () => Repository.openReader(path)]) {
      expect(open).toThrow(
        expect.objectContaining({
          code: 'store-damaged',
          message: expect.stringMatching(
            /hallpass\.db`: it is damaged \(.*\): .*restore a backup, or move it aside/,
          ) as string,
        }),
      );
    }
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('is damaged within: what meets the damage says so', async () => {
    const path = join(fresh(), 'hallpass.db');
    const before = Repository.open(path);
    await before.publish(publication);
    await before.close();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xff, 4_096));
    const repository = Repository.openReader(path);
    await expect(repository.latest()).rejects.toMatchObject({ code: 'store-damaged' });
    await repository.close();
  });
});
