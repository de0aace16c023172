import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseExpression, requiredStrings } from '../../../policy/compile/expression-text.ts';
import { EXPRESSION_FLAGS } from '../../../policy/compile/regex-safety.ts';

const required = (source: string) => requiredStrings(parseExpression(source), (text) => text.length);

it.each([
  ['casino', ['casino']],
  ['CasiNo', ['casino']],
  ['/ads?/', ['/ad/', '/ads/']],
  ['(sex|porn)tube', ['sextube', 'porntube']],
  ['[sz]exy', ['sexy', 'zexy']],
  ['(adult|sex).*(video|movie)', ['video', 'movie']],
  ['https?://x', ['http://x', 'https://x']],
  ['game+s', ['game']],
  ['(ab)+c', ['abc']],
  ['x?y', ['y']],
  ['a(?=b)c', ['ac']],
  ['\\bword\\b', ['word']],
  ['un(block|blocked)', ['unblock']],
  ['.*', null],
  ['[^a]', null],
  ['a|.', null],
  ['(abc)*', null],
  ['é', null],
  ['[a-z]{3}', null],
])('%s needs %j', (source, expected) => {
  expect(required(source)).toEqual(expected);
});

it('is in every text that the expression matches', () => {
  const atom = fc.constantFrom(
    'a',
    'B',
    '[ab]',
    '[^a]',
    '.',
    '(?:ab|c)',
    '(a|b.)',
    '\\b',
    '^',
    '$',
    'a?',
    '(bc)*',
    'b+',
    'a{2,3}',
    '(?=a)',
  );
  const source = fc
    .array(
      fc.array(atom, { minLength: 1, maxLength: 5 }).map((atoms) => atoms.join('')),
      {
        minLength: 1,
        maxLength: 3,
      },
    )
    .map((alternatives) => alternatives.join('|'));
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '/'), maxLength: 12 });
  fc.assert(
    fc.property(source, fc.array(text, { maxLength: 30 }), (expression, texts) => {
      const strings = required(expression);
      for (const each of texts)
        if (new RegExp(expression, EXPRESSION_FLAGS).test(each) && strings !== null)
          expect([expression, each, strings.some((string) => each.includes(string))]).toEqual([
            expression,
            each,
            true,
          ]);
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) * 3 },
  );
});
