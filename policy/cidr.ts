/** Ranges of addresses as people write them: `10.0.0.0/8`, `fd00::/8`, `10.1.2.3`. */
import { isIpv4, readAddress, words } from './ip.ts';
import type { Words } from './ip.ts';

export interface Cidr {
  readonly network: Words;
  readonly mask: Words;
  /** 0 to 128; an IPv4 prefix counts 96 more, as its IPv4-mapped form does. */
  readonly prefix: number;
}

/** Or what is wrong, in words that mend it. */
export type CidrRead =
  { readonly ok: true; readonly value: Cidr } | { readonly ok: false; readonly hint: string };

/** Reads `CIDR`, or a single address as the range that holds only it. */
export function readCidr(text: string): CidrRead {
  const slash = text.indexOf('/');
  return slash < 0 ? readRange(text, null) : readRange(text.slice(0, slash), text.slice(slash + 1));
}

/** The range of `address` and the length of its prefix as written; null is an address alone. */
export function readRange(address: string, bits: string | null): CidrRead {
  const network = words();
  if (address.includes('%') || !readAddress(address, network)) {
    return mend(`\`${address}\` is not an IP address; write a range such as \`10.0.0.0/8\``);
  }
  const width = address.includes(':') ? 128 : 32;
  const length = bits === null ? width : /^\d{1,3}$/.test(bits) ? Number(bits) : NaN;
  if (!(length <= width)) {
    return mend(`\`/${String(bits)}\` is not a prefix length from \`/0\` to \`/${width}\``);
  }
  const prefix = 128 - width + length;
  const mask = words().map((_, i) => maskWord(prefix - 32 * i));
  if (network.some((word, i) => (word & ~(mask[i] ?? 0)) !== 0)) {
    return mend(`bits after the prefix must be zero; for one address leave \`/${String(bits)}\` away`);
  }
  return { ok: true, value: Object.freeze({ network, mask, prefix }) };
}

/** Whether the range holds the address. An IPv6 range wider than /96 never holds IPv4: `::/0` is "all of IPv6". */
export function holds(cidr: Cidr, address: Words): boolean {
  const { network, mask } = cidr;
  for (let i = 0; i < 4; i++) {
    if ((((address[i] ?? 0) ^ (network[i] ?? 0)) & (mask[i] ?? 0)) !== 0) return false;
  }
  return cidr.prefix >= 96 || !isIpv4(address);
}

const mend = (hint: string): CidrRead => ({ ok: false, hint });

/** The mask of one word of which the first `bits` bits (clamped to 0 to 32) belong to the network. */
function maskWord(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? 0xffff_ffff : (0xffff_ffff << (32 - bits)) >>> 0;
}
