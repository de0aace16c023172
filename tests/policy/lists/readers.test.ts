/** What holds for the readers of all formats, whatever they are given. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdblockReader } from '../../../policy/lists/adblock.ts';
import { CsvReader } from '../../../policy/lists/csv.ts';
import { detectFormat } from '../../../policy/lists/detect.ts';
import { E2Reader } from '../../../policy/lists/e2guardian.ts';
import type { ListSink } from '../../../policy/lists/entry.ts';
import { HostsReader } from '../../../policy/lists/hosts.ts';
import type { ListReader } from '../../../policy/lists/reader.ts';
import { RedwoodReader, RedwoodUrlReader } from '../../../policy/lists/redwood.ts';
import type { ReportBuilder } from '../../../policy/lists/report.ts';
import { RpzReader } from '../../../policy/lists/rpz.ts';
import { SnapshotReader, snapshotText } from '../../../policy/lists/snapshot.ts';
import { DomainsReader, ExpressionsReader, UrlsReader } from '../../../policy/lists/squidguard.ts';
import { latin1, outcome } from './helpers.ts';

type Make = (sink: ListSink, report: ReportBuilder) => ListReader;
const options = { file: 'f', category: 'a' };

/** Name, reader, what stands before the first entry, and an entry of a host as the format has it. */
const formats: readonly (readonly [
  name: string,
  make: Make,
  head: string,
  entry: (host: string) => string,
])[] = [
  ['snapshot', (...to) => new SnapshotReader('f', ...to), '@category a\n', (host) => host],
  ['adblock', (...to) => new AdblockReader(options, ...to), '', (host) => `||${host}^`],
  ['csv', (...to) => new CsvReader(options, ...to), 'url\n', (host) => host],
  ['e2guardian', (...to) => new E2Reader({ ...options, kind: 'site' }, ...to), '', (host) => host],
  ['hosts', (...to) => new HostsReader(options, ...to), '', (host) => `0.0.0.0 ${host}`],
  ['domains in hosts', (...to) => new HostsReader(options, ...to), '', (host) => host],
  ['redwood', (...to) => new RedwoodReader(options, ...to), '', (host) => `${host} 10`],
  ['redwood urls', (...to) => new RedwoodUrlReader(options, ...to), 'score 1\n', (host) => host],
  ['rpz', (...to) => new RpzReader(options, ...to), '$ORIGIN rpz.test.\n', (host) => `${host} CNAME .`],
  ['domains', (...to) => new DomainsReader(options, ...to), '', (host) => host],
  ['urls', (...to) => new UrlsReader(options, ...to), '', (host) => host],
  ['expressions', (...to) => new ExpressionsReader(options, ...to), '', (host) => host],
];
const runs = { numRuns: Math.ceil(Number(process.env['FUZZ_RUNS'] ?? 100) / 4) };

describe.each(formats)('a reader of %s', (_name, make, head, entry) => {
  const hostsOf = (content: Uint8Array | readonly Uint8Array[]) =>
    outcome(make, content).lines.map((line) => line.replace(/^=|^regex /, ''));
  const good = ['first.test', 'second.test'];
  const around = (middle: Uint8Array, end = '\n') => [
    Buffer.from(`${head.replaceAll('\n', end)}${entry('first.test')}${end}`),
    middle,
    Buffer.from(`${end}${entry('second.test')}${end}`),
  ];

  it.each(['\n', '\r\n', '\r'])('takes lines that end in %j, and a byte order mark', (end) => {
    const [first, middle, last] = around(Buffer.alloc(0), end);
    const chunks = [Buffer.from('\ufeff'), first, middle, last].filter((chunk) => chunk !== undefined);
    expect(hostsOf(chunks)).toEqual(good);
  });

  it('makes no entry of bytes that are no UTF-8', () => {
    expect(hostsOf(around(latin1(entry('b\xfccher.test'))))).toEqual(good);
  });

  it('makes none of a line with a NUL byte', () => {
    expect(hostsOf(around(Buffer.from(entry('bad\0.test'))))).toEqual(good);
  });

  it('makes none of a line of ten megabytes, and does not keep it', () => {
    expect(hostsOf(around(Buffer.alloc(10_000_000, 'a')))).toEqual(good);
    const pieces = Array.from({ length: 100 }, () => Buffer.alloc(100_000, 'a'));
    expect(
      hostsOf([...around(Buffer.alloc(0)).slice(0, 1), ...pieces, ...around(Buffer.alloc(0)).slice(1)]),
    ).toEqual(good);
  });

  it('finds nothing in nothing', () => {
    expect(outcome(make, []).report).toMatchObject({ accepted: 0, rejectedCount: 0 });
    expect(outcome(make, Buffer.from('\n\r\n\n')).report).toMatchObject({ accepted: 0, rejectedCount: 0 });
  });

  it.each([
    '1',
    '<',
    '*',
    ':',
    '"\n',
    '$',
    '(?#',
    'a.',
    '[',
    '\\',
    '/',
    '(',
    '|',
    ' ',
    '1:',
    '%25',
    'xn--',
    '!',
    '@',
    '(a+)',
  ])('is not held up by many %j', (piece) => {
    const line = entry(piece.repeat(Math.floor(60_000 / piece.length)));
    const twice = Buffer.from(`${line}x\n${piece}${line}\n`);
    outcome(make, [Buffer.from(head), twice]);
    detectFormat('f', twice);
  });

  const content = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc
        .constantFrom(head, '\n', '\r', ' ', '"', entry('a.test'), entry('\u00e9.test'), '/', '*.', '$', ',')
        .map((text) => Buffer.from(text)),
    ),
  );

  it('reads the same however the bytes come', () => {
    fc.assert(
      fc.property(content, (chunks) => {
        const all = Buffer.concat(chunks);
        const ones = Array.from(all, (_, i) => all.subarray(i, i + 1));
        const whole = outcome(make, all);
        expect(outcome(make, chunks)).toEqual(whole);
        expect(outcome(make, ones)).toEqual(whole);
      }),
      runs,
    );
  });

  it('gives what a snapshot can keep', () => {
    fc.assert(
      fc.property(content, (chunks) => {
        const { entries } = outcome(make, chunks);
        const kept = outcome((...to) => new SnapshotReader('s', ...to), snapshotText(entries));
        expect(kept.rejected).toEqual([]);
        expect(kept.entries.map((found) => ({ ...found, line: 0, file: null }))).toEqual(
          entries.map((found) => ({ ...found, line: 0, file: null })),
        );
      }),
      runs,
    );
  });
});
