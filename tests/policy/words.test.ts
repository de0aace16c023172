import { describe, expect, it } from 'vitest';
import { foldText, wordsOf } from '../../policy/words.ts';

describe('the words of a text', () => {
  it.each([
    ['', []],
    ['  ', []],
    ['Free CASINO games', ['free', 'casino', 'games']],
    ['casino, casino; CASINO!', ['casino']],
    ['free-casino_games/now', ['free', 'casino', 'games', 'now']],
    ['c4s1n0', ['c4s1n0']],
    ['ｃａｓｉｎｏ', ['casino']],
    ['𝓬𝓪𝓼𝓲𝓷𝓸', ['casino']],
    ['ⓒⓐⓢⓘⓝⓞ', ['casino']],
    ['ca\u00adsi\u200bno\u2060', ['casino']],
    ['STRASSE straße', ['strasse']],
    ['ΟΔΟΣ οδός', ['οδοσ', 'οδόσ']],
    ['ﬁnance', ['finance']],
    ['cafe\u0301 café', ['café']],
    ['हिन्दी', ['हिन्दी']],
    ['👍 casino 🎰', ['casino']],
  ])('%j: %j', (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  it('are 64 at most, and repetition fills no place', () => {
    const many = Array.from({ length: 100 }, (_, i) => `w${i}`).join(' ');
    expect(wordsOf(`${'a '.repeat(1_000)}${many}`)).toHaveLength(64);
    expect(wordsOf(`${'a '.repeat(1_000)}casino`)).toEqual(['a', 'casino']);
  });

  it('fold to themselves', () => {
    for (const text of ['Straße', 'ΟΔΟΣ', 'İstanbul', 'ıI', 'ǅ', 'ﬀ'])
      expect(foldText(foldText(text))).toBe(foldText(text));
  });
});
