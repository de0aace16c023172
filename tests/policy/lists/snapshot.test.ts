import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalHost, canonicalPath } from '../../../policy/facts.ts';
import type { ListEntry, Pattern } from '../../../policy/lists/entry.ts';
import { SnapshotReader, SnapshotWriter, snapshotText } from '../../../policy/lists/snapshot.ts';
import { bytes, latin1, lines, outcome } from './helpers.ts';

const read = (content: string | Uint8Array | readonly Uint8Array[]) =>
  outcome((sink, report) => new SnapshotReader('mine', sink, report), content);
const inCategory = (...all: readonly string[]) => read(lines('@category a', ...all));

describe('a line of a snapshot', () => {
  it.each([
    ['example.org', { kind: 'host', host: 'example.org', reach: 'subtree' }],
    ['  EXAMPLE.org.  # why', { kind: 'host', host: 'example.org', reach: 'subtree' }],
    ['=example.org', { kind: 'host', host: 'example.org', reach: 'exact' }],
    ['=localhost', { kind: 'host', host: 'localhost', reach: 'exact' }],
    ['*.example.org', { kind: 'host', host: 'example.org', reach: 'children' }],
    ['.xxx', { kind: 'host', host: 'xxx', reach: 'subtree' }],
    ['bücher.test', { kind: 'host', host: 'xn--bcher-kva.test', reach: 'subtree' }],
    ['192.0.2.7', { kind: 'host', host: '192.0.2.7', reach: 'exact' }],
    ['=192.0.2.7', { kind: 'host', host: '192.0.2.7', reach: 'exact' }],
    ['2001:DB8::1', { kind: 'host', host: '2001:db8::1', reach: 'exact' }],
    ['example.org/', { kind: 'host', host: 'example.org', reach: 'subtree' }],
    ['example.org/A/./b/', { kind: 'path', host: 'example.org', exact: false, path: '/a/b' }],
    ['=example.org/a%20b', { kind: 'path', host: 'example.org', exact: true, path: '/a b' }],
    ['192.0.2.7/a', { kind: 'path', host: '192.0.2.7', exact: true, path: '/a' }],
    ['[2001:db8::1]/a', { kind: 'path', host: '2001:db8::1', exact: true, path: '/a' }],
    ['video.test/watch?V=ab', { kind: 'path', host: 'video.test', exact: false, path: '/watch?v=ab' }],
    ['video.test?v=ab', { kind: 'path', host: 'video.test', exact: false, path: '/?v=ab' }],
    ['url *.example.org/a/**', { kind: 'glob', glob: '*.example.org/a/**' }],
    ['regex ^a #b[c]', { kind: 'regex', regex: '^a #b[c]' }],
    ['abp ||a.test/x$script', { kind: 'abp', rule: '||a.test/x$script' }],
    ['ip 10.0.0.0/8', { kind: 'ip', from: '10.0.0.0', to: '10.255.255.255' }],
    ['ip 10.0.0.1 - 10.0.0.9', { kind: 'ip', from: '10.0.0.1', to: '10.0.0.9' }],
    ['ip 10.0.0.1', { kind: 'ip', from: '10.0.0.1', to: '10.0.0.1' }],
    ['ip 2001:db8::/127', { kind: 'ip', from: '2001:db8::', to: '2001:db8::1' }],
    ['term Two  WORDS two # why', { kind: 'term', words: ['two', 'words'] }],
    ['ext .EXE', { kind: 'extension', extension: 'exe' }],
    ['type Video/MP4', { kind: 'type', type: 'video/mp4' }],
    ['type video/*', { kind: 'type', type: 'video/*' }],
  ])('%s', (text, pattern) => {
    const place = { category: 'a', source: null, file: null, line: 2 };
    expect(inCategory(text).entries).toEqual([{ ...place, except: false, ...pattern }]);
    expect(inCategory(`! ${text}`).entries).toEqual([{ ...place, except: true, ...pattern }]);
  });

  it('with an exception of Adblock Plus is one', () => {
    expect(inCategory('abp @@||a.test/x$script').lines).toEqual(['! abp @@||a.test/x$script']);
  });

  it.each([
    [
      'test',
      'this would reach everything under `test`: write `=test` for that host alone, `.test` for all of it',
    ],
    ['https://a.test/x', 'write the host without scheme and port'],
    ['a.test:80', 'write the host without scheme and port'],
    ['a..test', 'this is no host'],
    ['.a.test', 'a host has its sub-domains anyway: leave the first dot away'],
    ['*.192.0.2.7', 'an address has no sub-domains'],
    ['a.test b.test', 'one entry a line: this has spaces'],
    ['url a.test', 'write `host/path`; a host alone belongs under `hosts`'],
    ['regex (', 'this is no regular expression'],
    ['abp ad', 'so short a pattern is in nearly every address'],
    ['abp ||a.test^$badfilter', '`$badfilter` has nothing to take back here'],
    ['ip 10.0.0.9-10.0.0.1', 'the first address of a range is its lowest'],
    ['ip 10.0.0.1-::1', 'a range is of one family'],
    ['ip 10.0.0.1-', 'write a range as `10.0.0.1-10.0.0.9`'],
    ['term #', 'a term has at least one word'],
    ['ext tar.gz', 'an extension is letters and digits, such as `exe`'],
    ['type video', 'a media type is `video/mp4` or `video/*`'],
    ['a.test/#x', 'what stands after `#` is never sent, and the rest would be the whole site'],
    [
      '@categroy b',
      '`@categroy` is not understood here: write `@category name`, then `@title …`, `@source …`',
    ],
    ['@line 3', '`@line` is not understood here: write `@category name`, then `@title …`, `@source …`'],
  ])('%s is left out', (text, why) => {
    expect(inCategory(text).report.rejected).toEqual([{ file: 'mine', line: 2, column: 1, why }]);
  });
});

it('says where entries stood in their source', () => {
  const { entries } = read(
    lines(
      '@category a',
      '@source a friend',
      '@file a/domains',
      'x.test',
      '# no entry',
      'not a host',
      'y.test',
    ) + lines('@line 9', 'z.test', '@file a/urls', 'w.test/x', '@file', '@source', 'v.test'),
  );
  expect(entries.map(({ source, file, line }) => [source, file, line])).toEqual([
    ['a friend', 'a/domains', 1],
    ['a friend', 'a/domains', 3],
    ['a friend', 'a/domains', 9],
    ['a friend', 'a/urls', 1],
    [null, null, 14],
  ]);
});

describe('bytes', () => {
  it('end a line by LF, CRLF or CR, wherever they are cut', () => {
    const text = '@category a\r\nx.test\ry.test\nb\u00fccher.test\r\n\rz.test';
    for (const size of [1, 2, 3, 7, 100]) {
      const all = bytes(`\ufeff${text}`);
      const chunks = Array.from({ length: Math.ceil(all.length / size) }, (_, i) =>
        all.subarray(i * size, (i + 1) * size),
      );
      expect(read(chunks).entries.map(({ line }) => line)).toEqual([2, 3, 4, 6]);
      expect(read(chunks).rejected).toEqual([]);
    }
  });

  it('may be UTF-16, as some editors write', () => {
    const found = read(Buffer.from('\ufeff@category a\r\nb\u00fccher.test\r\n', 'utf16le'));
    expect(found.lines).toEqual(['xn--bcher-kva.test']);
    expect(found.report.notes).toEqual(['the file is UTF-16, and was read so']);
  });

  it('that are no UTF-8 make no entry of what is guessed', () => {
    const found = read(latin1('@category a\nx.test # caf\xe9\nb\xfccher.test\nx.test/caf\xe9\ny.test\n'));
    expect(found.lines).toEqual(['x.test', 'y.test']);
    expect(found.rejected).toEqual([
      '3: not UTF-8, and nobody can know which characters are meant',
      '4: not UTF-8, and nobody can know which characters are meant',
    ]);
    expect(found.report.notes).toEqual(['a line is not UTF-8, and was read as Windows-1252 (3 times)']);
  });

  it('that are no text reject their line alone', () => {
    expect(inCategory('x.test', 'y\0.test', 'z.test')).toMatchObject({
      lines: ['x.test', 'z.test'],
      rejected: ['3: a NUL byte: this is not text'],
    });
  });

  it('without an end of line are not kept', () => {
    const long = Buffer.alloc(100_000, 'a');
    const found = read([
      bytes('@category a\nx.test\n'),
      ...Array.from({ length: 100 }, () => long),
      bytes('\ny.test\n'),
    ]);
    expect(found).toMatchObject({ lines: ['x.test', 'y.test'], rejected: ['3: longer than 65536 bytes'] });
  });
});

it('the report keeps the first thousand of what is rejected, and counts the rest', () => {
  const { report } = inCategory(...Array.from({ length: 1_500 }, () => 'a b'));
  expect(report.rejected).toHaveLength(1_000);
  expect(report.rejectedCount).toBe(1_500);
});

const host = fc
  .oneof(
    fc.domain(),
    fc.ipV4(),
    fc.ipV6(),
    fc.constantFrom('b\u00fccher.test', 'localhost', 'xxx', '_dmarc.a.test'),
  )
  .map((text) => canonicalHost(text))
  .filter((found) => found.ok);
const path = fc
  .tuple(
    fc.webPath(),
    fc.oneof(
      fc.constant(''),
      fc.webQueryParameters().map((query) => `?${query.toLowerCase()}`),
    ),
  )
  .map(([text, query]) => [canonicalPath(text || '/').toLowerCase(), query === '?' ? '' : query] as const)
  .filter(([text, query]) => !text.includes('?') && text + query !== '/')
  .map(([text, query]) => text + query);
const pattern: fc.Arbitrary<Pattern> = fc.oneof(
  fc
    .tuple(host, fc.constantFrom('subtree', 'exact', 'children'))
    .map(
      ([found, reach]) =>
        ({ kind: 'host', host: found.host, reach: found.kind === 'name' ? reach : 'exact' }) as const,
    ),
  fc
    .tuple(host, fc.boolean(), path)
    .map(
      ([found, exact, text]) =>
        ({ kind: 'path', host: found.host, exact: exact || found.kind !== 'name', path: text }) as const,
    ),
  fc.constantFrom(
    { kind: 'glob', glob: '*.a.test/x/**' } as const,
    { kind: 'regex', regex: '(^|/)a #b\\d{2}' } as const,
    { kind: 'abp', rule: '||a.test/x^$script,domain=b.test' } as const,
    { kind: 'ip', from: '10.0.0.0', to: '10.0.0.255' } as const,
    { kind: 'ip', from: '2001:db8::', to: '2001:db8::' } as const,
    { kind: 'term', words: ['a', 'b'] } as const,
    { kind: 'extension', extension: 'exe' } as const,
    { kind: 'type', type: 'video/mp4' } as const,
  ),
);
const entry: fc.Arbitrary<ListEntry> = fc
  .record({
    category: fc.constantFrom('a', 'b.c'),
    source: fc.constantFrom(null, 'a friend'),
    file: fc.constantFrom('a/domains', 'b # 2'),
    line: fc.integer({ min: 1, max: 20 }),
    except: fc.boolean(),
    of: pattern,
  })
  .map(({ of, ...place }) => ({ ...place, ...of }));
const runs = { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) };

it('what is written is read as the same entries', () => {
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      const found = read(snapshotText(entries));
      expect(found.rejected).toEqual([]);
      expect(found.entries).toEqual(entries);
    }),
    runs,
  );
});

it('titles are for people, and a directive is one line', () => {
  const pieces: string[] = [];
  const writer = new SnapshotWriter((text) => pieces.push(text));
  writer.title('a', 'Games\n@category b');
  writer.end();
  expect(pieces.join('')).toBe('@category a\n@title Games @category b\n');
  expect(() => snapshotText([{ ...at, kind: 'regex', regex: 'a\nb' }])).toThrow('an entry is one line');
});
const at = { category: 'a', source: null, file: null, line: 1, except: false } as const;

it('whatever it holds, is read', () => {
  const piece = fc.constantFrom(
    '@category a\n',
    '\n',
    '\r',
    'a.test',
    '=',
    '! ',
    'regex ',
    'abp ',
    'ip ',
    '/',
    '\0',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.uint8Array(), piece.map(bytes))), (chunks) => {
      expect(read(chunks).entries).toHaveLength(read(chunks).report.accepted);
    }),
    runs,
  );
});
