import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { E2Reader } from '../../../policy/lists/e2guardian.ts';
import { e2Role, phraseKind } from '../../../policy/lists/e2guardian-roles.ts';
import type { E2Options } from '../../../policy/lists/e2guardian.ts';
import { bytes, latin1, lines, outcome } from './helpers.ts';

const read = (
  kind: E2Options['kind'],
  content: string | Uint8Array | readonly Uint8Array[],
  options: Partial<E2Options> = {},
) =>
  outcome(
    (sink, report) =>
      new E2Reader({ file: 'lists/list', category: 'banned', kind, ...options }, sink, report),
    content,
  );

describe('a list of sites', () => {
  it.each([
    ['example.org', 'example.org'],
    ['  Example.ORG/  ', 'example.org'],
    ['.gov', '.gov'],
    ['ftp://files.test/', 'files.test'],
    ['http://example.org', 'example.org'],
    ['example.org # why', 'example.org'],
    ['example.org:8080', 'example.org'],
    ['192.0.2.7', '192.0.2.7'],
    ['b\u00fccher.test', 'xn--bcher-kva.test'],
    ['example.org.', 'example.org'],
  ])('%j is %s', (item, entry) => {
    expect(read('site', lines(item)).lines).toEqual([entry]);
    expect(read('site', `\ufeff${item}\r\n`).lines).toEqual([entry]);
  });

  it('says what it took away', () => {
    expect(read('site', lines('http://a.test', 'http://b.test:80', 'c.test/x')).report.notes).toEqual([
      '`http://` was taken away: entries hold for every scheme (2 times)',
      'a port was taken away: entries hold for every port',
      'an address in a list of sites was taken as an address',
    ]);
  });

  it('may be hosts alone, or exceptions', () => {
    expect(read('site', lines('a.test', '192.0.2.7'), { exact: true }).lines).toEqual([
      '=a.test',
      '192.0.2.7',
    ]);
    expect(read('site', lines('a.test'), { except: true }).lines).toEqual(['! a.test']);
  });

  it.each(['**', '*ip', '**s', '**ips'])('does not take %s for a site', (token) => {
    expect(read('site', lines(token)).rejected).toEqual([
      `1: \`${token}\` closed or opened everything in version 4; here a rule for what is in no category does`,
    ]);
  });

  it.each([
    ['a', 'shorter than two characters'],
    ['', 'empty'],
    ['#a.test', 'a comment'],
    ['# listcategory: "x"', 'a comment'],
  ])('%j is nothing: %s', (item) => {
    expect(read('site', lines(item)).report).toMatchObject({ accepted: 0, rejectedCount: 0, notes: [] });
  });

  it.each([
    [`${'a'.repeat(2_049)}.test`, 'longer than 2048 characters'],
    ['gov', 'this would reach everything under `gov`'],
    ['a b.test', 'this is no host'],
    ['user@a.test', 'it holds the name of a user'],
    ['010.1.1.1', 'an address is four decimal numbers'],
    ['12345', 'an address is four decimal numbers'],
  ])('%# is rejected', (item, why) => {
    expect(read('site', lines(item)).rejected).toEqual([`1: ${why}`]);
  });
});

it.each([
  ['url', 'Example.org/Some/Path/', 'example.org/some/path'],
  ['url', 'example.org:80/a', 'example.org/a'],
  ['url', 'example.org/a%20b/../c', 'example.org/c'],
  ['url', 'example.org/a#b', 'example.org/a'],
  ['url', 'example.org/a//b', 'example.org/a/b'],
  ['url', 'video.test/watch?v=Ab', 'video.test/watch?v=ab'],
  ['ip', '192.0.2.7', '192.0.2.7'],
  ['ip', '10.0.0.0/8', 'ip 10.0.0.0-10.255.255.255'],
  ['ip', '10.0.0.7/255.255.255.0', 'ip 10.0.0.0-10.0.0.255'],
  ['ip', '10.0.0.1-10.0.0.9', 'ip 10.0.0.1-10.0.0.9'],
  ['regex', '(Sex|porn).*\\.jpg$', 'regex (Sex|porn).*\\.jpg$'],
  ['regex', 'a(?#note)b', 'regex ab'],
  ['search', 'big+bad', 'term bad big'],
  ['extension', '.exe  # programs', 'ext exe'],
  ['type', 'Video/MPEG', 'type video/mpeg'],
] as const)('in a list of kind %s, %s is %s', (kind, item, entry) => {
  expect(read(kind, lines(item)).lines).toEqual([entry]);
});

it.each([
  ['ip', '10.0.0.0/255.0.255.0', 'this is no network'],
  ['ip', '10.0.0.999', '`10.0.0.999` is not an IP address; write a range such as `10.0.0.0/8`'],
  ['ip', '10.0.0.0/99', 'this is no network'],
  ['url', 'example.org/#/a', 'what stands after `#` is never sent, and the rest would be the whole site'],
  ['regex', '(a', 'this is no regular expression of JavaScript'],
  ['regex', 'a*', 'this expression holds for every address'],
  ['extension', '.tar.gz', 'this is no file extension'],
  ['type', 'video', 'this is no media type'],
] as const)('in a list of kind %s, %s is rejected', (kind, item, why) => {
  expect(read(kind, lines(item)).rejected).toEqual([`1: ${why}`]);
});

describe('directives', () => {
  const slug = (name: string) => name.toLowerCase();

  it('give a file its category, and an included file its own', () => {
    const include = (path: string) =>
      path === 'lists/more' ? [bytes('#listcategory: "Games"\nc.test\n')] : null;
    const { entries } = read('site', lines('a.test', '#listcategory: "Adult"', '.Include<more>', 'b.test'), {
      categoryOf: slug,
      include,
    });
    expect(entries.map(({ category, file, line }) => [category, file, line])).toEqual([
      ['banned', 'lists/list', 1],
      ['games', 'lists/more', 2],
      ['adult', 'lists/list', 4],
    ]);
  });

  it('with `ADs` in the name are about advertisements', () => {
    expect(read('site', lines('#listcategory: "ADs and more"')).report.notes).toEqual([
      '`ADs and more` holds advertisements, which are best closed quietly',
    ]);
  });

  it('that limit the time take the entries out, since without it they would mean something else', () => {
    const { lines: found, report } = read(
      'site',
      lines('a.test', '#time: 8 0 15 30 01234', 'b.test', 'c.test'),
    );
    expect(found).toEqual(['a.test']);
    expect(report.skipped).toEqual({ 'limited in time': 2 });
    expect(report.notes).toEqual([
      '`#time: 8 0 15 30 01234` in lists/list limits what follows, which was left out: write a schedule and a list of its own',
      '`#time: 8 0 15 30 01234` in lists/list limits what stands above it too, which was taken without the limit',
    ]);
  });
});

describe('.Include', () => {
  const from = (files: Readonly<Record<string, string>>) => ({
    include: (path: string) => (Object.hasOwn(files, path) ? [bytes(files[path] ?? '')] : null),
  });

  it.each([
    ['.Include<other>', 'lists/other'],
    ['  .Include<./sub/../other>', 'lists/other'],
    ['.Include<../common/other>', 'common/other'],
    ['.Include<__LISTDIR__/common/other>', 'common/other'],
    ['.Include</etc/e2guardian/lists/common/other>', 'common/other'],
    ['.Include</etc/e2guardian/lists/common/other>', 'lists/common/other'],
    ['.Include</etc/e2guardian/lists/common/other>', 'conf/lists/common/other', 'conf/lists/group/list'],
    ['.Include<__LISTDIR__/other>', 'conf/lists/group/other', 'conf/lists/group/list'],
  ])('%s draws in %s', (line, path, file = 'lists/list') => {
    expect(read('site', lines(line), { ...from({ [path]: 'a.test\n' }), file }).lines).toEqual(['a.test']);
  });

  it.each([
    ['.Include<../../etc/passwd>', '`../../etc/passwd` leaves the source'],
    ['.Include</../../etc/passwd>', '`/../../etc/passwd` leaves the source'],
    ['.Include<..\\..\\etc\\passwd>', '`..\\..\\etc\\passwd` leaves the source'],
    ['.Include<>', '`` is not in the source'],
    ['.Include<none>', '`none` is not in the source'],
  ])('%s is refused', (line, why) => {
    expect(read('site', lines(line), from({ 'etc/passwd': 'x.test' })).rejected).toEqual([`1: ${why}`]);
  });

  it('reads a file once, however they draw each other in', () => {
    const files = { 'lists/a': '.Include<b>\na.test\n', 'lists/b': '.Include<a>\n.Include<list>\nb.test\n' };
    const { lines: found, report } = read('site', lines('.Include<a>', '.Include<b>'), from(files));
    expect(found).toEqual(['b.test', 'a.test']);
    expect(report.notes).toHaveLength(3);
  });

  it('ends somewhere', () => {
    let n = 0;
    const { rejected } = read('site', lines('.Include<0>'), { include: () => [bytes(`.Include<${++n}>\n`)] });
    expect(rejected).toEqual(['1: too many files draw each other in']);
    expect(n).toBe(11);
  });

  it('is counted where nobody can give the files', () => {
    expect(read('site', lines('.Include<a>')).report.skipped).toEqual({ include: 1 });
  });
});

describe('phrases', () => {
  it.each([
    ['<a>', 'phrase'],
    ['< a >', 'phrase'],
    ['<a><50>', 'phrase with a weight'],
    ['<a><-30>', 'phrase with a negative weight'],
    ['<a><10%>', 'phrase with a share of the limit'],
    ['<a><0>', 'phrase without a valid weight'],
    ['<a><x>', 'phrase without a valid weight'],
    ['<a>,<b>,<c>', 'combination of phrases'],
    ['<a>,<b><50>', 'combination of phrases with a weight'],
    ['<a> ,<b><50>', 'phrase with a weight'],
    ['<100% porn><80>', 'phrase with a weight'],
    ['a', 'line that is no phrase'],
  ])('%s is a %s', (line, kind) => {
    expect(phraseKind(line)).toBe(kind);
  });

  it('are counted by kind', () => {
    expect(read('phrase', lines('<a><50>', '<b><50>', '<c>', '#noconvert')).report).toMatchObject({
      accepted: 0,
      skipped: { 'phrase with a weight': 2, phrase: 1 },
    });
  });
});

it.each([
  ['lists/bannedsitelist', { kind: 'site', role: 'banned' }],
  ['exceptionurllist', { kind: 'url', role: 'exception' }],
  ['greysitelist', { kind: 'site', role: 'grey' }],
  ['localbannedsitelist', { kind: 'site', role: 'banned' }],
  ['logsitelist', { kind: 'site', role: 'log' }],
  ['bannedregexpurllist', { kind: 'regex', role: 'banned' }],
  ['bannedsiteiplist', { kind: 'ip', role: 'banned' }],
  ['bannedsearchlist', { kind: 'search', role: 'banned' }],
  ['bannedextensionlist', { kind: 'extension', role: 'banned' }],
  ['bannedmimetypelist', { kind: 'type', role: 'banned' }],
  ['weightedphraselist', { kind: 'phrase', role: 'banned' }],
  ['urlregexplist', { kind: 'replacement', role: 'banned' }],
  ['nomitmsitelist', null],
  ['exceptionvirussitelist', null],
  ['exceptionfilesitelist', null],
  ['bannedsslsitelist', null],
  ['bannedregexpuseragentlist', null],
  ['refererexceptionsitelist', null],
  ['bannedsitelist.in', null],
  ['bannediplist', null],
  ['filtergroupslist', null],
])('%s: %j', (name, role) => {
  expect(e2Role(name)).toEqual(role);
});

it('bytes that are no UTF-8 make no entry', () => {
  expect(read('site', latin1('b\xfccher.test\na.test # caf\xe9\n'))).toMatchObject({ lines: ['a.test'] });
});

it('whatever a list holds, is read', () => {
  const piece = fc.constantFrom(
    '.Include<x>\n',
    '\n',
    '#time: ',
    '#listcategory: "A"\n',
    '<a>',
    '<5>',
    'a.test',
    '/',
    ' #',
    '[[:alpha:]]',
  );
  const kind = fc.constantFrom(
    'site',
    'url',
    'ip',
    'regex',
    'search',
    'extension',
    'type',
    'phrase',
    'replacement',
  );
  fc.assert(
    fc.property(kind, fc.array(fc.oneof(fc.uint8Array(), piece.map(bytes))), (of, chunks) => {
      const { entries, report } = read(of, chunks, { include: () => chunks });
      expect(entries).toHaveLength(report.accepted);
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
  );
});
