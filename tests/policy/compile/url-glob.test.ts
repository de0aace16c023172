import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Glob, UrlGlob } from '../../../policy/compile/url-glob.ts';
import { canonicalPath } from '../../../policy/path.ts';
import { parseUrlPattern } from '../../../policy/model/patterns.ts';
import { noHeaders } from '../../../policy/request.ts';
import type { UrlFacts } from '../../../policy/request.ts';

const glob = (text: string): UrlGlob => {
  const read = parseUrlPattern(text);
  if (!read.ok) throw new Error(read.hint);
  return new UrlGlob(read.value);
};
const url = (path: string, rawPath = path): UrlFacts => ({
  method: 'GET',
  path,
  rawPath,
  query: '',
  search: null,
  extension: '',
  upload: null,
  headers: noHeaders,
});

describe('a path glob', () => {
  it.each([
    ['/a', '/a', true],
    ['/a', '/A', true],
    ['/a', '/ab', false],
    ['/a/*', '/a/b', true],
    ['/a/*', '/a', false],
    ['/a/*', '/a/b/c', false],
    ['/a/*', '/a/.hidden', true],
    ['/a/**', '/a', true],
    ['/a/**', '/a/b/c', true],
    ['/a/**', '/ab', false],
    ['/**', '/', true],
    ['/**', '/a/b', true],
    ['/**/z', '/z', true],
    ['/**/z', '/a/b/z', true],
    ['/*.js', '/x.js', true],
    ['/*.js', '/xjs', false],
    ['/a?', '/a?', true],
    ['/a?', '/ab', false],
    ['/{a,b}', '/{a,b}', true],
    ['/{a,b}', '/a', false],
    ['/[ab]', '/[ab]', true],
    ['/[ab]', '/a', false],
    ['/!(a)', '/!(a)', true],
    ['/!(a)', '/b', false],
    ['/+(a)*', '/+(a)b', true],
    ['/a|b', '/a', false],
    ['/$x^', '/$x^', true],
    ['/café/*', '/café/x', true],
    ['/*/b', '/a\nc/b', true],
  ])('%s on %j: %s', (pattern, path, expected) => {
    const found = glob(`x.test${pattern}`);
    expect(found.matchesPath(url(path), false)).toBe(expected);
  });

  it('says the same by its regular expression and by its two pointers', () => {
    const piece = fc.constantFrom('a', 'b', '.', '/', '/', '(', '?', 'é');
    const pattern = fc
      .array(fc.oneof(piece, fc.constantFrom('*', '/**', '/**/')), { maxLength: 7 })
      .map((p) => `x.test/${p.join('')}`);
    const path = fc.array(piece, { maxLength: 12 }).map((p) => `/${p.join('')}`);
    fc.assert(
      fc.property(pattern, fc.array(path, { maxLength: 10 }), (text, paths) => {
        const read = parseUrlPattern(text);
        fc.pre(read.ok);
        if (!read.ok) return;
        const found = new Glob(read.value.path.slice(1));
        for (const each of paths) {
          const canonical = canonicalPath(each).slice(1);
          expect([text, canonical, found.test(canonical)]).toEqual([
            text,
            canonical,
            found.testRaw(canonical),
          ]);
        }
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
    );
  });

  it('closes by either form of the path, and opens by the canonical one only', () => {
    const detour = url('/closed', '/open/../closed');
    expect(glob('x.test/open/**').matchesPath(detour, false)).toBe(true);
    expect(glob('x.test/open/**').matchesPath(detour, true)).toBe(false);
  });

  it('answers for the longest path that a request can have', () => {
    const long = `/${'a/'.repeat(8_000)}a`;
    expect(glob('x.test/**/a/**/a/**/b').matchesPath(url(long), false)).toBe(false);
    expect(glob('x.test/*a*a*b').matchesPath(url(`/${'a'.repeat(16_000)}`), false)).toBe(false);
  });
});

describe('a host glob', () => {
  it.each([
    ['*.a.test', 'x.a.test', true],
    ['*.a.test', 'a.test', false],
    ['*.a.test', 'x.y.a.test', false],
    ['**.a.test', 'a.test', true],
    ['**.a.test', 'x.y.a.test', true],
    ['**.a.test', 'ba.test', false],
    ['www*.a.test', 'www2.a.test', true],
    ['www*.a.test', 'www.x.a.test', false],
    ['**', 'anything.test', true],
    ['a.*', 'a.test', true],
  ])('%s on %s: %s', (pattern, host, expected) => {
    expect(glob(`${pattern}/x`).matchesHost(host)).toBe(expected);
  });
});
