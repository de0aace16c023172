/** The sources of lists as the control thread runs them. */
import { join } from 'node:path';
import { isTable } from '../../policy/compile/tables.ts';
import { ListSnapshots } from '../../store/lists/snapshots.ts';
import type { Repository } from '../../store/repository/repository.ts';
import type { Config } from '../../config.ts';
import type { ControlConfig } from '../config.ts';
import type { Editions } from '../editions.ts';
import { ListFolders } from '../lists.ts';
import type { ListInput } from '../compiler.ts';
import { lookBy } from './look.ts';
import { ListsInForce } from './in-force.ts';
import { ListSources } from './sources.ts';
import type { ListSourcesLog } from './sources.ts';
import { runTask } from './tasks.ts';
import { waysOf } from './ways.ts';

export interface ListsParts {
  readonly config: ControlConfig;
  readonly repository: Repository;
  readonly editions: () => Editions;
  readonly version: string;
  /** Whether no list may change now. */
  readonly frozen?: (at: number) => boolean;
  readonly log: ListSourcesLog;
  readonly onError: (error: unknown) => void;
}

export interface Lists {
  readonly folders: ListFolders;
  readonly sources: ListSources;
  readonly snapshots: ListSnapshots;
  readonly inForce: ListsInForce;
  /** In force; for who only reads, those that the next start would have. */
  current(): Promise<readonly ListInput[]>;
  /** The text of a stored list: of the repository's table, or out of the snapshots. */
  text(digest: string): Promise<string | null>;
}

/** Where the snapshots of a data folder are. */
export const snapshotsOf = (data: string): ListSnapshots => new ListSnapshots(join(data, 'lists'));

export function createLists(parts: ListsParts): Lists {
  const { config, repository, editions, version, log } = parts;
  const snapshots = snapshotsOf(config.data);
  const folders = new ListFolders(config.policy.lists.folders);
  const sources = new ListSources({
    ...{ table: repository.listSources, snapshots, run: runTask, log },
    look: lookBy({
      ...{ folder: snapshots.folder, version, run: runTask },
      download: async () => ({
        ways: await waysOf(config, parts.onError),
        userAgent: `Hallpass/${version}`,
        responseTimeout: config.upstream.responseTimeout,
        idleTimeout: config.upstream.bodyIdleTimeout,
      }),
    }),
    publications: () => repository.listPublications(),
    publish: async (by) => {
      await editions().reloadLists(by);
      const id = editions().current()?.id;
      return { edition: id?.edition ?? null, lists: id?.lists ?? {} };
    },
    frozen: parts.frozen ?? (() => false),
    retention: () => config.store.retention,
  });
  const text = storedText(repository, snapshots);
  // The tables of the product are no lists of the district.
  const current = async () =>
    editions()
      .lists()
      .filter(({ name }) => !isTable(name));
  return {
    folders,
    sources,
    snapshots,
    inForce: new ListsInForce(folders, sources, snapshots),
    current,
    text,
  };
}

/** The same for a command that only reads, beside a server or without one. */
export async function readLists(config: Config, reader: Repository | null): Promise<Lists> {
  const snapshots = snapshotsOf(config.data);
  const folders = new ListFolders(config.policy.lists.folders);
  const no = (): never => {
    throw new Error('who reads lists changes none');
  };
  const table = {
    all: async () => (reader === null ? [] : reader.listSources.all()),
    report: async (name: string) => reader?.listSources.report(name) ?? null,
  };
  const sources = new ListSources({
    ...{ snapshots, look: no, run: runTask, publish: no, retention: () => config.store.retention },
    table: { ...table, add: no, remove: no, save: no },
    publications: async () => [],
    frozen: () => true,
    log: { info: () => undefined, warn: () => undefined },
  });
  await sources.open(config.policy.lists.sources);
  // A damaged one is told, and the others are read.
  const tolerant = { read: () => sources.read(false) };
  const text = storedText(reader, snapshots);
  const inForce = new ListsInForce(folders, tolerant, null);
  const current = async () => (await inForce.read()).lists;
  return { folders, sources, snapshots, inForce, current, text };
}

/** By digest; null where nobody has it any more, or not as it was written. */
export function storedText(
  repository: Pick<Repository, 'listSnapshot'> | null,
  snapshots: ListSnapshots,
): Lists['text'] {
  return async (digest) => {
    const stored = (await repository?.listSnapshot(digest)) ?? null;
    if (stored !== null) return stored;
    const bytes = await snapshots.read(digest).catch(() => null);
    return bytes === null ? null : new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  };
}

/**
 * The lists of an edition that was published, to decide by it again. What is a delta is made whole for a while: the next
 * update of any source makes it small again.
 * @throws StoreError `list-snapshot` where one is not there any more
 */
export async function listsOfEdition(
  digests: Readonly<Record<string, string>>,
  repository: Pick<Repository, 'listSnapshot'>,
  snapshots: ListSnapshots,
): Promise<readonly ListInput[]> {
  const lists: ListInput[] = [];
  for (const [name, digest] of Object.entries(digests)) {
    const text = await repository.listSnapshot(digest);
    lists.push(text === null ? { name, digest, path: await snapshots.restore(digest) } : { name, text });
  }
  return lists;
}
