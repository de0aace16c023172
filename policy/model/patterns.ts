/** The places that authors write down: hosts (`example.org`, `=example.org`, `*.example.org`) and URL globs (`host/path`). */
import { canonicalHost } from '../host.ts';
import { canonicalPath } from '../path.ts';

/** `subtree`: the host and everything below it; `exact`: it alone; `children`: exactly one label more. */
export type Reach = 'subtree' | 'exact' | 'children';

export interface HostPattern {
  readonly host: string;
  readonly reach: Reach;
}

/** Or, as a string, how to mend it. */
export type Read<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly hint: string };

const mend = (hint: string): { ok: false; hint: string } => ({ ok: false, hint });

export function parseHostPattern(text: string): Read<HostPattern> {
  if (/:\/\//.test(text)) return mend('write the host alone, without scheme');
  if (/^[^[]*\//.test(text)) return mend('write the host alone; paths belong under `urls`');
  const [, mark = '', rest = ''] = /^(=|\*\.)?(.*)$/s.exec(text) ?? [];
  const found = canonicalHost(rest);
  if (!found.ok)
    return mend(rest.includes('*') ? '`*.` may stand in front only' : 'write a host such as `example.org`');
  const { host, kind } = found;
  if (kind !== 'name')
    return mark === '*.'
      ? mend('an address has no sub-domains')
      : { ok: true, value: { host, reach: 'exact' } };
  if (mark === '=') return { ok: true, value: { host, reach: 'exact' } };
  if (!host.includes('.'))
    return mend(`this would reach everything under \`${host}\`; write \`=${host}\` for that host alone`);
  return { ok: true, value: { host, reach: mark === '*.' ? 'children' : 'subtree' } };
}

/** Both parts canonical, lower case; `**` is a whole label or segment and stands for any number of them, none too. */
export interface UrlPattern {
  readonly host: string;
  readonly path: string;
}

const MAX_URL = 512;
/** More wildcards than these make a pattern that nobody can foresee, and a match that may take long. */
const MAX_WILDCARDS = 3;

export function parseUrlPattern(text: string): Read<UrlPattern> {
  if (text.length > MAX_URL) return mend(`write at most ${MAX_URL} characters`);
  if (text.includes('://')) return mend('leave the scheme away');
  if (text.includes('#')) return mend('a URL pattern ends with the path: fragments never reach a server');
  const slash = text.indexOf('/');
  if (slash < 0) return mend('write `host/path`; a host alone belongs under `hosts`');
  const host = hostGlob(text.slice(0, slash));
  if (host === null)
    return mend('the host may hold letters, digits, `-`, `.`, and `*` within a label or `**` as a whole one');
  const path = canonicalPath(text.slice(slash)).toLowerCase();
  if (path.split('/').some((segment) => segment !== '**' && segment.includes('**')))
    return mend('`**` is a whole segment: `/**/`');
  for (const part of [host, path])
    if ((part.match(/\*+/g) ?? []).length > MAX_WILDCARDS)
      return mend(`use at most ${MAX_WILDCARDS} wildcards in the host and in the path`);
  return { ok: true, value: { host, path } };
}

function hostGlob(text: string): string | null {
  if (!text.includes('*')) {
    const found = canonicalHost(text);
    return found.ok ? found.host : null;
  }
  const labels = text.toLowerCase().split('.');
  const valid = labels.every((label) => label === '**' || /^(?!.*\*\*)[a-z0-9_*-]{1,63}$/.test(label));
  return valid ? labels.join('.') : null;
}

/** The last label of names, canonical. */
export function parseTopLevel(text: string): Read<string> {
  const found = canonicalHost(text);
  return found.ok && found.kind === 'name' && !found.host.includes('.')
    ? { ok: true, value: found.host }
    : mend('write the last label of a name, such as `zip`');
}
