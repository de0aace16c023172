/** The category lists in force: every `*.list` file of the configured folders, and what could not be read. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ListText } from '../policy/edition.ts';
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
  readonly lists: readonly ListText[];
  readonly faults: readonly ListFault[];
}

/** A list of five million hosts is about 100 MB. */
const maxBytes = 256 * 1024 * 1024;
const sample = 65_536;
const ending = '.list';

/**
 * Reads the folders as often as asked, and keeps what it read: a file or folder that cannot be read stays in force as
 * it was, since a list that vanishes by accident would open what it closed. A file that is gone is gone.
 */
export class ListFolders {
  #folders: readonly string[];
  #filesByFolder = new Map<string, ReadonlyMap<string, ListText>>();

  constructor(folders: readonly string[]) {
    this.#folders = folders;
  }

  /** From the next reading on. */
  use(folders: readonly string[]): void {
    this.#folders = folders;
  }

  async read(): Promise<ListsRead> {
    const faults: ListFault[] = [];
    const next = new Map<string, ReadonlyMap<string, ListText>>();
    for (const folder of this.#folders) {
      const files = await readFolder(folder, this.#filesByFolder.get(folder), faults);
      if (files !== null) next.set(folder, files);
    }
    this.#filesByFolder = next;
    const byName = new Map<string, ListText>();
    for (const files of next.values()) for (const list of files.values()) byName.set(list.name, list);
    return { lists: [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1)), faults };
  }
}

type Files = ReadonlyMap<string, ListText>;

async function readFolder(
  folder: string,
  before: Files | undefined,
  faults: ListFault[],
): Promise<Files | null> {
  let names: string[];
  try {
    names = (await readdir(folder))
      .filter((name) => name.endsWith(ending) && name.length > ending.length)
      .sort();
  } catch (error) {
    faults.push({ path: folder, reason: reasonOf(error), kept: before !== undefined });
    return before ?? null;
  }
  const files = new Map<string, ListText>();
  for (const file of names) {
    const path = join(folder, file);
    try {
      const list = { name: basename(file, ending), text: await readText(path) };
      if (!looksLikeList(list)) throw new Error('not a list: most of its lines are not understood');
      files.set(file, list);
    } catch (error) {
      const old = before?.get(file);
      faults.push({ path, reason: reasonOf(error), kept: old !== undefined });
      if (old !== undefined) files.set(file, old);
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
