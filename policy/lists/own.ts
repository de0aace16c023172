/**
 * Our list format: UTF-8 text, one host a line.
 *
 *     # a comment; so is the rest of a line after ` #`
 *     @category games            directives hold for the entries that follow
 *     @title Games in the browser
 *     @source the publisher's own page, 2026-08-01
 *     example.org                with its sub-domains
 *     =www.example.org           this host only
 *     192.0.2.7                  an address: always this one only
 */
import { canonicalHost } from '../host.ts';

export interface ListEntry {
  readonly host: string;
  /** False: the sub-domains too. */
  readonly exact: boolean;
  readonly category: string;
  readonly source: string | null;
  /** Name of the list, and the line there, for the trace. */
  readonly list: string;
  readonly line: number;
}

export interface Rejected {
  readonly line: number;
  readonly column: number;
  readonly why: string;
}

export interface ListReport {
  readonly accepted: number;
  /** The same entry stood there before. */
  readonly duplicate: number;
  /** An entry for a parent domain covers it already. */
  readonly subsumed: number;
  readonly rejected: readonly Rejected[];
}

export interface List {
  readonly entries: readonly ListEntry[];
  /** Titles of categories, as `@title` gives them. */
  readonly titles: Readonly<Record<string, string>>;
  readonly report: ListReport;
}

type Line = { readonly host: string; readonly exact: boolean } | { readonly why: string };

/** Reads a list; never throws. Duplicate and subsumed entries are counted and left out: they decide nothing. */
export function readList(name: string, text: string): List {
  const seen = new Map<string, ListEntry>();
  const titles: Record<string, string> = {};
  const rejected: Rejected[] = [];
  let [category, source, duplicate]: [string | null, string | null, number] = [null, null, 0];
  for (const [i, raw] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const line = (raw.startsWith('#') ? '' : raw.replace(/\s#.*$/s, '')).trim();
    if (line === '' || line.startsWith('#')) continue;
    const reject = (why: string) =>
      rejected.push({ line: i + 1, column: raw.length - raw.trimStart().length + 1, why });
    const [, directive, value = ''] = /^@(\S*)\s*(.*)$/s.exec(line) ?? [];
    if (directive === 'source') source = value === '' ? null : value;
    else if (directive === 'title' && category !== null) titles[category] = value;
    else if (directive === 'category' && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(value)) category = value;
    else if (directive !== undefined)
      reject(
        `\`@${directive}\` is not understood here: write \`@category name\`, then \`@title …\`, \`@source …\``,
      );
    else if (category === null) reject('no category yet: write `@category name` above');
    else {
      const read = readEntry(line);
      const key = 'why' in read ? '' : `${category}\0${read.exact ? '=' : ''}${read.host}`;
      if ('why' in read) reject(read.why);
      else if (seen.has(key)) duplicate++;
      else seen.set(key, Object.freeze({ ...read, category, source, list: name, line: i + 1 }));
    }
  }
  const entries = [...seen.values()].filter((entry) => !covered(entry, seen));
  const report = { accepted: entries.length, duplicate, subsumed: seen.size - entries.length, rejected };
  return { entries, titles, report };
}

function readEntry(line: string): Line {
  if (line.startsWith('*.')) return { why: 'an entry has all its sub-domains anyway: leave `*.` away' };
  const exact = line.startsWith('=');
  const found = canonicalHost(exact ? line.slice(1) : line);
  if (!found.ok)
    return {
      why: /[/:]/.test(line) ? 'write the host alone, without scheme, port and path' : 'this is no host',
    };
  if (!exact && found.kind === 'name' && !found.host.includes('.'))
    return {
      why: `this would reach everything under \`${found.host}\`: write \`=${found.host}\` for that host alone`,
    };
  return { host: found.host, exact: exact || found.kind !== 'name' };
}

function covered(entry: ListEntry, seen: ReadonlyMap<string, ListEntry>): boolean {
  const has = (host: string) => seen.has(`${entry.category}\0${host}`);
  if (entry.exact && has(entry.host)) return true;
  for (let dot = entry.host.indexOf('.'); dot >= 0; dot = entry.host.indexOf('.', dot + 1))
    if (has(entry.host.slice(dot + 1))) return true;
  return false;
}
