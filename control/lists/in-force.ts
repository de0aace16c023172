/** The lists of an edition: those of folders, kept by hand, and those of sources. */
import type { ListInput } from '../compiler.ts';
import type { LastLists, ListFolders, ListsRead } from '../lists.ts';
import type { ListSnapshots } from '../../store/lists/snapshots.ts';
import type { ListSources } from './sources.ts';

/**
 * A list of a folder is stored with its publication, in one transaction, up to this length: a hand-written list is a few
 * kilobytes. A longer one would stay in hallpass.db for ever, whole, each time it changes; it becomes a snapshot file.
 */
const longText = 1024 * 1024;

export class ListsInForce {
  readonly #folders: ListFolders;
  readonly #sources: Pick<ListSources, 'read'>;
  readonly #snapshots: ListSnapshots | null;

  /** @param snapshots null for who only reads: then every list of a folder is a text */
  constructor(folders: ListFolders, sources: Pick<ListSources, 'read'>, snapshots: ListSnapshots | null) {
    this.#folders = folders;
    this.#sources = sources;
    this.#snapshots = snapshots;
  }

  /** Names of sources' lists have a slash, those of folders cannot. */
  async read(last?: LastLists): Promise<ListsRead> {
    const ofFolders =
      last === undefined
        ? undefined
        : {
            names: last.names.filter((name) => !name.includes('/')),
            text: (name: string) => last.text(name),
          };
    const { lists, faults } = await this.#folders.read(ofFolders);
    const kept = await Promise.all(lists.map((list) => this.#kept(list)));
    const all: readonly ListInput[] = [...kept, ...(await this.#sources.read(last === undefined))];
    return { lists: all.toSorted((a, b) => (a.name < b.name ? -1 : 1)), faults };
  }

  async #kept(list: ListInput): Promise<ListInput> {
    if (this.#snapshots === null || !('text' in list) || list.text.length <= longText) return list;
    const { digest } = await this.#snapshots.add([Buffer.from(list.text)]);
    return { name: list.name, digest, path: this.#snapshots.pathOf(digest) };
  }
}
