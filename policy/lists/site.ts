/** `host` and `host/path` as other formats write them: with a scheme, a port, a dot in front, in any case. */
import { canonicalHost } from '../host.ts';
import { canonicalPath } from '../path.ts';

export interface Site {
  readonly host: string;
  /** An address is `exact`. */
  readonly reach: 'subtree' | 'exact';
  /** As an entry of kind `path` has it; empty where the whole host is meant. */
  readonly path: string;
  /** What was taken away. */
  readonly notes: readonly string[];
}

export type SiteRead = ({ readonly ok: true } & Site) | { readonly ok: false; readonly why: string };

const refuse = (why: string) => ({ ok: false, why }) as const;

const longestPath = 4_096;
/** In any spelling; what comes of it is shorter still. */
const longestHost = 1_024;

/** The host alone, in whatever spelling is safe to take; a name without a dot only where it is `.name`. */
export function readHostName(
  text: string,
):
  | { readonly ok: true; readonly host: string; readonly reach: 'subtree' | 'exact' }
  | { readonly ok: false; readonly why: string } {
  if (text.length > longestHost) return refuse('this is no host');
  const dotted = text.length > 1 && text.startsWith('.') && !text.startsWith('..');
  const found = canonicalHost(dotted ? text.slice(1) : text);
  if (!found.ok) return refuse('this is no host');
  const { host, kind } = found;
  if (kind === 'ipv4' && !/^(?:(?:0|[1-9]\d{0,2})\.){3}(?:0|[1-9]\d{0,2})\.?$/.test(text))
    return refuse('an address is four decimal numbers');
  if (kind !== 'name') return { ok: true, host, reach: 'exact' };
  if (!dotted && !host.includes('.')) return refuse(`this would reach everything under \`${host}\``);
  return { ok: true, host, reach: 'subtree' };
}

/** Never throws. */
export function readSite(text: string): SiteRead {
  const notes: string[] = [];
  const scheme = /^([a-z][a-z0-9+.-]*):\/\/|^\/\//i.exec(text);
  if (scheme !== null)
    notes.push(`\`${scheme[0].toLowerCase()}\` was taken away: entries hold for every scheme`);
  const rest = scheme === null ? text : text.slice(scheme[0].length);
  const end = rest.search(/[/?#\\]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  if (authority.includes('@')) return refuse('it holds the name of a user');
  const port = authority.includes('[') || /:.*:/.test(authority) ? null : /:\d{0,5}$/.exec(authority);
  if (port !== null) notes.push('a port was taken away: entries hold for every port');
  const name = readHostName(port === null ? authority : authority.slice(0, -port[0].length));
  if (!name.ok) return name;
  const path = readPath(end < 0 ? '' : rest.slice(end), notes);
  return typeof path === 'string' ? { ...name, path, notes } : path;
}

/** @param text begins with `/`, `?` or `#`, or is empty */
export function readPath(
  text: string,
  notes: string[],
): string | { readonly ok: false; readonly why: string } {
  if (text.length > longestPath) return refuse('so long a path is in no list');
  if (/[\s\p{Cc}]/u.test(text)) return refuse('an address has no spaces');
  const hash = text.indexOf('#');
  const sent = hash < 0 ? text : text.slice(0, hash);
  const question = sent.indexOf('?');
  const path = canonicalPath((question < 0 ? sent : sent.slice(0, question)) || '/').toLowerCase();
  const query = question < 0 ? '' : sent.slice(question).toLowerCase();
  if (path.includes('?')) return refuse('an encoded `?` in a path');
  const whole = path === '/' && query.length < 2;
  if (hash >= 0 && whole)
    return refuse('what stands after `#` is never sent, and the rest would be the whole site');
  if (hash >= 0) notes.push('what stands after `#` was taken away: it is never sent');
  return whole ? '' : path + (query === '?' ? '' : query);
}

/** For text: `readPath` gives the same path back. */
export function writePath(path: string): string {
  const question = path.indexOf('?');
  const end = question < 0 ? path.length : question;
  return path.slice(0, end).replace(/[\s\p{Cc}%#\\;]/gu, (c) => encodeURIComponent(c)) + path.slice(end);
}
