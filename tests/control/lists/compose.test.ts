import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listsOfEdition, storedText } from '../../../control/lists/compose.ts';
import { readSnapshotFile, ListSnapshots } from '../../../store/lists/snapshots.ts';
import { Repository } from '../../../store/repository/repository.ts';

let folder: string;
let repository: Repository;
let snapshots: ListSnapshots;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hallpass-stored-'));
  repository = Repository.open(join(folder, 'hallpass.db'));
  snapshots = new ListSnapshots(join(folder, 'lists'));
});
afterEach(async () => {
  await repository.close();
  await rm(folder, { recursive: true, force: true });
});

const add = async (text: string) => (await snapshots.add([Buffer.from(text)])).digest;

describe('the lists of an edition of before', () => {
  test('are found in the table of older stores, and as snapshots, also where those are deltas by now', async () => {
    await repository.addListSnapshots([{ digest: '0123456789abcdef', text: 'hand.test\n' }]);
    const [older, newer] = [await add('a.test\n'), await add('a.test\nb.test\n')];
    await snapshots.shrink({ older, newer });
    const lists = await listsOfEdition({ hand: '0123456789abcdef', 'ut1/a': older }, repository, snapshots);
    expect(lists).toEqual([
      { name: 'hand', text: 'hand.test\n' },
      { name: 'ut1/a', digest: older, path: snapshots.pathOf(older) },
    ]);
    expect(Buffer.from(readSnapshotFile(snapshots.pathOf(older), older)).toString()).toBe('a.test\n');
    await expect(listsOfEdition({ gone: 'fedcba9876543210' }, repository, snapshots)).rejects.toMatchObject({
      code: 'list-snapshot',
    });
  });

  test('are texts for who asks for a text, and null where nobody has them', async () => {
    const text = storedText(repository, snapshots);
    const marked = await add('\ufeffa.test\n');
    expect([await text(marked), await text('fedcba9876543210')]).toEqual(['\ufeffa.test\n', null]);
  });
});
