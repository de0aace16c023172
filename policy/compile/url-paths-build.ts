/** Path prefixes of hosts → the arrays that url-paths.ts reads and explains. */
import { bytesOf, column8 } from './column.ts';
import { finishHash, mixHash } from './host-text.ts';
import type { HostSeeds } from './host-text.ts';
import { SetBuilder } from './items.ts';
import { pathBit, pathHash } from './url-paths.ts';
import type { PathSections } from './url-paths.ts';

/** What a host's paths are like, for the row that url-index.ts keeps of it. */
export interface HostPaths {
  longest: number;
  queries: boolean;
  /** By {@link pathBit}. */
  mask: number;
}

interface Path {
  readonly slot: number;
  readonly path: string;
  readonly pairs: number[];
}

export class PathIndexBuilder {
  readonly #sets = new SetBuilder();
  readonly #paths: { host: string; path: string; pair: number }[] = [];

  get count(): number {
    return this.#paths.length;
  }

  add(host: string, path: string, item: number, origin: number): void {
    this.#paths.push({ host, path, pair: this.#sets.pair(item, origin) });
  }

  /** @param slotOf of a host; `rows` takes what is said of each */
  finish(slotOf: (host: string) => number, seeds: HostSeeds, rows: Map<number, HostPaths>): PathSections {
    const paths = this.#merged(slotOf);
    const text = column8();
    const columns = new Uint32Array(3 * paths.length + 2);
    let size = 8;
    while (size < 2 * paths.length) size *= 2;
    const table = new Uint32Array(2 * size);
    const shift = Math.clz32(size - 1);
    for (const [number, { slot, path, pairs }] of paths.entries()) {
      const bytes = Buffer.from(path);
      columns.set([slot, text.length, this.#sets.of(pairs)], 3 * number);
      text.reserve(bytes.length);
      text.array.set(bytes, text.length);
      text.length += bytes.length;
      let hash = pathHash(slot, seeds);
      for (const byte of bytes) hash = mixHash(hash, byte, seeds.factor);
      hash = finishHash(hash);
      let at = (hash >>> shift) * 2;
      while (table[at + 1] !== 0) at = (at + 2) & (table.length - 2);
      table.set([hash, number + 1], at);
      const row = rows.get(slot) ?? { longest: 0, queries: false, mask: 0 };
      row.longest = Math.max(row.longest, bytes.length);
      row.queries ||= path.includes('?');
      row.mask = (row.mask | (1 << pathBit(hash))) >>> 0;
      rows.set(slot, row);
    }
    // The last text ends where one more would begin.
    columns[3 * paths.length + 1] = text.length;
    const { setStart, setItem, setOrigin } = this.#sets.columns();
    return {
      urlPathTable: bytesOf(table),
      urlPaths: bytesOf(columns),
      urlPathText: bytesOf(text.array.slice(0, text.length)),
      urlSetStart: bytesOf(setStart),
      urlSetItem: bytesOf(setItem),
      urlSetOrigin: bytesOf(setOrigin),
    };
  }

  /** The same path of a host once, with all that is said of it. */
  #merged(slotOf: (host: string) => number): Path[] {
    const merged = new Map<string, Path>();
    for (const { host, path, pair } of this.#paths) {
      const key = `${host}${path}`;
      const known = merged.get(key);
      if (known === undefined) merged.set(key, { slot: slotOf(host), path, pairs: [pair] });
      else known.pairs.push(pair);
    }
    return [...merged.values()];
  }
}
