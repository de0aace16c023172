import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvReader } from '../../../policy/lists/csv.ts';
import type { CsvOptions } from '../../../policy/lists/csv.ts';
import { bytes, lines, outcome } from './helpers.ts';

const read = (content: string | readonly Uint8Array[], options: Partial<CsvOptions> = {}) =>
  outcome(
    (sink, report) => new CsvReader({ file: 'sites.csv', category: 'a', ...options }, sink, report),
    content,
  );

describe('a table of sites', () => {
  it.each([
    ['url', 'a.test'],
    ['Comment,URL', 'mine,a.test'],
    ['"Domain Name";Action', 'a.test;Block'],
    ['comment\tHost\taction', '\ta.test\tblock'],
    ['Pattern|Notes', 'a.test|"x|y"'],
    ['sep=;\nurl;comment', 'a.test;x'],
  ])('is known by its columns: %j', (head, row) => {
    expect(read(`\ufeff${head}\r\n${row}\r\n`).lines).toEqual(['a.test']);
  });

  it.each([
    ['a.test', ['a.test']],
    ['a.test,block', ['a.test']],
    ['block;https://a.test/', ['a.test']],
    ['1,*.a.test,x', ['a.test']],
  ])('or by what stands in them: %j', (row, entries) => {
    expect(read(lines(row)).lines).toEqual(entries);
  });

  it.each([
    ['https://A.test/Path?x=1', 'a.test/path?x=1'],
    ['*.a.test', 'a.test'],
    ['*.a.test/*', 'a.test'],
    ['https://*.a.test/x/*', 'a.test/x'],
    ['*://*.a.test/*', 'a.test'],
    ['a.test/*', 'a.test'],
    ['a.test*', 'a.test'],
    ['a.test/x/*', 'a.test/x'],
    ['a.test/x*', 'abp ||a.test/x'],
    ['a.test/x/*/y', 'abp ||a.test/x/*/y^'],
    ['google.*', 'abp ||google.'],
    ['*casino*', 'abp casino'],
    ["'a.test", 'a.test'],
    ['192.0.2.7', '192.0.2.7'],
    ['"a.test/x,y"', 'a.test/x,y'],
    ['b\u00fccher.test', 'xn--bcher-kva.test'],
  ])('%s is %s', (site, entry) => {
    expect(read(lines('url,comment', `${site},x`))).toMatchObject({ lines: [entry], rejected: [] });
  });

  it.each([
    ['not a site,block', 'this is no host'],
    [',block', 'this row names no site'],
    ['a.test,maybe', '`maybe` is neither to allow nor to block'],
    ['*,block', '`*` is too wide a pattern, or none'],
    ['*a*,block', '`*a*` is too wide a pattern, or none'],
    ['*.com$x*y,block', '`com$x*y` is too wide a pattern, or none'],
    ['"a.test,block', 'a quote is not closed'],
  ])('%s is rejected', (row, why) => {
    expect(read(lines('url,action', row)).rejected).toEqual([`2: ${why}`]);
  });

  it('keeps what it allows apart', () => {
    const content = lines('url,action', 'a.test,block', 'b.test,allow', 'c.test,');
    expect(read(content).lines).toEqual(['a.test', 'c.test']);
    expect(read(content).report.skipped).toEqual({ 'row that allows': 1 });
    expect(
      read(content, { allowCategory: 'mine' }).entries.map(({ category, line }) => [category, line]),
    ).toEqual([
      ['a', 2],
      ['mine', 3],
      ['a', 4],
    ]);
  });

  it('may name a category in each row', () => {
    const { entries } = read(lines('url,category', 'a.test,Games', 'b.test,'), {
      categoryOf: (name) => name.toLowerCase(),
    });
    expect(entries.map(({ category }) => category)).toEqual(['games', 'a']);
  });

  it('has rows over several lines', () => {
    const { entries } = read('url,comment\na.test,"two\nlines, ""quoted"""\nb.test,x\n');
    expect(entries.map(({ line }) => line)).toEqual([2, 4]);
  });

  it('without a column for sites is none', () => {
    expect(read(lines('name,comment', 'x,y')).rejected.slice(0, 1)).toEqual([
      '1: no column is called `url`, `domain`, `host` or `pattern`',
    ]);
  });
});

it('whatever it holds, is read', () => {
  const piece = fc.constantFrom('\n', ',', ';', '"', 'url', 'a.test', '*', 'allow', '\r\n', '\t', '"a.test"');
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.uint8Array(), piece.map(bytes))), (chunks) => {
      expect(read(chunks).entries).toHaveLength(read(chunks).report.accepted);
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
  );
});
