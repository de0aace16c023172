/** One entry as a line of a snapshot, both ways. */
import { canonicalHost } from '../host.ts';
import { readAddress, words } from '../ip.ts';
import { readCidr } from '../cidr.ts';
import type { Cidr } from '../cidr.ts';
import { parseUrlPattern } from '../model/patterns.ts';
import { parseAbpRule } from './abp-rule.ts';
import type { OtherPattern, Pattern, Reach } from './entry.ts';
import { readPath, writePath } from './site.ts';

export type PatternRead =
  { readonly ok: true; readonly pattern: Pattern } | { readonly ok: false; readonly why: string };

const refuse = (why: string): PatternRead => ({ ok: false, why });
const accept = (pattern: Pattern): PatternRead => ({ ok: true, pattern });

/** Kinds whose line is a word and a value that may hold spaces and ` #`. */
const verbatim: ReadonlySet<string> = new Set(['regex', 'abp']);

/** @param line trimmed, without directive and `!`; never throws */
export function readPattern(line: string): PatternRead {
  const [, word = '', value = ''] = /^([a-z]+)\s+(.*)$/s.exec(line) ?? [];
  if (verbatim.has(word)) return word === 'abp' ? readAbp(value) : readRegex(value);
  const text = line.replace(/\s#.*$/s, '').trimEnd();
  const argument = value.replace(/(?:^|\s)#.*$/s, '').trimEnd();
  const kind = Object.hasOwn(kinds, word) ? kinds[word] : undefined;
  if (kind !== undefined) return kind(argument);
  if (/\s/.test(text)) return refuse('one entry a line: this has spaces');
  return text.includes('/') || text.includes('?') ? readHostPath(text) : readHost(text);
}

const kinds: Readonly<Record<string, (value: string) => PatternRead>> = {
  url: readGlob,
  ip: readAddresses,
  term: (value) => {
    const found = termWords(value);
    return found.length === 0
      ? refuse('a term has at least one word')
      : accept({ kind: 'term', words: found });
  },
  ext: (value) => {
    const extension = readExtension(value);
    return extension === null
      ? refuse('an extension is letters and digits, such as `exe`')
      : accept({ kind: 'extension', extension });
  },
  type: (value) => {
    const type = readType(value);
    return type === null
      ? refuse('a media type is `video/mp4` or `video/*`')
      : accept({ kind: 'type', type });
  },
};

function readHost(text: string): PatternRead {
  const [, mark = '', rest = ''] = /^(=|\*\.|\.)?(.*)$/s.exec(text) ?? [];
  const found = canonicalHost(rest);
  if (!found.ok) return refuse(/:/.test(text) ? 'write the host without scheme and port' : 'this is no host');
  const { host, kind } = found;
  if (kind !== 'name')
    return mark === '*.' || mark === '.'
      ? refuse('an address has no sub-domains')
      : accept({ kind: 'host', host, reach: 'exact' });
  if (mark === '.' && host.includes('.'))
    return refuse('a host has its sub-domains anyway: leave the first dot away');
  if (mark === '' && !host.includes('.'))
    return refuse(
      `this would reach everything under \`${host}\`: write \`=${host}\` for that host alone, \`.${host}\` for all of it`,
    );
  return accept({
    kind: 'host',
    host,
    reach: mark === '=' ? 'exact' : mark === '*.' ? 'children' : 'subtree',
  });
}

function readHostPath(text: string): PatternRead {
  const marked = text.startsWith('=');
  const rest = marked ? text.slice(1) : text;
  const end = rest.search(/[/?]/);
  const name = rest.slice(0, end);
  const found = canonicalHost(name);
  if (!found.ok)
    return refuse(name.includes(':') ? 'write the host without scheme and port' : 'this is no host and path');
  const path = readPath(rest.slice(end), []);
  if (typeof path !== 'string') return path;
  const exact = marked || found.kind !== 'name';
  if (path === '') return accept({ kind: 'host', host: found.host, reach: exact ? 'exact' : 'subtree' });
  return accept({ kind: 'path', host: found.host, exact, path });
}

function readGlob(value: string): PatternRead {
  const found = parseUrlPattern(value);
  return found.ok ? accept({ kind: 'glob', glob: found.value.host + found.value.path }) : refuse(found.hint);
}

function readRegex(regex: string): PatternRead {
  return isRegex(regex) ? accept({ kind: 'regex', regex }) : refuse('this is no regular expression');
}

/** Whether it is one; whether it is safe to run is seen when it is compiled. */
export function isRegex(source: string): boolean {
  try {
    new RegExp(source);
    return source !== '';
  } catch {
    return false;
  }
}

function readAbp(rule: string): PatternRead {
  const read = parseAbpRule(rule);
  if (!read.ok) return refuse(read.why);
  return read.rule.badfilter
    ? refuse('`$badfilter` has nothing to take back here')
    : accept({ kind: 'abp', rule });
}

function readAddresses(value: string): PatternRead {
  const range = readRange(value);
  return typeof range === 'string' ? refuse(range) : accept(range);
}

type Range = Extract<OtherPattern, { kind: 'ip' }>;

/** `CIDR`, one address, or `first-last`; or what is wrong. */
export function readRange(value: string): Range | string {
  const dash = value.indexOf('-');
  if (dash < 0) {
    const cidr = readCidr(value);
    return cidr.ok ? rangeOf(cidr.value) : cidr.hint;
  }
  const ends = [value.slice(0, dash).trim(), value.slice(dash + 1).trim()].map((text) => {
    const into = words();
    return !text.includes('%') && readAddress(text, into) ? into : null;
  });
  const [from, to] = ends;
  if (from === null || from === undefined || to === null || to === undefined)
    return 'write a range as `10.0.0.1-10.0.0.9`';
  if (isMapped(from) !== isMapped(to)) return 'a range is of one family';
  const order = [...from].map((word, i) => word - (to[i] ?? 0)).find((difference) => difference !== 0) ?? 0;
  if (order > 0) return 'the first address of a range is its lowest';
  return { kind: 'ip', from: addressText(from), to: addressText(to) };
}

const isMapped = (address: Uint32Array): boolean =>
  address[0] === 0 && address[1] === 0 && address[2] === 0xffff;

function rangeOf({ network, mask }: Cidr): Range {
  const last = network.map((word, i) => (word | ~(mask[i] ?? 0)) >>> 0);
  return { kind: 'ip', from: addressText(network), to: addressText(last) };
}

function addressText(address: Uint32Array): string {
  const v4 = address[3] ?? 0;
  if (isMapped(address)) return [v4 >>> 24, (v4 >>> 16) & 255, (v4 >>> 8) & 255, v4 & 255].join('.');
  const groups = [...address].flatMap((word) => [word >>> 16, word & 0xffff]);
  const found = canonicalHost(groups.map((group) => group.toString(16)).join(':'));
  // An address that wraps an IPv4 one would change its family: it stays as it is.
  return found.ok && found.kind === 'ipv6' ? found.host : groups.map((group) => group.toString(16)).join(':');
}

/** The words of a term, as a search is compared with them: lower case, each once, in order. */
export function termWords(text: string): string[] {
  const found = text
    .normalize('NFC')
    .toLowerCase()
    .split(/[\s\p{Cc}]+/u)
    .map((word) => word.replace(/^#+/, ''));
  return [...new Set(found.filter((word) => word !== ''))].sort();
}

export function readExtension(text: string): string | null {
  const extension = text.replace(/^\./, '').toLowerCase();
  return /^[a-z0-9][a-z0-9_-]{0,31}$/.test(extension) ? extension : null;
}

export function readType(text: string): string | null {
  const type = text.toLowerCase();
  return /^[a-z0-9][a-z0-9!$&^_.+-]{0,63}\/(?:\*|[a-z0-9][a-z0-9!$&^_.+-]{0,126})$/.test(type) ? type : null;
}

/** As {@link readPattern} reads it back. */
export function writePattern(pattern: Pattern): string {
  switch (pattern.kind) {
    case 'host':
      return writeHost(pattern.host, pattern.reach);
    case 'path': {
      const host = pattern.host.includes(':') ? `[${pattern.host}]` : pattern.host;
      return `${pattern.exact && !isAddress(host) ? '=' : ''}${host}${writePath(pattern.path)}`;
    }
    case 'glob':
      return `url ${pattern.glob}`;
    case 'regex':
      return `regex ${pattern.regex}`;
    case 'abp':
      return `abp ${pattern.rule}`;
    case 'ip':
      return `ip ${pattern.from === pattern.to ? pattern.from : `${pattern.from}-${pattern.to}`}`;
    case 'term':
      return `term ${pattern.words.join(' ')}`;
    case 'extension':
      return `ext ${pattern.extension}`;
    case 'type':
      return `type ${pattern.type}`;
  }
}

export function writeHost(host: string, reach: Reach): string {
  if (reach === 'exact') return isAddress(host) ? host : `=${host}`;
  if (reach === 'children') return `*.${host}`;
  return host.includes('.') ? host : `.${host}`;
}

/** Of a canonical host: no name ends in a number, or holds a colon. */
const isAddress = (host: string): boolean => {
  const last = host.charCodeAt(host.length - 1);
  return host.includes(':') || (last >= 48 && last <= 57 && /(?:^|\.)\d+$/.test(host));
};
