import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RpzReader } from '../../../policy/lists/rpz.ts';
import { bytes, lines, outcome } from './helpers.ts';

const read = (content: string | readonly Uint8Array[], origin?: string) =>
  outcome(
    (sink, report) =>
      new RpzReader(
        { file: 'zone', category: 'bad', ...(origin === undefined ? {} : { origin }) },
        sink,
        report,
      ),
    content,
  );
const head = lines(
  '$TTL 1h',
  '$ORIGIN rpz.test.',
  '@ IN SOA ns.rpz.test. admin.rpz.test. (',
  '    2026010101 ; serial',
  '    1h 15m 30d 2h )',
  '  IN NS ns.rpz.test.',
);
const zone = (...all: readonly string[]) => read(head + lines(...all));

describe('a record of a zone', () => {
  it.each([
    ['bad.org CNAME .', ['=bad.org'], 'the name alone'],
    ['bad.org 300 IN CNAME .', ['=bad.org'], 'with its time and class'],
    ['bad.org IN 300 CNAME .', ['=bad.org'], 'the other way round'],
    ['bad.org CNAME *.', ['=bad.org'], 'no data is as good as no name'],
    ['bad.org CNAME rpz-drop.', ['=bad.org'], 'no answer is as well'],
    ['bad.org A 192.0.2.1', ['=bad.org'], 'local data'],
    ['bad.org AAAA 2001:db8::1', ['=bad.org'], 'local data'],
    ['bad.org CNAME walled.test.', ['=bad.org'], 'local data'],
    ['BAD.org.rpz.test. CNAME . ; why', ['=bad.org'], 'an absolute name'],
    ['*.bad.org CNAME .', ['bad.org', '! =bad.org'], 'a wildcard does not mean the name itself'],
    ['*.xxx CNAME .', ['.xxx'], 'a whole top-level domain'],
    ['good.org CNAME rpz-passthru.', ['! =good.org'], 'passes'],
    ['good.org CNAME good.org.', ['! =good.org'], 'passes, as it used to be written'],
    ['*.good.org CNAME rpz-passthru.', ['! *.good.org'], 'passes one level'],
    ['32.7.2.0.192.rpz-ip CNAME .', ['ip 192.0.2.7'], 'an address'],
    ['24.0.2.0.192.rpz-ip CNAME .', ['ip 192.0.2.0-192.0.2.255'], 'addresses'],
    ['24.0.2.0.192.rpz-ip CNAME rpz-passthru.', ['! ip 192.0.2.0-192.0.2.255'], 'addresses that pass'],
    ['128.1.zz.db8.2001.rpz-ip CNAME .', ['ip 2001:db8::1'], 'an address of the other family'],
    [
      '32.zz.db8.2001.rpz-ip CNAME .',
      ['ip 2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
      'many of them',
    ],
  ])('%s: %s', (record, entries) => {
    expect(zone(record)).toMatchObject({ lines: entries, rejected: [] });
  });

  it.each([
    ['32.1.0.0.10.rpz-client-ip CNAME .', 'rpz-client-ip'],
    ['ns.bad.org.rpz-nsdname CNAME .', 'rpz-nsdname'],
    ['32.1.0.0.10.rpz-nsip CNAME .', 'rpz-nsip'],
    ['bad.org CNAME rpz-tcp-only.', 'rpz-tcp-only'],
    ['bad.org TXT "why; indeed"', 'record TXT'],
  ])('%s is counted', (record, kind) => {
    expect(zone(record).report).toMatchObject({ accepted: 0, skipped: { [kind]: 1 }, rejectedCount: 0 });
  });

  it.each([
    ['bad.org.elsewhere.test. CNAME .', '`bad.org.elsewhere.test.` is not in the zone `rpz.test`'],
    ['b/d.org CNAME .', 'this is no host'],
    ['99.0.2.0.192.rpz-ip CNAME .', '`/99` is not a prefix length from `/0` to `/32`'],
    ['$GENERATE 1-9 a CNAME .', '`$GENERATE` is not understood'],
  ])('%s is rejected', (record, why) => {
    expect(zone(record).rejected).toEqual([`7: ${why}`]);
  });
});

it('a name and its wildcard are both, in any order and however far apart', () => {
  expect(zone('*.bad.org CNAME .', 'other.org CNAME .', 'bad.org CNAME .').lines).toEqual([
    'bad.org',
    '=other.org',
    '=bad.org',
  ]);
});

it('a record without a name is of the one above it', () => {
  expect(zone('bad.org A 192.0.2.1', '        AAAA 2001:db8::1').lines).toEqual(['=bad.org', '=bad.org']);
});

it('the zone is known by $ORIGIN, by its SOA, or by who reads it', () => {
  expect(read(lines('rpz.test. SOA a. b. 1 2 3 4 5', 'bad.org.rpz.test. CNAME .')).lines).toEqual([
    '=bad.org',
  ]);
  expect(read(lines('@ SOA a. b. 1 2 3 4 5', 'bad.org.rpz.test. CNAME .'), 'rpz.test').lines).toEqual([
    '=bad.org',
  ]);
  expect(read(lines('bad.org CNAME .')).lines).toEqual(['=bad.org']);
});

it('notes what it could not take over as it was', () => {
  expect(
    zone('bad.org A 192.0.2.1', '*.good.org CNAME rpz-passthru.', '$INCLUDE more.zone').report.notes,
  ).toEqual([
    'an answer of the zone’s own was taken as a block',
    'a wildcard that passes opens one level of sub-domains, not those further down',
    '`more.zone` is another file, and was not read',
  ]);
});

it('whatever it holds, is read', () => {
  const piece = fc.constantFrom(
    '\n',
    ' ',
    '(',
    ')',
    ';',
    '"',
    'bad.org',
    '*.',
    ' CNAME .\n',
    '$ORIGIN ',
    '32.1.0.0.10.rpz-ip',
    '\r',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.uint8Array(), piece.map(bytes))), (chunks) => {
      expect(read(chunks).entries).toHaveLength(read(chunks).report.accepted);
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
  );
});
