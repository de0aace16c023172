import { describe, expect, test } from 'vitest';
import { sourceName, sourceOptions } from '../../../control/lists/options.ts';
import { listPreset } from '../../../control/lists/presets.ts';

const url = 'https://lists.example.org/a.txt';

describe('a source', () => {
  test('needs no more than where it comes from', () => {
    expect(sourceOptions.parse({ url })).toEqual({
      ...{ url, schedule: { kind: 'every', every: 86_400_000 }, maxSize: 200e6, shrink: 0.2 },
    });
  });

  test.each([
    ['12h', { kind: 'every', every: 43_200_000 }],
    ['03:30', { kind: 'at', minutes: 210 }],
    ['never', { kind: 'never' }],
  ])('is looked at %s', (schedule, read) => {
    expect(sourceOptions.parse({ file: 'a', schedule }).schedule).toEqual(read);
  });

  test.each([
    [{}, 'file'],
    [{ url, file: 'a' }, 'url'],
    [{ url: 'ftp://x.test/a' }, 'url'],
    [{ url: 'https://ann:secret@x.test/a' }, 'url'],
    [{ url, schedule: '1m' }, 'schedule'],
    [{ url, schedule: '24:00' }, 'schedule'],
    [{ url, maxSize: '9GB' }, 'maxSize'],
    [{ url, shrink: '101%' }, 'shrink'],
    [{ url, category: 'a', categories: { b: 'c' } }, 'category'],
    [{ url, category: 'No Such' }, 'category'],
    [{ url, user: 'ann' }, 'user'],
    [{ url: 'http://x.test/', user: 'ann', passwordFile: 'p' }, 'url'],
    [{ file: 'a', checksum: url }, 'checksum'],
    [{ url, checksum: 'abc' }, 'checksum'],
    [{ url, format: 'guess' }, 'format'],
    [{ url, more: 1 }, undefined],
  ])('is refused: %j', (input, key) => {
    const read = sourceOptions.safeParse(input);
    expect(read.error?.issues[0]?.path[0]).toBe(key);
  });
});

test.each(['Ut1', 'a/b', '-a', 'a.b', ''])('cannot be called `%s`', (name) => {
  expect(sourceName.safeParse(name).success).toBe(false);
});

describe('what is known of publishers', () => {
  test('is what a source may say', () => {
    const { title, ...ut1 } = listPreset('ut1') ?? { title: '' };
    expect(title).toContain('Toulouse');
    expect(sourceOptions.safeParse(ut1).error).toBeUndefined();
  });

  test.each(['none', '../starter/policy', 'UT1'])('is nothing of `%s`', (name) => {
    expect(listPreset(name)).toBeNull();
  });
});
