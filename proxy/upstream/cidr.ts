/** Ranges of addresses as people write them: `10.0.0.0/8`, `10.1.2.3:8080`, `fd00::/8`, `[fd00::]/8:443`. */
import { isIpv4, readAddress, words } from './ip.ts';
import type { Words } from './ip.ts';

export interface Cidr {
  readonly network: Words;
  readonly mask: Words;
  /** 0 to 128; an IPv4 prefix counts 96 more, as its IPv4-mapped form does. */
  readonly prefix: number;
  /** Null: every port. */
  readonly port: number | null;
}

/** Reads `CIDR`, or a single address as the range that holds only it. Throws a RangeError that says what is wrong. */
export function parseCidr(text: string): Cidr {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  return range(text, address, slash < 0 ? null : text.slice(slash + 1), null);
}

/** Reads `CIDR[:port]`; an IPv6 address stands in brackets when a port follows. Throws a RangeError. */
export function parseCidrPort(text: string): Cidr {
  const bracketed = /^\[([^\]]*)\](?:\/([^:]*))?(?::(.*))?$/.exec(text);
  const dotted = /^([^:[\]/]*)(?:\/([^:]*))?(?::([^:]*))?$/.exec(text);
  const [, address, prefix, port] = bracketed ?? dotted ?? [];
  if (address === undefined) return parseCidr(text);
  if (bracketed !== null && !address.includes(':')) {
    throw new RangeError(`\`${text}\`: only an IPv6 address stands in brackets`);
  }
  return range(text, address, prefix ?? null, port === undefined ? null : readPort(text, port));
}

/** Whether the range holds the address. An IPv6 range wider than /96 never holds IPv4: `::/0` is "all of IPv6". */
export function holds(cidr: Cidr, address: Words): boolean {
  const { network, mask } = cidr;
  for (let i = 0; i < 4; i++) {
    if ((((address[i] ?? 0) ^ (network[i] ?? 0)) & (mask[i] ?? 0)) !== 0) return false;
  }
  return cidr.prefix >= 96 || !isIpv4(address);
}

function range(text: string, address: string, bits: string | null, port: number | null): Cidr {
  const network = words();
  if (address.includes('%') || !readAddress(address, network)) {
    throw new RangeError(
      `\`${text}\`: \`${address}\` is not an IP address; write a range such as \`10.0.0.0/8\``,
    );
  }
  const width = address.includes(':') ? 128 : 32;
  const prefix = 128 - width + (bits === null ? width : readPrefix(text, bits, width));
  const mask = words().map((_, i) => maskWord(prefix - 32 * i));
  if (network.some((word, i) => (word & ~(mask[i] ?? 0)) !== 0)) {
    throw new RangeError(
      `\`${text}\`: bits after the prefix must be zero; for one address leave \`/${bits}\` away`,
    );
  }
  return Object.freeze({ network, mask, prefix, port });
}

/** The mask of one word of which the first `bits` bits (clamped to 0 to 32) belong to the network. */
function maskWord(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? 0xffff_ffff : (0xffff_ffff << (32 - bits)) >>> 0;
}

function readPrefix(text: string, bits: string, width: number): number {
  if (/^\d{1,3}$/.test(bits) && Number(bits) <= width) return Number(bits);
  throw new RangeError(`\`${text}\`: \`/${bits}\` is not a prefix length from \`/0\` to \`/${width}\``);
}

function readPort(text: string, port: string): number {
  if (/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535) return Number(port);
  throw new RangeError(`\`${text}\`: \`:${port}\` is not a port from 1 to 65535`);
}
