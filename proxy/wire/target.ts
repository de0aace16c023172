/** Request targets (RFC 9112 §3.2): split and checked for grammar only. What the host means is policy/facts.ts's to say. */
import type { RequestHead } from './head.ts';
import { Refused } from './refusals.ts';

export interface Authority {
  /** As received; IPv6 in brackets. Never empty. */
  readonly host: string;
  /** 1 to 65535, or undefined when none was given. */
  readonly port: number | undefined;
}

export type Target =
  /** `http://host[:port]/path?query`: `path` is empty or begins with `/`; `query` undefined when there was no `?`. */
  | {
      readonly form: 'absolute';
      readonly authority: Authority;
      readonly path: string;
      readonly query: string | undefined;
    }
  /** `CONNECT host:port`. */
  | { readonly form: 'authority'; readonly authority: Authority & { readonly port: number } }
  /** `OPTIONS *`. */
  | { readonly form: 'asterisk' };

/** The target for the origin (RFC 9112 §3.2.1, §3.2.4): byte for byte what the client sent after the authority. */
export function originForm(target: Target & { readonly form: 'absolute' }, method: string): string {
  const { path, query } = target;
  if (path === '') return query !== undefined ? `/?${query}` : method === 'OPTIONS' ? '*' : '/';
  return query === undefined ? path : `${path}?${query}`;
}

/** @throws Refused for every target that a forward proxy does not serve. */
export function parseTarget(head: RequestHead): Target {
  const { method, target } = head;
  if (method === 'CONNECT') return connectTarget(target);
  if (target === '*') {
    if (method !== 'OPTIONS') throw new Refused('asterisk-form');
    return { form: 'asterisk' };
  }
  if (target.charCodeAt(0) === 0x2f) throw new Refused('origin-form');
  return absoluteTarget(target);
}

function connectTarget(target: string): Target {
  if (target.includes('/')) throw new Refused('authority-form');
  const { host, port } = parseAuthority(target, 'bad-authority');
  if (port === undefined) throw new Refused('authority-form');
  return { form: 'authority', authority: { host, port } };
}

function absoluteTarget(target: string): Target {
  const schemeEnd = target.indexOf('://');
  if (schemeEnd < 0) throw new Refused('authority-form');
  if (schemeEnd !== 4 || target.slice(0, 4).toLowerCase() !== 'http') throw new Refused('bad-scheme');
  if (target.includes('#')) throw new Refused('fragment');
  const authorityEnd = endOfAuthority(target, 7);
  const authority = parseAuthority(target.slice(7, authorityEnd), 'bad-authority');
  const mark = target.indexOf('?', authorityEnd);
  const pathEnd = mark < 0 ? target.length : mark;
  const path = target.slice(authorityEnd, pathEnd);
  return { form: 'absolute', authority, path, query: mark < 0 ? undefined : target.slice(mark + 1) };
}

function endOfAuthority(target: string, from: number): number {
  for (let i = from; i < target.length; i++) {
    const code = target.charCodeAt(i);
    if (code === 0x2f || code === 0x3f) return i;
  }
  return target.length;
}

const regName = /^[A-Za-z0-9\-._~!$&'()*+;=%]+$/;
const ipLiteral = /^\[[0-9A-Fa-f:.]+\]$/;

/**
 * `host [":" port]`, where an empty port means none (RFC 3986 §3.2.3). A comma, which the grammar allows in a name, is
 * refused: no host has one, and `Host: a, b` is two hosts to somebody.
 *
 * @throws Refused with `code` for a malformed host, `userinfo` and `bad-port`.
 */
export function parseAuthority(text: string, code: 'bad-authority' | 'host-invalid'): Authority {
  if (text.includes('@')) throw new Refused('userinfo');
  const bracket = text.charCodeAt(0) === 0x5b ? text.indexOf(']') : 0;
  const colon = text.indexOf(':', bracket < 0 ? 0 : bracket);
  const host = colon < 0 ? text : text.slice(0, colon);
  if (!regName.test(host) && !ipLiteral.test(host)) throw new Refused(code);
  return { host, port: colon < 0 || colon === text.length - 1 ? undefined : parsePort(text, colon + 1) };
}

function parsePort(text: string, from: number): number {
  let port = 0;
  for (let i = from; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (!(digit >= 0 && digit <= 9) || text.length - from > 5) throw new Refused('bad-port');
    port = port * 10 + digit;
  }
  if (port < 1 || port > 65_535) throw new Refused('bad-port');
  return port;
}
