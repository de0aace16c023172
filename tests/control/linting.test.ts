import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filledCategories, lintContext } from '../../control/linting.ts';
import { district } from './house.ts';
import type { District } from './house.ts';

describe('the categories that lists fill', () => {
  const filled = (text: string) => [...filledCategories([{ name: 'l', text }])];

  it.each([
    ['@category games\n# none yet\n\n@category social\nsocial.test\n@category empty', ['social']],
    ['@category games\na.test\nb.test\n@category social\nregex x\n', ['games', 'social']],
    ['@category games\n! a.test', []],
    ['a.test\n@category games\n', []],
    ['@category games\r\na.test\r\n', ['games']],
    ['', []],
  ])('%j', (text, expected) => {
    expect(filled(text)).toEqual(expected);
  });
});

describe('the lists of a district', () => {
  let place: District;
  beforeAll(async () => {
    place = await district();
    await mkdir(join(place.folder, 'more'));
  });
  afterAll(() => place.remove());

  it('are as old as the file that counts', async () => {
    const changed = new Date('2026-01-02T03:04:05Z');
    await writeFile(join(place.folder, 'lists', 'games.list'), '@category games\ngames.test\n');
    await writeFile(join(place.folder, 'more', 'games.list'), '@category games\ngames.test\n');
    await utimes(join(place.folder, 'more', 'games.list'), changed, changed);
    const folders = ['lists', 'none', 'more'].map((name) => join(place.folder, name));
    const context = await lintContext(folders);
    expect(context.lists).toEqual([{ name: 'games', changed: changed.getTime() }]);
    expect(context.filled).toEqual(new Set(['games']));
    expect(context.subjects?.map(({ id }) => id)).toContain('health');
    expect(context.services?.length).toBeGreaterThan(0);
  });
});
