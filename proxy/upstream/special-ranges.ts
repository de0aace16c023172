/**
 * Addresses that a forward proxy must not reach unless its owner says so: the IANA special-purpose registries
 * (RFC 6890 and its updates), and the metadata services of the cloud providers, which hand out credentials.
 */
import { holds, parseCidr } from './cidr.ts';
import type { Cidr } from './cidr.ts';
import { setIpv4 } from '../../policy/ip.ts';
import type { Words } from '../../policy/ip.ts';

export type SpecialRange =
  | 'metadata'
  | 'unspecified'
  | 'loopback'
  | 'link-local'
  | 'private'
  | 'shared'
  | 'multicast'
  | 'embedded-ipv4'
  | 'reserved';

/** The first row that holds an address names its kind, so what is narrower stands above what holds it. */
const rows: readonly (readonly [SpecialRange, ...string[]])[] = [
  // AWS, Google and most others (IPv4 and IPv6), Azure's host agent, Alibaba, Oracle.
  ['metadata', '169.254.169.254', 'fd00:ec2::254', '168.63.129.16', '100.100.100.200', '192.0.0.192'],
  ['unspecified', '0.0.0.0/8', '::'],
  ['loopback', '127.0.0.0/8', '::1'],
  ['link-local', '169.254.0.0/16', 'fe80::/10'],
  ['private', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fec0::/10'],
  ['shared', '100.64.0.0/10'],
  ['multicast', '224.0.0.0/4', 'ff00::/8'],
  // IPv4-compatible, IPv4-translated (RFC 2765), NAT64, Teredo, 6to4 and its relays.
  ['embedded-ipv4', '::/96', '::ffff:0:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48', '2001::/32', '2002::/16'],
  ['embedded-ipv4', '192.88.99.0/24'],
  // Protocol assignments, documentation, benchmarking, future use and limited broadcast.
  [
    'reserved',
    '192.0.0.0/24',
    '192.0.2.0/24',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '240.0.0.0/4',
  ],
  // Discard-only and dummy prefixes, benchmarking, ORCHID, documentation, SRv6.
  ['reserved', '100::/64', '100:0:0:1::/64', '2001:2::/48', '2001:10::/28', '2001:20::/28', '2001:db8::/32'],
  ['reserved', '3fff::/20', '5f00::/16'],
];

const ranges: readonly (readonly [Cidr, SpecialRange])[] = rows.flatMap(([kind, ...cidrs]) =>
  cidrs.map((text) => [parseCidr(text), kind] as const),
);

/** Which kind of special range the address lies in, or null for an ordinary public address. */
export function specialRange(address: Words): SpecialRange | null {
  for (const [cidr, kind] of ranges) if (holds(cidr, address)) return kind;
  return null;
}

const high = (word: number | undefined): number => (word ?? 0) >>> 16;
const low = (word: number | undefined): number => (word ?? 0) & 0xffff;

/** Where in an IPv6 address a translator or tunnel finds the IPv4 address that the packets end up at. */
const embeddings: readonly (readonly [Cidr, (address: Words) => number])[] = [
  [parseCidr('::/96'), (address) => address[3] ?? 0],
  [parseCidr('::ffff:0:0:0/96'), (address) => address[3] ?? 0],
  [parseCidr('64:ff9b::/96'), (address) => address[3] ?? 0],
  // RFC 6052 §2.2, a prefix of 48 bits: 16 bits, then a zero octet, then 16 bits; and a network's own /96 below it.
  [
    parseCidr('64:ff9b:1::/48'),
    (address) => low(address[1]) * 0x1_0000 + (((address[2] ?? 0) >>> 8) & 0xffff),
  ],
  [parseCidr('64:ff9b:1::/48'), (address) => address[3] ?? 0],
  // Teredo (RFC 4380 §4): the server, and the client with its bits inverted.
  [parseCidr('2001::/32'), (address) => address[1] ?? 0],
  [parseCidr('2001::/32'), (address) => ~(address[3] ?? 0) >>> 0],
  // 6to4 (RFC 3056 §2).
  [parseCidr('2002::/16'), (address) => low(address[0]) * 0x1_0000 + high(address[1])],
];

export const EMBEDDINGS = embeddings.length;

/** Puts the IPv4 address that embedding `index` of {@link EMBEDDINGS} finds into `into`; false when it does not apply. */
export function unwrap(index: number, address: Words, into: Words): boolean {
  const embedding = embeddings[index];
  if (embedding === undefined || !holds(embedding[0], address)) return false;
  const ipv4 = embedding[1](address);
  // `::` and `::1` embed nothing, and neither does an address that keeps its IPv4 part elsewhere.
  if (ipv4 <= 1) return false;
  setIpv4(into, ipv4);
  return true;
}
