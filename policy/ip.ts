/**
 * IP addresses as numbers: four unsigned 32-bit words, most significant first. IPv4 stands in its IPv4-mapped form
 * (::ffff:a.b.c.d), so that `127.0.0.1` and `::ffff:127.0.0.1` are one value and every check is written once.
 */
export type Words = Uint32Array;

const DOT = 0x2e;
const COLON = 0x3a;
const MAPPED = 0xffff;

/** Room for the groups of one IPv6 address; used and read within one call. */
const groups = new Uint16Array(8);

export function words(): Words {
  return new Uint32Array(4);
}

/** Puts an IPv4 address, as one unsigned number, into `into`. */
export function setIpv4(into: Words, address: number): void {
  into[0] = 0;
  into[1] = 0;
  into[2] = MAPPED;
  into[3] = address;
}

export function isIpv4(address: Words): boolean {
  return address[2] === MAPPED && address[1] === 0 && address[0] === 0;
}

/**
 * Reads a strict textual address (four decimal octets without leading zeros, or RFC 4291 §2.2) without allocating. A
 * zone (`%eth0`) is accepted and dropped: it says which interface, not which address. Returns false, with `into`
 * undefined in content, for anything else.
 */
export function readAddress(text: string, into: Words): boolean {
  if (!text.includes(':')) {
    const address = readIpv4(text, 0, text.length);
    if (address < 0) return false;
    setIpv4(into, address);
    return true;
  }
  const zone = text.indexOf('%');
  if (zone === text.length - 1) return false;
  if (!readGroups(text, zone < 0 ? text.length : zone)) return false;
  for (let i = 0; i < 4; i++) into[i] = (groups[2 * i] ?? 0) * 0x1_0000 + (groups[2 * i + 1] ?? 0);
  return true;
}

/** The dotted IPv4 address in `text[start, end)` as an unsigned number, or -1. */
function readIpv4(text: string, start: number, end: number): number {
  let address = 0;
  let octet = -1;
  let dots = 0;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (octet < 0 || dots === 3) return -1;
      address = address * 256 + octet;
      octet = -1;
      dots++;
      continue;
    }
    const digit = code - 0x30;
    // After a leading zero nothing may follow: some readers would take `010` as octal.
    if (digit < 0 || digit > 9 || octet === 0) return -1;
    octet = octet < 0 ? digit : octet * 10 + digit;
    if (octet > 255) return -1;
  }
  return dots === 3 && octet >= 0 ? address * 256 + octet : -1;
}

/** Reads `text[0, end)` as IPv6 into `groups`. */
function readGroups(text: string, end: number): boolean {
  let count = 0;
  let gap = -1;
  let at = 0;
  if (text.charCodeAt(0) === COLON) {
    if (end < 2 || text.charCodeAt(1) !== COLON) return false;
    gap = 0;
    at = 2;
  }
  while (at < end) {
    const start = at;
    let value = 0;
    for (let digit = hex(text, at, end); digit >= 0; digit = hex(text, at, end)) {
      value = value * 16 + digit;
      at++;
    }
    if (at < end && text.charCodeAt(at) === DOT) {
      const tail = readIpv4(text, start, end);
      if (tail < 0 || count > 6) return false;
      groups[count++] = tail >>> 16;
      groups[count++] = tail & 0xffff;
      break;
    }
    if (at === start || at - start > 4 || count === 8) return false;
    groups[count++] = value;
    if (at === end) break;
    if (text.charCodeAt(at++) !== COLON || at === end) return false;
    if (text.charCodeAt(at) === COLON) {
      if (gap >= 0) return false;
      gap = count;
      at++;
    }
  }
  return closeGap(count, gap);
}

/** Moves the groups after `::` to the end and fills the gap with zeros. */
function closeGap(count: number, gap: number): boolean {
  if (gap < 0) return count === 8;
  if (count > 7) return false;
  groups.copyWithin(8 - (count - gap), gap, count);
  groups.fill(0, gap, 8 - (count - gap));
  return true;
}

/** Value of the hexadecimal digit at `at`, or -1. */
function hex(text: string, at: number, end: number): number {
  if (at >= end) return -1;
  const code = text.charCodeAt(at);
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
