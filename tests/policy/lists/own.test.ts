import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readList } from '../../../policy/lists/own.ts';

describe('a list', () => {
  it('is hosts under the category, title and source that stand above them', () => {
    const text = [
      '# a comment',
      '@category games',
      '@title Games in the browser',
      '@source the publisher, 2026',
      'Games.TEST   # trailing',
      '  =www.play.test',
      '192.0.2.7',
      '@category social # another',
      'bücher.test',
    ];
    for (const end of ['\n', '\r\n']) {
      const list = readList('mine', `\ufeff${text.join(end)}`);
      const common = { list: 'mine', source: 'the publisher, 2026' };
      expect(list.entries).toEqual([
        { ...common, host: 'games.test', exact: false, category: 'games', line: 5 },
        { ...common, host: 'www.play.test', exact: true, category: 'games', line: 6 },
        { ...common, host: '192.0.2.7', exact: true, category: 'games', line: 7 },
        { ...common, host: 'xn--bcher-kva.test', exact: false, category: 'social', line: 9 },
      ]);
      expect(list.titles).toEqual({ games: 'Games in the browser' });
      expect(list.report).toEqual({ accepted: 4, duplicate: 0, subsumed: 0, rejected: [] });
    }
  });

  it('counts what says nothing new, and keeps the rest', () => {
    const { entries, report } = readList(
      'l',
      '@category a\nx.test\nX.test.\nb.x.test\n=x.test\n=y.test\ny.test\n@category b\nb.x.test',
    );
    expect(entries.map(({ host, category }) => `${category} ${host}`)).toEqual([
      'a x.test',
      'a y.test',
      'b b.x.test',
    ]);
    expect(report).toEqual({ accepted: 3, duplicate: 1, subsumed: 3, rejected: [] });
  });

  it.each([
    ['a.test', 1, 1, 'no category yet: write `@category name` above'],
    ['@category a\n  *.192.0.2.7', 2, 3, 'an address has no sub-domains'],
    ['@category a\nhttps://a.test/x', 2, 1, 'write the host without scheme and port'],
    ['@category a\na.test:80', 2, 1, 'write the host without scheme and port'],
    ['@category a\na..test', 2, 1, 'this is no host'],
    [
      '@category a\ntest',
      2,
      1,
      'this would reach everything under `test`: write `=test` for that host alone, `.test` for all of it',
    ],
    [
      '@categroy a',
      1,
      1,
      '`@categroy` is not understood here: write `@category name`, then `@title …`, `@source …`',
    ],
    [
      '@category Not A Name',
      1,
      1,
      '`@category` is not understood here: write `@category name`, then `@title …`, `@source …`',
    ],
  ])('%j is left out at line %i, column %i', (text, line, column, why) => {
    expect(readList('l', text).report.rejected).toEqual([{ line, column, why }]);
  });

  it('keeps apart what is more than a host', () => {
    const { entries, others, report } = readList(
      'l',
      '@category a\nx.test\n*.y.test\n! z.test\nx.test/a\nregex ^x\nregex ^x',
    );
    expect(entries.map(({ host }) => host)).toEqual(['x.test']);
    expect(others.map(({ kind, except, line }) => [kind, except, line])).toEqual([
      ['host', false, 3],
      ['host', true, 4],
      ['path', false, 5],
      ['regex', false, 6],
    ]);
    expect(report).toEqual({ accepted: 5, duplicate: 1, subsumed: 0, rejected: [] });
  });

  it('whatever it holds, is read', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('@category a', '@source', 'a.test', '=b.test', '#', ' # x', '[::1]'),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const { entries, others, report } = readList('l', lines.join('\n'));
        expect(entries.length + others.length).toBe(report.accepted);
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
    );
  });
});
