import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCategoryConf, RedwoodReader, RedwoodUrlReader } from '../../../policy/lists/redwood.ts';
import { bytes, lines, outcome } from './helpers.ts';

type Content = string | readonly Uint8Array[];
const read = (content: Content) =>
  outcome((sink, report) => new RedwoodReader({ file: 'a.list', category: 'a' }, sink, report), content);
const readUrls = (content: Content) =>
  outcome(
    (sink, report) => new RedwoodUrlReader({ file: 'a.urllist', category: 'a' }, sink, report),
    content,
  );
const lost = 'scores were dropped: one entry is enough, whatever it scored and whatever the threshold was';

describe('a rule', () => {
  it.each([
    ['example.org 200', 'example.org'],
    ['Example.org/A/b 200 400', 'example.org/a/b'],
    ['example.org -50', '! example.org'],
    ['ip:10.1.10.0/24 100', 'ip 10.1.10.0-10.1.10.255'],
    ['ip:10.1.10.5-10.1.10.9 100', 'ip 10.1.10.5-10.1.10.9'],
    ['ip:10.1.10.5-255 100', 'ip 10.1.10.5-10.1.10.255'],
    ['ip:10.1.10.5 100', '10.1.10.5'],
    ['/porn\\d+/ 100', 'regex porn\\d+'],
    ['/porn/h 100', 'regex ^[^/?]*(?:porn)'],
    ['/^porn./h 100', 'regex ^(?:porn[^/?])'],
    ['/porn$/h 100', 'regex ^[^/?]*(?:porn)(?=[/?]|$)'],
    ['/\\.exe$/p 100', 'regex ^[^/?]*[^?]*(?:\\.exe)(?=\\?|$)'],
    ['/q=sex/q 100', 'regex ^[^?]*\\?.*(?:q=sex)'],
  ])('%s is %s', (rule, entry) => {
    const { lines: found, report } = read(lines(`${rule} # why`));
    expect(found).toEqual([entry]);
    expect(report.notes).toEqual([lost]);
  });

  it.each([
    ['<phrase> 20', 'phrase'],
    ['<a phrase # 1> 20', 'phrase'],
    ['%0123456789abcdef0123456789abcdef-4 100', 'image hash'],
    ['a.test & b.test 10', 'compound rule'],
    ['<a> | <b> 10', 'compound rule'],
    ['a.test &! b.test 10', 'compound rule'],
    ['(a.test) 10', 'compound rule'],
    ['example.org 0', 'rule without points'],
    ['/porn/d 100', 'expression over a part of the address'],
    ['/[^a]b/h 100', 'expression over a part of the address'],
  ])('%s is counted', (rule, kind) => {
    expect(read(lines(rule)).report).toMatchObject({ accepted: 0, skipped: { [kind]: 1 }, rejectedCount: 0 });
  });

  it.each([
    ['example.org', 'this rule has no points, and no `default` is above it'],
    ['example.org many', 'after a rule come its points, and at most how many'],
    ['example.org 1 2 3', 'after a rule come its points, and at most how many'],
    ['/a 10', 'this is no expression between slashes'],
    ['/(/ 10', 'this is no regular expression of JavaScript'],
    ['ip:x 10', '`x` is not an IP address; write a range such as `10.0.0.0/8`'],
  ])('%s is rejected', (rule, why) => {
    expect(read(lines(rule)).rejected).toEqual([`1: ${why}`]);
  });

  it('has the points of the last default', () => {
    expect(read(lines('default 150', 'a.test', 'default -150', 'b.test', 'c.test 10')).lines).toEqual([
      'a.test',
      '! b.test',
      'c.test',
    ]);
  });
});

it.each([
  [lines('score 100', 'a.test', 'b.test/x'), ['a.test', 'b.test/x']],
  [lines('score -100', 'a.test'), ['! a.test']],
  [lines('score 0', 'a.test'), []],
  [lines('a.test', 'b.test'), ['a.test', 'b.test']],
])('%j of addresses', (content, entries) => {
  expect(readUrls(content).lines).toEqual(entries);
});

describe('category.conf', () => {
  it('says what a category is', () => {
    const text = 'description: Games\naction: block\nparent_multiplier: 0.5\nincludes: {other: 0.5}\n';
    expect(parseCategoryConf(text)).toEqual({
      description: 'Games',
      action: 'block',
      includes: { other: 0.5 },
      notes: [
        '`parent_multiplier` in `category.conf` has no meaning here',
        '`includes` in `category.conf` names lists that are not drawn in',
      ],
    });
  });

  it.each([
    ['', []],
    ['{', ['`category.conf` is no YAML']],
    ['action: burn', ['`category.conf` is not understood']],
    ['a: &a [x]\nb: [*a, *a]', ['`category.conf` is no YAML']],
  ])('%j is survived', (text, notes) => {
    expect(parseCategoryConf(text)).toMatchObject({ action: null, notes });
  });
});

it('whatever they hold, they are read', () => {
  const piece = fc.constantFrom(
    '\n',
    'a.test 10',
    '/x/h 5',
    'default 1\n',
    '<a>',
    ' & ',
    'ip:',
    'score 1\n',
    '%',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.uint8Array(), piece.map(bytes))), (chunks) => {
      for (const found of [read(chunks), readUrls(chunks)])
        expect(found.entries).toHaveLength(found.report.accepted);
      parseCategoryConf(Buffer.concat(chunks).toString());
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
  );
});
