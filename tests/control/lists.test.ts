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

const list = (host: string): string => `@category any\n${host}\n`;

describe('the lists in force', () => {
  test('are the *.list files, named by file, in order of name', async () => {
    await write('social.list', list('social.test'));
    await write('games.list', list('games.test'));
    await write('README.md', 'not a list');
    await write('.list', 'no name');
    const { lists, faults } = await new ListFolders([folder]).read();
    expect(lists).toEqual([
      { name: 'games', text: list('games.test') },
      { name: 'social', text: list('social.test') },
    ]);
    expect(faults).toEqual([]);
  });

  test('come from the later folder where two share a name', async () => {
    const other = join(folder, 'district');
    await mkdir(other);
    await write('games.list', list('shipped.test'));
    await writeFile(join(other, 'games.list'), list('district.test'));
    const { lists } = await new ListFolders([folder, other]).read();
    expect(lists).toEqual([{ name: 'games', text: list('district.test') }]);
  });

  test('follow the files from one reading to the next', async () => {
    await write('games.list', list('one.test'));
    await write('social.list', list('social.test'));
    const folders = new ListFolders([folder]);
    await folders.read();
    await write('games.list', list('two.test'));
    await rm(join(folder, 'social.list'));
    expect((await folders.read()).lists).toEqual([{ name: 'games', text: list('two.test') }]);
  });

  test('keep a file as it was when it can no longer be read, and say so', async () => {
    await write('games.list', list('one.test'));
    const folders = new ListFolders([folder]);
    await folders.read();
    await write('games.list', new Uint8Array([0x67, 0xff, 0xfe]));
    expect(await folders.read()).toEqual({
      lists: [{ name: 'games', text: list('one.test') }],
      faults: [{ path: join(folder, 'games.list'), reason: 'not UTF-8 text', kept: true }],
    });
    await write('games.list', list('three.test'));
    expect((await folders.read()).lists[0]?.text).toBe(list('three.test'));
  });

  test('keep a list over which a download wrote something else', async () => {
    await write('games.list', list('one.test'));
    const folders = new ListFolders([folder]);
    await folders.read();
    await write('games.list', '<!doctype html>\n<title>Sign in</title>\n<p>Please sign in first.</p>\n');
    expect(await folders.read()).toEqual({
      lists: [{ name: 'games', text: list('one.test') }],
      faults: [
        {
          path: join(folder, 'games.list'),
          reason: 'not a list: most of its lines are not understood',
          kept: true,
        },
      ],
    });
    await write('games.list', '# empty on purpose\n');
    expect((await folders.read()).lists).toEqual([{ name: 'games', text: '# empty on purpose\n' }]);
  });

  test('do without a file that could never be read, and say so', async () => {
    await mkdir(join(folder, 'folder.list'));
    expect(await new ListFolders([folder]).read()).toEqual({
      lists: [],
      faults: [{ path: join(folder, 'folder.list'), reason: 'a folder, not a file', kept: false }],
    });
  });

  test('stay as they were when their whole folder is away', async () => {
    await write('games.list', list('one.test'));
    const folders = new ListFolders([folder]);
    await folders.read();
    await rm(folder, { recursive: true });
    expect(await folders.read()).toEqual({
      lists: [{ name: 'games', text: list('one.test') }],
      faults: [{ path: folder, reason: 'not found', kept: true }],
    });
  });

  test('come from other folders once those are configured', async () => {
    const other = join(folder, 'other');
    await mkdir(other);
    await write('games.list', list('one.test'));
    await writeFile(join(other, 'social.list'), list('social.test'));
    const folders = new ListFolders([folder]);
    await folders.read();
    folders.use([other]);
    expect((await folders.read()).lists).toEqual([{ name: 'social', text: list('social.test') }]);
  });
});
