import { expect, it } from 'vitest';
import { readForeignRegex } from '../../../policy/lists/foreign-regex.ts';

it.each([
  ['sex\\.', 'sex\\.'],
  ['(?i)Sex', 'Sex'],
  ['^https?://www\\.a\\.test', '^www\\.a\\.test'],
  ['^http:\\/\\/a', '^a'],
  ['(http|https)://a', 'a'],
  ['\\Aab\\z', '^ab$'],
  ['\\<ab\\>', '\\bab\\b'],
  ['[[:alpha:]_]+', '[a-zA-Z_]+'],
  ['[^[:digit:]]x', '[^0-9]x'],
  ['[]a]x', '[\\]a]x'],
  ['[^]a]x', '[^\\]a]x'],
  ['[[a]x', '[[a]x'],
  ['(?P<n>a)b', '(?<n>a)b'],
  ['a(?#a comment)b', 'ab'],
  ['(^|[-\\?+=/_])(abc|tit)s?(/|$)', '(^|[-\\?+=/_])(abc|tit)s?(/|$)'],
])('%s is %s', (source, regex) => {
  expect(readForeignRegex(source)).toMatchObject({ ok: true, regex });
});

it.each([
  ['(a', 'this is no regular expression of JavaScript'],
  ['a++b', 'this is no regular expression of JavaScript'],
  ['[a', 'a `[` is not closed'],
  ['(?>a)b', '`(?>` is not understood'],
  ['\\p{L}', '`\\p` is not understood'],
  ['\\Qa.b\\E', '`\\Q` is not understood'],
  ['[[:weird:]]', '`[:weird:]` is not understood'],
  ['(?x) a b', 'an expression with spaces that mean nothing (`(?x)`)'],
  ['.*', 'this expression holds for every address'],
  ['', 'this is no regular expression of JavaScript'],
  ['a'.repeat(9_000), 'so long an expression is in no list'],
])('%# is refused: %s', (source, why) => {
  expect(readForeignRegex(source)).toEqual({ ok: false, why });
});
