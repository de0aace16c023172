import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ListFolders } from '../../control/lists.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hallpass-lists-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = (name: string, text: string | Uint8Array) => writeFile(join(folder, name), text);

describe('the lists in force', () => {
  test('are the *.list files, named by file, in order of name', async () => {
    await write('social.list', 'social.test\n');
    await write('games.list', 'games.test\n');
    await write('README.md', 'not a list');
    await write('.list', 'no name');
    const { lists, faults } = await new ListFolders([folder]).read();
    expect(lists).toEqual([
      { name: 'games', text: 'games.test\n' },
      { name: 'social', text: 'social.test\n' },
    ]);
    expect(faults).toEqual([]);
  });

  test('come from the later folder where two share a name', async () => {
    const other = join(folder, 'district');
    await mkdir(other);
    await write('games.list', 'shipped.test\n');
    await writeFile(join(other, 'games.list'), 'district.test\n');
    const { lists } = await new ListFolders([folder, other]).read();
    expect(lists).toEqual([{ name: 'games', text: 'district.test\n' }]);
  });

  test('follow the files from one reading to the next', async () => {
    await write('games.list', 'one.test\n');
    await write('social.list', 'social.test\n');
    const folders = new ListFolders([folder]);
    await folders.read();
    await write('games.list', 'two.test\n');
    await rm(join(folder, 'social.list'));
    expect((await folders.read()).lists).toEqual([{ name: 'games', text: 'two.test\n' }]);
  });

  test('keep a file as it was when it can no longer be read, and say so', async () => {
    await write('games.list', 'one.test\n');
    const folders = new ListFolders([folder]);
    await folders.read();
    await write('games.list', new Uint8Array([0x67, 0xff, 0xfe]));
    expect(await folders.read()).toEqual({
      lists: [{ name: 'games', text: 'one.test\n' }],
      faults: [{ path: join(folder, 'games.list'), reason: 'not UTF-8 text', kept: true }],
    });
    await write('games.list', 'three.test\n');
    expect((await folders.read()).lists[0]?.text).toBe('three.test\n');
  });

  test('do without a file that could never be read, and say so', async () => {
    await mkdir(join(folder, 'folder.list'));
    expect(await new ListFolders([folder]).read()).toEqual({
      lists: [],
      faults: [{ path: join(folder, 'folder.list'), reason: 'a folder, not a file', kept: false }],
    });
  });

  test('stay as they were when their whole folder is away', async () => {
    await write('games.list', 'one.test\n');
    const folders = new ListFolders([folder]);
    await folders.read();
    await rm(folder, { recursive: true });
    expect(await folders.read()).toEqual({
      lists: [{ name: 'games', text: 'one.test\n' }],
      faults: [{ path: folder, reason: 'not found', kept: true }],
    });
  });

  test('come from other folders once those are configured', async () => {
    const other = join(folder, 'other');
    await mkdir(other);
    await write('games.list', 'one.test\n');
    await writeFile(join(other, 'social.list'), 'social.test\n');
    const folders = new ListFolders([folder]);
    await folders.read();
    folders.use([other]);
    expect((await folders.read()).lists).toEqual([{ name: 'social', text: 'social.test\n' }]);
  });
});
