import fc from 'fast-check';
import { expect, it } from 'vitest';
import { matchesGlob } from '../../../policy/compile/glob-bytes.ts';
import { literalsOfGlob } from '../../../policy/compile/glob-text.ts';
import { Glob } from '../../../policy/compile/url-glob.ts';

const runs = { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) * 3 };
const piece = fc.constantFrom('a', 'b', 'é', '.', '/', '/');
const glob = fc
  .array(fc.oneof(piece, fc.constantFrom('*', '/**', '/**/', '**')), { maxLength: 8 })
  .map((all) => all.join(''));
const text = fc.array(piece, { maxLength: 12 }).map((all) => all.join(''));

const matches = (pattern: string, asked: string): boolean => {
  const [g, t] = [Buffer.from(`<${pattern}>`), Buffer.from(`<${asked}>`)];
  return matchesGlob(g, 1, g.length - 1, t, 1, t.length - 1, 47);
};

it('a glob over bytes says what it says over text', () => {
  fc.assert(
    fc.property(glob, fc.array(text, { maxLength: 20 }), (pattern, texts) => {
      for (const each of texts)
        expect([pattern, each, matches(pattern, each)]).toEqual([
          pattern,
          each,
          new Glob(pattern).testRaw(each),
        ]);
    }),
    runs,
  );
});

it('the literals of a glob are in all that it matches', () => {
  fc.assert(
    fc.property(glob, fc.array(text, { maxLength: 20 }), (pattern, texts) => {
      // `**` is a whole segment, or there is no such glob.
      fc.pre(pattern.split('/').every((segment) => segment === '**' || !segment.includes('**')));
      for (const each of texts)
        if (new Glob(pattern).testRaw(each))
          for (const literal of literalsOfGlob(`x.test/${pattern}`.replace(/\/+$/, '')))
            expect([pattern, `x.test/${each}`, `x.test/${each}`.includes(literal)]).toEqual([
              pattern,
              `x.test/${each}`,
              true,
            ]);
    }),
    runs,
  );
});

it.each([
  ['a.test/b/**', ['a.test/b']],
  ['a.test/**/b', ['a.test', '/b']],
  ['www*.a.test/x', ['www', '.a.test/x']],
  ['**/x/*', ['/x/']],
  ['a.**.b/x', ['a', '.b/x']],
])('%s has the literals %j', (pattern, literals) => expect(literalsOfGlob(pattern)).toEqual(literals));
