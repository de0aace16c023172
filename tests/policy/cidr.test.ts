import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds, readCidr } from '../../policy/cidr.ts';
import type { Cidr } from '../../policy/cidr.ts';
import { readAddress, words } from '../../policy/ip.ts';

const numRuns = Number(process.env.FUZZ_RUNS ?? 100);

function parsed(text: string): Cidr {
  const read = readCidr(text);
  if (!read.ok) throw new Error(`${text}: ${read.hint}`);
  return read.value;
}

function inside(cidr: Cidr, text: string): boolean {
  const address = words();
  expect(readAddress(text, address)).toBe(true);
  return holds(cidr, address);
}

describe('a range of addresses', () => {
  it.each([
    ['10.0.0.0/8', '10.255.255.255', '11.0.0.0'],
    ['10.0.0.0/8', '::ffff:10.1.2.3', '::10.1.2.3'],
    ['127.10.0.0/16', '127.10.255.255', '127.11.0.0'],
    ['192.0.2.7', '192.0.2.7', '192.0.2.8'],
    ['0.0.0.0/0', '255.255.255.255', '::1'],
    ['::/0', 'ffff::', '8.8.8.8'],
    ['::ffff:0:0/96', '8.8.8.8', '::8.8.8.8'],
    ['fe80::/10', 'febf::1', 'fec0::1'],
    ['2001:db8::/33', '2001:db8:7fff::', '2001:db8:8000::'],
    ['::1', '::1', '::2'],
  ])('%s holds %s and not %s', (range, member, stranger) => {
    expect(inside(parsed(range), member)).toBe(true);
    expect(inside(parsed(range), stranger)).toBe(false);
  });

  it.each([
    { width: 32, group: 8 },
    { width: 128, group: 16 },
  ])('of $width bits ends exactly at its prefix', ({ width, group }) => {
    const bytes = fc.uint8Array({ minLength: width / 8, maxLength: width / 8 });
    fc.assert(
      fc.property(bytes, fc.nat(width), fc.nat(width - 1), (member, prefix, flipped) => {
        const network = member.map((byte, i) => byte & ~(0xff >> Math.min(8, Math.max(0, prefix - 8 * i))));
        const cidr = parsed(`${written(network, group)}/${prefix}`);
        const other = member.map((byte, i) => (i === flipped >> 3 ? byte ^ (0x80 >> (flipped & 7)) : byte));
        expect(inside(cidr, written(member, group))).toBe(true);
        expect(inside(cidr, written(other, group))).toBe(flipped >= prefix);
      }),
      { numRuns },
    );
  });
});

/** Bytes as dotted IPv4, or as eight groups of IPv6 outside the IPv4-mapped range. */
function written(bytes: Uint8Array, group: number): string {
  if (group === 8) return bytes.join('.');
  return Array.from({ length: 8 }, (_, i) =>
    ((bytes[2 * i] ?? 0) * 256 + (bytes[2 * i + 1] ?? 0)).toString(16),
  ).join(':');
}

describe('what is no range of addresses', () => {
  it.each([
    ['school', '`school` is not an IP address; write a range such as `10.0.0.0/8`'],
    ['10.0.0.0/8:80', '`/8:80` is not a prefix length from `/0` to `/32`'],
    ['fd00::/129', '`/129` is not a prefix length from `/0` to `/128`'],
    ['10.1.2.3/8', 'bits after the prefix must be zero; for one address leave `/8` away'],
    ['fe80::1%eth0/64', '`fe80::1%eth0` is not an IP address; write a range such as `10.0.0.0/8`'],
  ])('%s is told so', (text, hint) => {
    expect(readCidr(text)).toEqual({ ok: false, hint });
  });
});
