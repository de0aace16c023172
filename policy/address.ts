/** IP addresses in one spelling each; cidr.ts has the ranges that hold them. */
import ipaddr from 'ipaddr.js';

/** One number of an IPv4 address as browsers read it: decimal, octal (`0…`) or hexadecimal (`0x…`); NaN when none. */
function ipv4Part(text: string): number {
  if (/^0x[0-9a-f]*$/i.test(text)) return text.length === 2 ? 0 : Number.parseInt(text.slice(2), 16);
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  return /^(0|[1-9][0-9]*)$/.test(text) ? Number(text) : NaN;
}

/** Every spelling of an IPv4 address that a resolver or browser accepts (WHATWG URL, "IPv4 parser"), as dotted decimal. */
export function dottedIpv4(text: string): string | null {
  const parts = text.split('.');
  const last = parts.length - 1;
  if (last > 3) return null;
  let value = 0;
  for (const [i, part] of parts.entries()) {
    const number = ipv4Part(part);
    if (!(number <= (i === last ? 256 ** (4 - last) - 1 : 255))) return null;
    value += i === last ? number : number * 256 ** (3 - i);
  }
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.');
}

/**
 * The IPv4 address inside an IPv6 one, for the four forms that reach the IPv4 host itself: mapped (`::ffff:0:0/96`),
 * compatible (`::/96`), NAT64 (`64:ff9b::/96`, RFC 6052) and 6to4 (`2002::/16`, RFC 3056).
 */
function embeddedIpv4(parts: readonly number[]): string | null {
  const dotted = (high = 0, low = 0) => [high >> 8, high & 255, low >> 8, low & 255].join('.');
  const [a, b, c, d, e, f, g, h] = parts;
  if (a === 0x2002) return dotted(b, c);
  if (c !== 0 || d !== 0 || e !== 0) return null;
  const mapped = a === 0 && b === 0 && f === 0xffff;
  const compatible = a === 0 && b === 0 && f === 0 && (g !== 0 || (h ?? 0) > 1);
  const nat64 = a === 0x64 && b === 0xff9b && f === 0;
  return mapped || compatible || nat64 ? dotted(g, h) : null;
}

/** An IPv6 address without brackets, in RFC 5952 form; as IPv4 where it only wraps one. Null for anything else, zones too. */
export function canonicalIpv6(text: string): { host: string; kind: 'ipv4' | 'ipv6' } | null {
  if (text.length > 45 || text.includes('%') || !ipaddr.IPv6.isValid(text)) return null;
  const address = ipaddr.IPv6.parse(text);
  const wrapped = embeddedIpv4(address.parts);
  return wrapped === null
    ? { host: address.toRFC5952String(), kind: 'ipv6' }
    : { host: wrapped, kind: 'ipv4' };
}

/**
 * A client's address as the socket names it: dotted IPv4 (also for IPv4-mapped IPv6), or RFC 5952 IPv6 without zone.
 * Null for what is no address.
 */
export function canonicalAddress(ip: string): string | null {
  if (!ip.includes(':')) return ipaddr.IPv4.isValidFourPartDecimal(ip) ? ip : null;
  const zone = ip.indexOf('%');
  const bare = zone < 0 ? ip : ip.slice(0, zone);
  if (!ipaddr.IPv6.isValid(bare)) return null;
  const address = ipaddr.IPv6.parse(bare);
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : address.toRFC5952String();
}
