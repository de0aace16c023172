/** Host names in one spelling, so that one host cannot be asked for by two names. */
import { domainToASCII } from 'node:url';
import { canonicalIpv6, dottedIpv4 } from './address.ts';
import type { HostErrorCode } from './errors.ts';

export type HostKind = 'name' | 'ipv4' | 'ipv6';
export type HostResult =
  | { readonly ok: true; readonly host: string; readonly kind: HostKind }
  | { readonly ok: false; readonly code: HostErrorCode };

const refuse = (code: HostErrorCode): HostResult => ({ ok: false, code });

const MAX_NAME = 253;
const MAX_LABEL = 63;
const DOT = 46;

const LETTER = 1;
const DIGIT = 2;
/** What each ASCII character is to a name that needs no work; 0 sends the name to the slow path. */
const classes = new Uint8Array(128);
for (const c of 'abcdefghijklmnopqrstuvwxyz-_') classes[c.charCodeAt(0)] = LETTER;
for (const c of '0123456789') classes[c.charCodeAt(0)] = DIGIT;

/**
 * Canonical form of a host as a client wrote it (with or without the brackets of an IPv6 literal): lower case, without
 * the one dot that may end it, IDN as A-labels (UTS #46), IPv4 in any spelling as dotted decimal, IPv6 by RFC 5952,
 * IPv6 that wraps IPv4 as that IPv4. Percent-encoding is refused. Canonical forms map to themselves.
 */
export function canonicalHost(raw: string): HostResult {
  return isPlainName(raw) ? { ok: true, host: raw, kind: 'name' } : anyHost(raw);
}

/** One scan: lower-case labels, the last one not beginning with a digit, and nothing that might be punycode. */
function isPlainName(raw: string): boolean {
  const length = raw.length;
  if (length === 0 || length > MAX_NAME) return false;
  let start = 0;
  for (let i = 0; i <= length; i++) {
    const c = i === length ? DOT : raw.charCodeAt(i);
    if (c === DOT) {
      if (i === start || i - start > MAX_LABEL) return false;
      // `xn--` anywhere: two hyphens at the third place of a label.
      if (raw.charCodeAt(start + 2) === 45 && raw.charCodeAt(start + 3) === 45) return false;
      if (i < length) start = i + 1;
    } else if (c > 127 || classes[c] === 0) return false;
  }
  return classes[raw.charCodeAt(start)] === LETTER;
}

function anyHost(raw: string): HostResult {
  if (raw === '') return refuse('host-empty');
  if (raw.startsWith('[') || raw.includes(':')) return ipv6(raw);
  if (raw.length > 1_024) return refuse('host-length');
  if (/[^\p{L}\p{N}\p{M}\p{Pd}\p{Cf}\p{So}\p{Po}\p{Pc}]/u.test(raw) || /[%/\\@#?!"'&*,;]/.test(raw))
    return refuse('host-characters');
  const ascii = isAscii(raw) && !/(^|\.)xn--/i.test(raw) ? raw.toLowerCase() : domainToASCII(raw);
  if (ascii === '') return refuse('host-label');
  const host = ascii.endsWith('.') ? ascii.slice(0, -1) : ascii;
  return name(host);
}

function name(host: string): HostResult {
  const labels = host.split('.');
  const last = labels.at(-1) ?? '';
  // WHATWG URL: a name that ends in a number is an IPv4 address or nothing.
  if (/^(0x[0-9a-f]*|[0-9]+)$/.test(last)) {
    const dotted = dottedIpv4(host);
    return dotted === null ? refuse('host-address') : { ok: true, host: dotted, kind: 'ipv4' };
  }
  if (host.length > MAX_NAME) return refuse('host-length');
  for (const label of labels) {
    if (label === '') return refuse('host-dots');
    if (label.length > MAX_LABEL) return refuse('host-length');
    if (!/^[a-z0-9_-]+$/.test(label)) return refuse('host-characters');
  }
  return { ok: true, host, kind: 'name' };
}

function ipv6(raw: string): HostResult {
  const bracketed = raw.startsWith('[') && raw.endsWith(']');
  const found = canonicalIpv6(bracketed ? raw.slice(1, -1) : raw);
  return found === null ? refuse('host-address') : { ok: true, ...found };
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}
