import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DomainsReader,
  ExpressionsReader,
  parseGlobalUsage,
  parseUsage,
  UrlsReader,
} from '../../../policy/lists/squidguard.ts';
import { bytes, latin1, lines, outcome } from './helpers.ts';

type Content = string | Uint8Array | readonly Uint8Array[];
const domains = (content: Content) =>
  outcome(
    (sink, report) => new DomainsReader({ file: 'adult/domains', category: 'adult' }, sink, report),
    content,
  );
const urls = (content: Content) =>
  outcome((sink, report) => new UrlsReader({ file: 'adult/urls', category: 'adult' }, sink, report), content);
const expressions = (content: Content, file = 'adult/expressions', veryRestrictive = false) =>
  outcome(
    (sink, report) => new ExpressionsReader({ file, category: 'adult', veryRestrictive }, sink, report),
    content,
  );

describe('domains', () => {
  it.each([
    ['example.org', 'example.org'],
    ['Example.ORG. ', 'example.org'],
    ['192.0.2.7', '192.0.2.7'],
    ['.example.org', 'example.org'],
    ['b\u00fccher.test', 'xn--bcher-kva.test'],
    ['xn--bcher-kva.test', 'xn--bcher-kva.test'],
    ['www.example.org:8080', 'www.example.org'],
    ['http://example.org/', 'example.org'],
    ['example.org # why', 'example.org'],
    ['example.org/a', 'example.org/a'],
  ])('%j is %s', (line, entry) => {
    expect(domains(`\ufeff${line}\r\n`).lines).toEqual([entry]);
  });

  it('say where each stands, and what is none', () => {
    const { entries, rejected } = domains(
      lines('# made by', '', 'a.test', 'localhost', '-', '1', 'a b', 'b\0.test', 'b.test'),
    );
    expect(entries.map(({ file, line }) => [file, line])).toEqual([
      ['adult/domains', 3],
      ['adult/domains', 9],
    ]);
    expect(rejected).toEqual([
      '4: this would reach everything under `localhost`',
      '5: this would reach everything under `-`',
      '6: an address is four decimal numbers',
      '7: this is no host',
      '8: a NUL byte: this is not text',
    ]);
  });

  it('may be empty', () => {
    expect(domains('').report).toMatchObject({ accepted: 0, rejectedCount: 0 });
  });
});

it.each([
  ['example.org', 'example.org'],
  ['example.org/', 'example.org'],
  ['example.org/a/', 'example.org/a'],
  ['example.org/a//b', 'example.org/a/b'],
  ['Example.org:80/A', 'example.org/a'],
  ['example.org/a#top', 'example.org/a'],
  ['example.org/?id=1', 'example.org/?id=1'],
  ['youtube.com/watch?v=aBc', 'youtube.com/watch?v=abc'],
  ['192.0.2.7/a', '192.0.2.7/a'],
  ['example.org/a%20b', 'example.org/a%20b'],
  ['example.org/~joe/%7Ejoe', 'example.org/~joe/~joe'],
])('in urls, %s is %s', (line, entry) => {
  expect(urls(lines(line)).lines).toEqual([entry]);
});

it('a URL of which only what is never sent tells it from its site is no entry', () => {
  expect(urls(lines('example.org/#/bad')).rejected).toEqual([
    '1: what stands after `#` is never sent, and the rest would be the whole site',
  ]);
});

describe('expressions', () => {
  it('are regular expressions', () => {
    const broad = '(^|[-\\?+=/_])(bigsex|teen|tit)s?([-\\?+=/_]|$)';
    expect(expressions(lines('# broad', broad)).lines).toEqual([`regex ${broad}`]);
  });

  it('that call themselves very restrictive stay out unless they are asked for', () => {
    const file = 'adult/very_restrictive_expression';
    expect(expressions(lines('sex', 'porn'), file).report).toMatchObject({
      accepted: 0,
      skipped: { 'very restrictive expression': 2 },
      notes: [`\`${file}\` was left out: it closes far more than its category`],
    });
    expect(expressions(lines('sex'), file, true).lines).toEqual(['regex sex']);
  });
});

it.each([
  ['black\n', { list: 'black', aliases: [] }],
  ['white', { list: 'white', aliases: [] }],
  ['\ufeffBlack\r\naggressive\r\nviolence \r\n', { list: 'black', aliases: ['aggressive', 'violence'] }],
  ['', { list: null, aliases: [] }],
  ['porn', { list: null, aliases: ['porn'] }],
  ['black\n../../etc', { list: 'black', aliases: [] }],
])('usage %j', (text, usage) => {
  expect(parseUsage(text)).toEqual(usage);
});

it('global_usage describes categories in several languages', () => {
  const text = [
    '# comment',
    'NAME: adult',
    'DEFAULT_TYPE: black',
    'SOURCE: http://example.org/',
    'DESC FR: Des sites adultes: \u00e9rotiques',
    'DESC EN: Adult sites',
    'NAME EN: Adult',
    '',
    'NAME: bank',
    'DEFAULT_TYPE: white_list',
    'junk',
  ].join('\r\n');
  expect(parseGlobalUsage(text)).toEqual([
    {
      name: 'adult',
      list: 'black',
      source: 'http://example.org/',
      titles: { en: 'Adult' },
      descriptions: { fr: 'Des sites adultes: \u00e9rotiques', en: 'Adult sites' },
    },
    { name: 'bank', list: 'white', source: null, titles: {}, descriptions: {} },
  ]);
});

it('whatever the files hold, they are read', () => {
  const piece = fc.constantFrom('\n', 'a.test', '/', '#', '192.0.2.7', '[[:alpha:]]', '(', 'NAME: ', '\r');
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.uint8Array(), piece.map(bytes))), (chunks) => {
      for (const found of [domains(chunks), urls(chunks), expressions(chunks)])
        expect(found.entries).toHaveLength(found.report.accepted);
      parseUsage(Buffer.concat(chunks).toString());
      parseGlobalUsage(Buffer.concat(chunks).toString());
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
  );
});

it('bytes that are no UTF-8 make no entry', () => {
  expect(domains(latin1('b\xfccher.test\na.test\n'))).toMatchObject({ lines: ['a.test'] });
});
