/** Our own lists, where they are short enough to hold: all that a list says, as objects. snapshot.ts has the format. */
import { entrySink } from './entry.ts';
import type { ListEntry as AnyEntry, ListReport as FullReport, Rejected } from './entry.ts';
import { writePattern } from './notation.ts';
import { ReportBuilder } from './report.ts';
import { readSnapshot } from './snapshot.ts';

/** A host that is listed. */
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

/** Lines are of the list itself. */
export interface ListReport extends Pick<FullReport, 'accepted' | 'duplicate' | 'subsumed'> {
  readonly rejected: readonly Omit<Rejected, 'file'>[];
}

export interface List {
  readonly entries: readonly ListEntry[];
  /** What is no host with or without its sub-domains: paths, expressions, exceptions and the like. */
  readonly others: readonly AnyEntry[];
  /** Titles of categories, as `@title` gives them. */
  readonly titles: Readonly<Record<string, string>>;
  readonly report: ListReport;
}

/** Reads a list; never throws. Duplicate and subsumed entries are counted and left out: they decide nothing. */
export function readList(name: string, text: string): List {
  const seen = new Map<string, ListEntry>();
  const others = new Map<string, AnyEntry>();
  const builder = new ReportBuilder();
  let duplicate = 0;
  const put = <T>(into: Map<string, T>, key: string, value: T): void => {
    if (into.has(key)) duplicate++;
    else into.set(key, Object.freeze(value));
  };
  const sink = entrySink((entry) => {
    const { category, source, line, except } = entry;
    if (entry.kind === 'host' && entry.reach !== 'children' && !except) {
      const exact = entry.reach === 'exact';
      put(seen, `${category}\0${exact ? '=' : ''}${entry.host}`, {
        host: entry.host,
        exact,
        category,
        source,
        list: name,
        line,
      });
    } else put(others, `${category}\0${except ? '! ' : ''}${writePattern(entry)}`, entry);
  });
  const { titles } = readSnapshot([Buffer.from(text)], sink, { name, report: builder });
  const entries = [...seen.values()].filter((entry) => !covered(entry, seen));
  return {
    entries,
    others: [...others.values()],
    titles,
    report: {
      accepted: entries.length + others.size,
      duplicate,
      subsumed: seen.size - entries.length,
      rejected: builder.report().rejected.map(({ line, column, why }) => ({ line, column, why })),
    },
  };
}

function covered(entry: ListEntry, seen: ReadonlyMap<string, ListEntry>): boolean {
  const has = (host: string) => seen.has(`${entry.category}\0${host}`);
  if (entry.exact && has(entry.host)) return true;
  for (let dot = entry.host.indexOf('.'); dot >= 0; dot = entry.host.indexOf('.', dot + 1))
    if (has(entry.host.slice(dot + 1))) return true;
  return false;
}
