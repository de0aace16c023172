/** The lists in force and where they come from, for the command line, Health and the doctor. */
import type { ListReport } from '../../policy/lists/entry.ts';
import type { ListVersion } from '../../store/repository/list-sources.ts';
import type { SnapshotSizes } from '../../store/lists/snapshots.ts';
import type { Lists } from './compose.ts';
import { dueAt, staleAfter } from './due.ts';
import { EntryCount } from './entry-count.ts';
import { lossesOf } from './shrink.ts';
import type { Loss } from './shrink.ts';
import type { KnownSource } from './known-source.ts';

export interface ListView {
  /** As editions name it. */
  readonly name: string;
  readonly category: string | null;
  readonly entries: number | null;
  /** When it came; epoch milliseconds. Null of a list in a folder. */
  readonly at: number | null;
  /** Name of the source; null of a list in a folder. */
  readonly source: string | null;
  /** Address or path. */
  readonly from: string;
  /** `ok`, or what is the matter, in few words. */
  readonly state: string;
}

export interface SourceView {
  readonly name: string;
  readonly from: string;
  readonly configured: boolean;
  readonly lists: number;
  readonly entries: number;
  readonly checkedAt: number | null;
  readonly seenAt: number | null;
  /** When it is looked at next; null where only somebody's asking does that. */
  readonly due: number | null;
  readonly held: readonly Loss[];
  /** Sentences; empty when all is well. */
  readonly troubles: readonly string[];
}

export interface ListsView {
  readonly lists: readonly ListView[];
  readonly sources: readonly SourceView[];
  readonly snapshots: SnapshotSizes;
}

export interface SourceStats extends SourceView {
  /** Of its lists in force, on disk. */
  readonly bytes: number;
  /** Of the last import; null where none has been. */
  readonly report: (ListReport & { readonly format?: string }) | null;
}

export interface ListsStats {
  readonly sources: readonly SourceStats[];
  readonly snapshots: SnapshotSizes;
}

type Viewed = Pick<Lists, 'sources' | 'snapshots' | 'current' | 'folders'>;

export async function viewOf(lists: Viewed): Promise<ListsView> {
  const now = Date.now();
  const known = lists.sources.all();
  const ofFolders = await folderViews(lists);
  const damaged = lists.sources.damaged();
  return {
    lists: [...ofFolders, ...known.flatMap((each) => listViews(each, damaged, now))],
    sources: known.map((each) => sourceView(each, damaged, now)),
    snapshots: lists.snapshots.sizes(),
  };
}

/** @param name of one source; all of them where undefined */
export async function statsOf({ sources, snapshots }: Viewed, name: string | undefined): Promise<ListsStats> {
  const wanted = sources.all().filter((known) => name === undefined || known.name === name);
  const stats = wanted.map(async (known) => ({
    ...sourceView(known, sources.damaged(), Date.now()),
    report: (await sources.report(known.name)) as SourceStats['report'],
    bytes: Object.values(known.state.lists).reduce((sum, { digest }) => sum + snapshots.sizeOf(digest), 0),
  }));
  return { sources: await Promise.all(stats), snapshots: snapshots.sizes() };
}

/** Lists kept by hand in the configured folders. */
async function folderViews({ current, folders, snapshots }: Viewed): Promise<ListView[]> {
  const own = (await current()).filter(({ name }) => !name.includes('/'));
  return Promise.all(
    own.map(async (list) => {
      const bytes = 'text' in list ? Buffer.from(list.text) : Buffer.from(await snapshots.read(list.digest));
      const count = new EntryCount();
      count.take(bytes);
      const [, category = null] = /^@category\s+(\S+)/m.exec(bytes.toString('utf8', 0, 4_096)) ?? [];
      const from = folders.fileOf(list.name);
      const state = from === null ? 'from before' : 'ok';
      return {
        name: list.name,
        category,
        entries: count.end(),
        at: null,
        source: null,
        from: from ?? '-',
        state,
      };
    }),
  );
}

export function sourceView(
  known: KnownSource,
  damaged: ReadonlyMap<string, string>,
  now: number,
): SourceView {
  const { name, source, configured, state } = known;
  const versions = Object.values(state.lists);
  return {
    ...{ name, from: placeOf(known), configured },
    lists: versions.length,
    entries: versions.reduce((sum, { entries }) => sum + entries, 0),
    checkedAt: state.checkedAt,
    seenAt: state.seenAt,
    due: dueAt(source.schedule, state),
    held: lossesOf(state),
    troubles: troublesOf(known, damaged, now),
  };
}

/** One line for each list of it; one without a list where nothing has come yet. */
export function listViews(known: KnownSource, damaged: ReadonlyMap<string, string>, now: number): ListView[] {
  const { name, state } = known;
  const from = placeOf(known);
  const versions = Object.entries(state.lists);
  if (versions.length === 0)
    return [
      {
        ...{ name, category: null, entries: null, at: null, source: name, from },
        state: stateOf(known, now),
      },
    ];
  return versions.map(([list, version]) => ({
    ...{ name: list, category: list.slice(name.length + 1), source: name, from },
    ...shown(version),
    state: damaged.has(list) ? 'damaged' : list in state.held ? 'held back' : stateOf(known, now),
  }));
}

const shown = ({ entries, at }: ListVersion) => ({ entries, at });

const placeOf = ({ source }: KnownSource): string => source.url ?? source.file ?? '';

function stateOf({ source, state }: KnownSource, now: number): string {
  if (state.seenAt === null) return state.failure === null ? 'not fetched yet' : 'never came';
  if (now - state.seenAt > staleAfter(source.schedule)) return 'stale';
  return state.failure === null ? 'ok' : 'failing';
}

/** What somebody should look at, each with what to do. */
export function troublesOf(known: KnownSource, damaged: ReadonlyMap<string, string>, now: number): string[] {
  const { name, source, state } = known;
  const troubles = Object.keys(state.lists).flatMap((list) => {
    const why = damaged.get(list);
    return why === undefined ? [] : [`list \`${list}\` is damaged: ${why}`];
  });
  for (const { list, from, to } of lossesOf(state))
    troubles.push(
      `list \`${list}\` is held back: it would go from ${count(from)} entries to ${count(to)}, and the old one serves: ` +
        `look at it, then \`hallpass lists update ${name} --accept\``,
    );
  const { failure, seenAt } = state;
  if (failure !== null) {
    const serves = seenAt === null ? 'nothing of it is in force' : 'what came last serves';
    troubles.push(
      `list source \`${name}\` gives nothing new since ${iso(failure.since)}: ${failure.message}; ${serves}`,
    );
  } else if (seenAt !== null && now - seenAt > staleAfter(source.schedule))
    troubles.push(`list source \`${name}\` is stale: it was last seen at ${iso(seenAt)}`);
  return troubles;
}

const count = (value: number): string => value.toLocaleString('en-US');
const iso = (at: number): string => new Date(at).toISOString();
