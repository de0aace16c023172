import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkExpression,
  ExpressionChecks,
  expressionOf,
  isIn,
  WINDOW,
} from '../../../policy/compile/regex-safety.ts';

const why = (source: string): string => {
  const check = checkExpression(source);
  return check.ok ? 'ok' : check.why;
};

describe('an expression', () => {
  it.each([
    'porn',
    '(adult|sex).*(video|movie)',
    '(^|[-?+=/_])(sex|porn)+',
    'casino[-_.]?(games?|online|bonus|club)[0-9]*\\.(com|net)',
    '(free|hot)[^/]{0,20}(video|movie)s?',
    '\\.(exe|msi)$',
    '^[^/]*/ads?/',
    '([a-z]+-)+x',
    '(?=a)b',
    `(${Array.from({ length: 400 }, (_, i) => `word${i}`).join('|')})`,
  ])('%s is fine', (source) => expect(why(source)).toBe('ok'));

  it.each([
    ['(a+)+b', /very long/],
    ['x.*y.*z', /very long/],
    ['^(a|a)+$', /foresee/],
    ['(a|b|ab)*c', /foresee/],
    ['(.*a){10}', /foresee/],
    ['(a)\\1', /back references/],
    ['(?<=a)b', /looking behind/],
    ['(?<!a)b', /looking behind/],
    ['a{2000}', /repeats too often/],
    ['((a{100}){100}){100}', /repeats too often/],
    ['(', /no regular expression: unterminated group/],
    ['a**', /no regular expression: nothing to repeat/],
    ['', /empty/],
    ['x'.repeat(5_000), /at most/],
  ])('%s is refused', (source, reason) => expect(why(source)).toMatch(reason));

  it('is refused where too many before it were as complicated', () => {
    const checks = new ExpressionChecks();
    const results = Array.from({ length: 102 }, (_, i) => checks.check(`([a-z]+-)+x${i}`));
    expect(results.map(({ ok }) => ok).lastIndexOf(true)).toBe(99);
    expect(checks.check('([a-z]+-)+x1').ok).toBe(true);
    expect(checks.check('simple').ok).toBe(true);
  });

  it('that is let through answers for the worst text of any length', () => {
    for (const [source, text] of [
      ['x.*y', 'x'.repeat(16_000)],
      ['[a-z]+@x', 'a'.repeat(16_000)],
      ['(ab|a)[^/]*[0-9]{1,20}z', 'ab1'.repeat(5_000)],
    ] as const) {
      expect(why(source)).toBe('ok');
      // Without windows these take seconds each.
      expect(isIn(expressionOf(source), text)).toBe(false);
    }
  });
});

describe('an expression in a text', () => {
  it('is found as it is by itself, wherever in a long one it stands', () => {
    const source = fc.constantFrom('needle', '^needle', 'needle$', '\\bneedle', '(^|/)needle(x|$)', 'n.*e');
    fc.assert(
      fc.property(
        source,
        fc.nat(3_000),
        fc.nat(3_000),
        fc.constantFrom('.', '/'),
        (text, before, after, end) => {
          const address = `${'.'.repeat(before)}${end}needle${end}${'.'.repeat(after)}`.slice(
            before === 0 ? 1 : 0,
            after === 0 ? -1 : undefined,
          );
          expect(isIn(expressionOf(text), address)).toBe(new RegExp(text, 'is').test(address));
        },
      ),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
    );
  });

  it('in a long one spans at most half a window', () => {
    const text = (gap: number) => `${'.'.repeat(10_000)}x${'-'.repeat(gap)}y${'.'.repeat(10_000)}`;
    expect(isIn(expressionOf('x.*y'), text(WINDOW / 2 - 4))).toBe(true);
    expect(isIn(expressionOf('x.*y'), text(WINDOW))).toBe(false);
  });
});
