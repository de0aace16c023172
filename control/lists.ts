/** The category lists in force: every `*.list` file of the configured folders, and what could not be read. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ListText } from '../policy/edition.ts';
import type { ListInput } from './compiler.ts';
import { readList } from '../policy/lists/own.ts';

export interface ListFault {
  /** The file or folder. */
  readonly path: string;
  /** Lower case, no full stop. */
  readonly reason: string;
  /** Whether an earlier reading of it stays in force. */
  readonly kept: boolean;
}

export interface ListsRead {
  /** By name, each name once. */
  readonly lists: readonly ListInput[];
  readonly faults: readonly ListFault[];
}

/** The lists of the edition that was published last: what a start goes back to where it cannot read. */
export interface LastLists {
  readonly names: readonly string[];
  /** As it was compiled then; null where nobody knows it any more. */
  text(name: string): Promise<string | null>;
}

/** @param digests by name, as a publication has them */
export function listsPublished(
  digests: Readonly<Record<string, string>>,
  snapshot: (digest: string) => Promise<string | null>,
): LastLists {
  return {
    names: Object.keys(digests),
    text: async (name) => {
      const digest = digests[name];
      return digest === undefined ? null : snapshot(digest);
    },
  };
}

/** A list of five million hosts is about 100 MB. */
const maxBytes = 256 * 1024 * 1024;
const goneReason = 'no configured folder has it any more, and the next reload drops it';
const sample = 65_536;
const ending = '.list';

const nothing: LastLists = { names: [], text: async () => null };

/**
 * Reads the folders as often as asked, and keeps what it read: a file or folder that cannot be read stays in force as
 * it was, since a list that vanishes by accident would open what it closed. Before anything was read, that is what the
 * last edition had. A file that is gone is gone, but never by a restart: only by the next reading.
 */
export class ListFolders {
  #folders: readonly string[];
  #filesByFolder = new Map<string, Files>();

  constructor(folders: readonly string[]) {
    this.#folders = folders;
  }

  /** From the next reading on. */
  use(folders: readonly string[]): void {
    this.#folders = folders;
  }

  /** Where a list was read from the last time; null where it stands in for a file that cannot be read. */
  fileOf(name: string): string | null {
    const folder = this.#folders.findLast((each) => this.#filesByFolder.get(each)?.has(`${name}${ending}`));
    return folder === undefined ? null : join(folder, `${name}${ending}`);
  }

  /** @param last given at a start, when nothing was read yet */
  async read(last: LastLists = nothing): Promise<ListsRead & { readonly lists: readonly ListText[] }> {
    const faults: ListFault[] = [];
    const next = new Map<string, Files>();
    const byName = new Map<string, ListText>();
    for (const folder of this.#folders) {
      const before = this.#filesByFolder.get(folder);
      const old = before === undefined ? publishedLast(last, byName) : readBefore(before);
      const files = await readFolder(folder, old, faults);
      if (files === null) continue;
      next.set(folder, files);
      for (const list of files.values()) byName.set(list.name, list);
    }
    this.#filesByFolder = next;
    await keepMissing(byName, last, faults);
    return { lists: [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1)), faults };
  }
}

/** By name of file. */
type Files = ReadonlyMap<string, ListText>;

/** What stands in for a folder, or for one of its files. */
interface Old {
  folder(): Promise<Files | null>;
  file(file: string): Promise<ListText | null>;
}

function readBefore(files: Files): Old {
  return { folder: async () => files, file: async (file) => files.get(file) ?? null };
}

/**
 * Nobody noted which folder a list came from. One whose text an earlier folder gives as it was came from there; the
 * others may all have come from this one, which then has its place in their order.
 */
function publishedLast(last: LastLists, earlier: ReadonlyMap<string, ListText>): Old {
  const listOf = async (name: string): Promise<ListText | null> => {
    const text = last.names.includes(name) ? await last.text(name) : null;
    return text === null ? null : { name, text };
  };
  return {
    folder: async () => {
      const lists = await Promise.all(last.names.map(listOf));
      const missing = lists.filter(
        (list): list is ListText => list !== null && earlier.get(list.name)?.text !== list.text,
      );
      return missing.length === 0 ? null : new Map(missing.map((list) => [`${list.name}${ending}`, list]));
    },
    file: (file) => listOf(basename(file, ending)),
  };
}

async function keepMissing(
  lists: Map<string, ListText>,
  last: LastLists,
  faults: ListFault[],
): Promise<void> {
  for (const name of last.names) {
    const file = `${name}${ending}`;
    if (lists.has(name) || faults.some(({ path }) => basename(path) === file)) continue;
    const text = await last.text(name);
    if (text !== null) lists.set(name, { name, text });
    faults.push({ path: file, reason: goneReason, kept: text !== null });
  }
}

async function readFolder(folder: string, old: Old, faults: ListFault[]): Promise<Files | null> {
  let names: string[];
  try {
    names = (await readdir(folder))
      .filter((name) => name.endsWith(ending) && name.length > ending.length)
      .sort();
  } catch (error) {
    const kept = await old.folder();
    faults.push({ path: folder, reason: reasonOf(error), kept: kept !== null });
    return kept;
  }
  const files = new Map<string, ListText>();
  for (const file of names) {
    const path = join(folder, file);
    try {
      const list = { name: basename(file, ending), text: await readText(path) };
      if (!looksLikeList(list)) throw new Error('not a list: most of its lines are not understood');
      files.set(file, list);
    } catch (error) {
      const kept = await old.file(file);
      faults.push({ path, reason: reasonOf(error), kept: kept !== null });
      if (kept !== null) files.set(file, kept);
    }
  }
  return files;
}

/** An error page that a download saved as a list must not empty it. Judged by its beginning; compiling reads it all. */
function looksLikeList({ name, text }: ListText): boolean {
  const { report } = readList(name, text.slice(0, sample));
  return report.rejected.length <= report.accepted + report.duplicate + report.subsumed;
}

async function readText(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size > maxBytes) throw new Error(`larger than ${String(maxBytes / 1024 / 1024)} MiB`);
  const bytes = await readFile(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error('not UTF-8 text');
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'not found',
  EACCES: 'may not be read by this user',
  ENOTDIR: 'not a folder',
  EISDIR: 'a folder, not a file',
};

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return (code === undefined ? undefined : reasons[code]) ?? message;
}
