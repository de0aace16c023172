import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ListFolders } from '../../control/lists.ts';
import type { LastLists } from '../../control/lists.ts';

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

describe('the first reading', () => {
  const last = (texts: Readonly<Record<string, string>>): LastLists => ({
    names: Object.keys(texts),
    text: async (name) => texts[name] ?? null,
  });

  test('takes a file that cannot be read from the edition published last, and goes on keeping it', async () => {
    await write('games.list', new Uint8Array([0x67, 0xff, 0xfe]));
    await write('social.list', list('social.test'));
    const folders = new ListFolders([folder]);
    const kept = [
      { name: 'games', text: list('one.test') },
      { name: 'social', text: list('social.test') },
    ];
    const faults = [{ path: join(folder, 'games.list'), reason: 'not UTF-8 text', kept: true }];
    const before = last({ games: list('one.test'), social: list('before.test') });
    expect(await folders.read(before)).toEqual({ lists: kept, faults });
    expect(await folders.read()).toEqual({ lists: kept, faults });
  });

  test('takes a folder that is away from it, in its place among the others', async () => {
    const district = join(folder, 'district');
    await write('games.list', list('shipped.test'));
    await write('social.list', list('social.test'));
    const folders = new ListFolders([folder, district]);
    const before = last({
      games: list('district.test'),
      social: list('social.test'),
      video: list('video.test'),
    });
    const { lists, faults } = await folders.read(before);
    expect(lists).toEqual([
      { name: 'games', text: list('district.test') },
      { name: 'social', text: list('social.test') },
      { name: 'video', text: list('video.test') },
    ]);
    expect(faults).toEqual([{ path: district, reason: 'not found', kept: true }]);
    await write('social.list', list('newer.test'));
    const again = await folders.read();
    expect(again.lists[1], 'what the other folder gives is followed').toEqual({
      name: 'social',
      text: list('newer.test'),
    });
    await mkdir(district);
    await writeFile(join(district, 'games.list'), list('back.test'));
    expect(await folders.read()).toEqual({
      lists: [
        { name: 'games', text: list('back.test') },
        { name: 'social', text: list('newer.test') },
      ],
      faults: [],
    });
  });

  test('keeps a list whose file is gone, until the next reading', async () => {
    const folders = new ListFolders([folder]);
    expect(await folders.read(last({ games: list('one.test') }))).toEqual({
      lists: [{ name: 'games', text: list('one.test') }],
      faults: [
        {
          path: 'games.list',
          reason: 'no configured folder has it any more, and the next reload drops it',
          kept: true,
        },
      ],
    });
    expect(await folders.read()).toEqual({ lists: [], faults: [] });
  });

  test('says that a list is lost when nobody knows its text any more', async () => {
    await write('games.list', '<!doctype html>\n<p>Please sign in first.</p>\n');
    const unknown: LastLists = { names: ['games'], text: async () => null };
    const { lists, faults } = await new ListFolders([folder]).read(unknown);
    expect(lists).toEqual([]);
    expect(faults.map(({ kept }) => kept)).toEqual([false]);
  });
});
