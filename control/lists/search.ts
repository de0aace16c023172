/** What the lists say of a host, with the line that says so. Looked for on demand: no line is kept in an image. */
import { canonicalHost } from '../../policy/host.ts';
import type { ListSink, OtherPattern, Place, Reach } from '../../policy/lists/entry.ts';
import { writeHost, writePattern } from '../../policy/lists/notation.ts';
import { readSnapshot } from '../../policy/lists/snapshot.ts';
import { readSnapshotFile } from '../../store/lists/snapshots.ts';

/** A list as text, or its snapshot. */
export type SearchedList =
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly digest: string; readonly path: string };

export interface ListHit {
  readonly list: string;
  readonly category: string;
  /** In our notation. */
  readonly entry: string;
  /** True: the list says that it is not in the category. */
  readonly except: boolean;
  /** Of the source, where the list has noted it; else the list itself. */
  readonly file: string | null;
  readonly line: number;
  readonly source: string | null;
}

/** @throws Error where the host is none */
export function searchLists(host: string, lists: readonly SearchedList[]): readonly ListHit[] {
  const found = canonicalHost(host);
  if (!found.ok) throw new Error(`\`${host}\` is no host`);
  return lists.flatMap((list) => {
    const bytes = 'text' in list ? Buffer.from(list.text) : readSnapshotFile(list.path, list.digest);
    const finder = new Finder(list.name, found.host, found.kind === 'name');
    readSnapshot([bytes], finder, { name: list.name });
    return finder.hits;
  });
}

class Finder implements ListSink {
  readonly hits: ListHit[] = [];
  readonly #list: string;
  readonly #host: string;
  /** The host and all that it is under. */
  readonly #above: ReadonlySet<string>;
  readonly #parent: string;

  constructor(list: string, host: string, isName: boolean) {
    this.#list = list;
    this.#host = host;
    const labels = host.split('.');
    this.#above = new Set(isName ? labels.map((_, i) => labels.slice(i).join('.')) : [host]);
    this.#parent = isName ? labels.slice(1).join('.') : '';
  }

  host(host: string, reach: Reach, place: Place): void {
    if (this.#reaches(host, reach)) this.#note(writeHost(host, reach), place);
  }

  other(pattern: OtherPattern, place: Place): void {
    if (this.#isAbout(pattern)) this.#note(writePattern(pattern), place);
  }

  #reaches(host: string, reach: Reach): boolean {
    if (reach === 'children') return host === this.#parent;
    return host === this.#host || (reach === 'subtree' && this.#above.has(host));
  }

  /** What depends on more than the host is worth seeing where it names the host. */
  #isAbout(pattern: OtherPattern): boolean {
    switch (pattern.kind) {
      case 'path':
        return this.#reaches(pattern.host, pattern.exact ? 'exact' : 'subtree');
      case 'ip':
        return pattern.from === this.#host || pattern.to === this.#host;
      case 'glob':
      case 'regex':
      case 'abp':
        return this.#isNamedIn(writePattern(pattern).replaceAll('\\.', '.'));
      case 'term':
      case 'extension':
      case 'type':
        return false;
    }
  }

  #isNamedIn(text: string): boolean {
    return [...this.#above].some((name) => name.includes('.') && text.includes(name));
  }

  #note(entry: string, { category, except, file, line, source }: Place): void {
    this.hits.push({ list: this.#list, category, entry, except, file, line, source });
  }
}
