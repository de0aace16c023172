/** A source as it is configured → snapshots under the names that this policy has for its categories. */
import type { ListReport } from '../../policy/lists/entry.ts';
import type { ListFormat } from '../../policy/lists/detect.ts';
import { MAX_REJECTED } from '../../policy/lists/report.ts';
import { categorySlug } from './category-names.ts';
import { sourceAt } from './folder.ts';
import { importLists } from './import.ts';
import type { Imported, ImportedSnapshot } from './import.ts';

export interface TakeOver {
  /** A file, a folder or an archive. */
  readonly path: string;
  /** Where it comes from, for people. */
  readonly source: string;
  /** Told by the content where it is not given. */
  readonly format?: ListFormat;
  /** Of what names none itself; in front of the categories of a tree. */
  readonly category?: string;
  /** Which of its categories become which of ours; the others are left out. */
  readonly categories?: Readonly<Record<string, string>>;
}

export interface TakenList {
  /** Of ours. */
  readonly category: string;
  readonly entries: number;
  /** In our format, with its own `@category`. */
  readonly text: readonly Uint8Array[];
}

export interface Taken {
  /** Several may be for one category. */
  readonly lists: readonly TakenList[];
  /** As it was read; several where its files are in several. */
  readonly format: string;
  readonly report: ListReport;
}

/** Files that were not read and are named. */
const refusedShown = 100;

/** @throws SourceError, or Error whose message says why it is no list */
export async function takeOver({ path, categories, ...options }: TakeOver): Promise<Taken> {
  const imported = await importLists(await sourceAt(path), options);
  if (imported.snapshots.length === 0) throw new Error(`it is no list: ${whyNone(imported)}`);
  const notes: string[] = [];
  const lists =
    categories === undefined ? imported.snapshots : renamed(imported.snapshots, categories, notes);
  if (lists.length === 0) {
    const names = imported.snapshots.map(({ category }) => `\`${category}\``).join(', ');
    throw new Error(
      `it has none of the categories that are wanted, but ${names}: name them in \`categories\``,
    );
  }
  const formats = [...new Set(imported.files.map(({ format }) => format))];
  return { lists, format: formats.join(', '), report: reportOf(imported, notes) };
}

function whyNone({ refused, files }: Imported): string {
  const [first] = refused;
  if (files.length === 0 && first !== undefined) return first.why;
  return 'no line of it is understood';
}

function renamed(
  snapshots: readonly ImportedSnapshot[],
  categories: Readonly<Record<string, string>>,
  notes: string[],
): TakenList[] {
  const ours = new Map(Object.entries(categories).map(([theirs, name]) => [categorySlug(theirs), name]));
  return snapshots.flatMap(({ category, aliases, entries, text }) => {
    const found = [category, ...aliases].find((name) => ours.has(name));
    const name = found === undefined ? undefined : ours.get(found);
    if (name === undefined) {
      notes.push(`its category \`${category}\` is left out: ${entries.toLocaleString('en-US')} entries`);
      return [];
    }
    return [{ category: name, entries, text: name === category ? text : underName(name, text) }];
  });
}

/** A snapshot names its category at its beginning, then perhaps a title, which is that of another category now. */
function underName(category: string, [first = Buffer.alloc(0), ...rest]: readonly Buffer[]): Buffer[] {
  let begin = first.indexOf(10) + 1;
  if (first.subarray(begin, begin + 7).toString() === '@title ') begin = first.indexOf(10, begin) + 1;
  return [Buffer.from(`@category ${category}\n`), first.subarray(begin), ...rest];
}

function reportOf({ files, refused, refusedCount, notes }: Imported, more: readonly string[]): ListReport {
  const reports = files.map(({ report }) => report);
  const sum = (of: (report: ListReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  const skipped: Record<string, number> = {};
  for (const report of reports)
    for (const [kind, times] of Object.entries(report.skipped)) skipped[kind] = (skipped[kind] ?? 0) + times;
  const unread = refused.slice(0, refusedShown).map(({ name, why }) => `\`${name}\` is not read: ${why}`);
  const unnamed = refusedCount - unread.length;
  return {
    accepted: sum(({ accepted }) => accepted),
    duplicate: sum(({ duplicate }) => duplicate),
    subsumed: sum(({ subsumed }) => subsumed),
    rejected: reports.flatMap(({ rejected }) => rejected).slice(0, MAX_REJECTED),
    rejectedCount: sum(({ rejectedCount }) => rejectedCount),
    skipped,
    notes: [
      ...notes,
      ...reports.flatMap((report, index) =>
        report.notes.map((note) => `\`${files[index]?.name ?? ''}\`: ${note}`),
      ),
      ...unread,
      ...(unnamed > 0 ? [`${unnamed.toLocaleString('en-US')} more files are not read`] : []),
      ...more,
    ],
  };
}
