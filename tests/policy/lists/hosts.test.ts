import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HostsReader } from '../../../policy/lists/hosts.ts';
import { bytes, lines, outcome } from './helpers.ts';

const read = (content: string | readonly Uint8Array[]) =>
  outcome((sink, report) => new HostsReader({ file: 'hosts', category: 'ads' }, sink, report), content);

it('a file of hosts is hosts alone, and not what the machine calls itself', () => {
  const {
    lines: found,
    report,
    rejected,
  } = read(
    `\ufeff# a comment\r\n127.0.0.1 localhost localhost.localdomain\r\n255.255.255.255 broadcasthost\r\n::1 ip6-localhost ip6-loopback\r\n` +
      `fe80::1%lo0 localhost\r\n0.0.0.0 0.0.0.0\r\n0.0.0.0 Ads.Test # why\r\n127.0.0.1\ttracker.test  two.test.\r\n:: six.test#x\r\n` +
      `::1 b\u00fccher.test\r\n`,
  );
  expect(found).toEqual(['=ads.test', '=tracker.test', '=two.test', '=six.test', '=xn--bcher-kva.test']);
  expect(rejected).toEqual([]);
  expect(report.skipped).toEqual({ 'name of the machine itself': 7 });
});

it.each([
  ['192.0.2.1 intranet.test', '`192.0.2.1` is where the host is sent to: this is no block'],
  ['0.0.0.0', 'no host stands after the address'],
  ['ads.test other.test', 'an address comes first, then the hosts'],
  ['0.0.0.0 com', 'this would reach everything under `com`'],
  ['0.0.0.0 a/b', 'this is no host'],
])('among hosts, %s is rejected', (line, why) => {
  expect(read(lines('0.0.0.0 ads.test', line)).rejected).toEqual([`2: ${why}`]);
});

it('one domain a line is another thing by the same name: domains with their sub-domains', () => {
  const { lines: found, rejected } = read(
    lines('# domains', 'Ads.Test', 'tracker.test # why', '192.0.2.7', '0.0.0.0 x.test', 'com'),
  );
  expect(found).toEqual(['ads.test', 'tracker.test', '192.0.2.7']);
  expect(rejected).toEqual([
    '5: one domain a line: this has spaces',
    '6: this would reach everything under `com`',
  ]);
});

it('whatever it holds, is read', () => {
  const piece = fc.constantFrom('0.0.0.0 ', '::1 ', 'a.test', '\n', ' ', '#', '127.0.0.1 localhost\n');
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.uint8Array(), piece.map(bytes))), (chunks) => {
      expect(read(chunks).entries).toHaveLength(read(chunks).report.accepted);
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
  );
});
