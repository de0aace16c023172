/** How an address is written inside another one, and the way back. All of it takes time that grows with the text only. */
import { domainToUnicode } from 'node:url';
import { canonicalHost } from '../host.ts';
import type { HostKind } from '../host.ts';
import { fullyDecoded } from '../path.ts';
import { percentDecoded } from './query.ts';

export interface Address {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly hostKind: HostKind;
  readonly port: number;
  readonly rawPath: string;
  readonly query: string;
}

const absolute = /^(?:https?:[/\\]*|:?\/\/)[^/\\]/i;
/** A host with a path or without; a file of the service itself is none. */
const withoutScheme =
  /^(?:[\p{L}\p{N}_-]+\.)+(?!(?:ico|png|jpe?g|gif|svg|webp|js|mjs|css|map|txt|xml|json|html?|php|aspx?|webmanifest)\b)\p{L}{2,}\.?(?::\d{1,5})?(?:[/?#]|$)/iu;

/** Percent-encoding is taken off layer by layer, so that what the address itself encodes stays; deeper ones at once. */
const maxLayers = 4;

/**
 * The address that a text is, in any of the codings that web proxies write it in, however often one lies in another: each
 * makes the text longer.
 * @param bare whether it may lack its scheme
 * @param layer how many layers of percent-encoding were taken off
 */
export function addressIn(text: string, bare: boolean, layer = 0): string | null {
  if (absolute.test(text)) return text;
  const decoded = layer < maxLayers ? percentDecoded(text) : fullyDecoded(text);
  if (decoded !== text) return addressIn(decoded, bare, layer + 1);
  if (bare && withoutScheme.test(text)) return text;
  for (const decode of [xorDecoded, rotDecoded, hexDecoded, base64Decoded]) {
    const inside = decode(text);
    const found = inside === null ? null : addressIn(inside, bare);
    if (found !== null) return found;
  }
  return null;
}

/** Ultraviolet's coding: every second character XOR 2; what follows a `?` stays as it is. */
export function xorDecoded(text: string): string | null {
  if (!/^hvtr/i.test(text)) return null;
  const mark = text.indexOf('?');
  const end = mark < 0 ? text.length : mark;
  let plain = '';
  for (let i = 0; i < end; i++)
    plain += i % 2 === 1 ? String.fromCharCode(text.charCodeAt(i) ^ 2) : text.charAt(i);
  return plain + text.slice(end);
}

function rotDecoded(text: string): string | null {
  if (!/^uggcf?[:%]/i.test(text)) return null;
  return text.replace(/[a-z]/gi, (letter) => {
    const code = letter.charCodeAt(0);
    return String.fromCharCode((code & 31) > 13 ? code - 13 : code + 13);
  });
}

function hexDecoded(text: string): string | null {
  const [digits] = /^(?:[0-9a-f]{2}){8,}/i.exec(text) ?? [];
  return digits === undefined ? null : printable(Buffer.from(digits, 'hex'));
}

function base64Decoded(text: string): string | null {
  const [coded] = /^[A-Za-z0-9+/_-]{8,}/.exec(text) ?? [];
  if (coded === undefined) return null;
  const whole = printable(Buffer.from(coded, 'base64'));
  const slash = coded.indexOf('/');
  // In a path the next segment may follow the coded one.
  return whole ?? (slash < 8 ? null : printable(Buffer.from(coded.slice(0, slash), 'base64')));
}

/** The text that some bytes are; null for most bytes after one look, as an address begins with ASCII. */
function printable(bytes: Buffer): string | null {
  for (let i = 0; i < 8 && i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte < 0x21 || byte > 0x7e) return null;
  }
  const text = bytes.toString('utf8');
  return /^[^\p{C}\uFFFD]+$/u.test(text) ? text : null;
}

/**
 * An absolute address as a browser or a proxy would take it apart, user names left away. Null where its host is no
 * domain or address.
 * @param scheme of an address that names none
 */
export function parseAddress(text: string, scheme: 'http' | 'https'): Address | null {
  // A path that lost its empty segments, or a service that put its own in front.
  const inner = text.trim().replace(/^(?:https?:[/\\]*)+(?=https?:[/\\])/i, '');
  const parts = /^(?:(https?):|:)?[/\\]*([^/\\?#]*)([^?#]*)(?:\?([^#]*))?/is.exec(inner);
  const [, named, authority = '', path = '', query = ''] = parts ?? [];
  const written = authority.slice(authority.lastIndexOf('@') + 1);
  const [, rawHost = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(?:(\d{0,5})|\D.*))?$/.exec(written) ?? [];
  const host = canonicalHost(fullyDecoded(rawHost).replace(/\.+$/, ''));
  if (!host.ok || (host.kind === 'name' && !host.host.includes('.'))) return null;
  const found = named === undefined ? scheme : named.toLowerCase() === 'https' ? 'https' : 'http';
  const number = port === undefined || port === '' ? (found === 'https' ? 443 : 80) : Number(port);
  if (number < 1 || number > 65_535) return null;
  const rawPath = path.startsWith('/') ? path : `/${path.replace(/^\\/, '')}`;
  return { scheme: found, host: host.host, hostKind: host.kind, port: number, rawPath, query };
}

/** `www-example--site-com` for `www.example-site.com`; `0-` in front says that it is an A-label without its `xn--`. */
export function labelDecoded(label: string, prefix: string): string {
  const whole = prefix + (label.startsWith('xn--') ? domainToUnicode(label) : label);
  const [, idn, plain = whole] = /^(?:1-)?(0-)?(.*?)(?:-0)?$/.exec(whole) ?? [];
  const dotted = plain.replace(/(?<=[\p{L}\p{N}_])-(?=[\p{L}\p{N}_])/gu, '.').replaceAll('--', '-');
  return idn !== undefined && !whole.endsWith('-0') ? `xn--${dotted}` : dotted;
}

const cached = /^cache:(?:[\w-]{8,16}:)?(\S+)/;

/** The codings of single services; each gives an address or null. */
export const decoders = {
  cache: (value: string) => cached.exec(value.replaceAll('+', ' '))?.[1] ?? null,
  bing: (value: string) => addressIn(value.replace(/^a1/, ''), true),
  yahoo: (path: string) => {
    const [, address] = /\/RU=([^/]+)/i.exec(path) ?? [];
    return address === undefined ? null : addressIn(address, false);
  },
  proofpoint2: (value: string) => percentDecoded(value.replaceAll('-', '%').replaceAll('_', '/')),
  proofpoint3: (path: string) => proofpoint3(path),
} as const;

const runs = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** `__ADDRESS__;KEPT!`: each `*` of the address is the next kept character, `**X` as many as `X` counts from 2. */
function proofpoint3(path: string): string | null {
  const [, address, kept = ''] = /__(.+?)__(?:;([\w+/=-]*))?/.exec(percentDecoded(path)) ?? [];
  if (address === undefined) return null;
  const characters = Buffer.from(kept, 'base64').toString('utf8');
  let next = 0;
  return address.replace(/\*(?:\*([\w-]))?/g, (_, run: string | undefined) => {
    const count = run === undefined ? 1 : runs.indexOf(run) + 2;
    next += count;
    return characters.slice(next - count, next);
  });
}
