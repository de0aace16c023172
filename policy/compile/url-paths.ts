/**
 * Path prefixes of hosts: `example.org/games` is everything whose path begins so and ends there, or goes on with `/`, `?`,
 * `&` or `=`. Found by hash, whatever their number:
 *
 *     urlPathTable  [ hash, 1 | 0, 0 | hash, 2 | … ]     open addressing, at most half full; the number of a path plus 1
 *     urlPaths      [ slot, text, set | … ]              whose host, where its text begins, what it says (items.ts)
 *     urlPathText   /games/watch?v=abc…                  bytes of UTF-8; a text ends where the next one begins
 *
 * A lookup hashes the address's path once, from its beginning to the longest that the host has, and asks at each place
 * where a prefix may end: the slot is part of the hash, the text is compared. Four hosts' paths, `/games` among them, cost
 * for `/games/snake/index.html` three questions, and for a host without paths nothing.
 *
 * An entry with a query, `/watch?v=abc`, also means the same parameter in another place (`/watch?t=9&v=abc`): whoever
 * writes an address may order it as they like. Such a hit is *loose*: it closes, and opens nothing.
 */
import { words32 } from './column.ts';
import type { HostSeeds } from './host-text.ts';
import { finishHash, mixHash } from './host-text.ts';
import type { UrlText } from './url-text.ts';

export const pathSections = [
  'urlPathTable',
  'urlPaths',
  'urlPathText',
  'urlSetStart',
  'urlSetItem',
  'urlSetOrigin',
] as const;
export type PathSections = Readonly<Record<(typeof pathSections)[number], Uint8Array>>;

const [SLASH, QUESTION, AND, EQUALS] = [47, 63, 38, 61];

/** Whether a prefix may end in front of this. */
const ends = new Uint8Array(256);
for (const byte of [SLASH, QUESTION, AND, EQUALS]) ends[byte] = 1;

export const pathHash = (slot: number, { start, factor }: HostSeeds): number =>
  Math.imul(slot ^ start, factor) ^ start;

/** Of 32, which a host's row has set for each of its paths: most questions end there. */
export const pathBit = (hash: number): number => hash & 31;

/** What the index finds, for one entry and one address in lower case: the definition. */
export function isPathPrefix(entry: string, path: string, query: string): 'strict' | 'loose' | null {
  const begins = (text: string, prefix: string) =>
    text.startsWith(prefix) && (text.length === prefix.length || '/?&='.includes(text.charAt(prefix.length)));
  if (begins(query === '' ? path : `${path}?${query}`, entry)) return 'strict';
  if (!entry.startsWith(`${path}?`)) return null;
  const wanted = entry.slice(path.length + 1);
  const [, ...others] = query.split('&');
  return others.some((parameter) => begins(parameter, wanted)) ? 'loose' : null;
}

/** Takes what was found: the set of a path, its number, and whether it is there in another place only. */
export interface PathSink {
  path(set: number, path: number, loose: boolean): void;
}

export class PathIndex {
  readonly setStart: Uint32Array;
  readonly items: Uint32Array;
  readonly origins: Uint32Array;
  readonly #table: Uint32Array;
  readonly #paths: Uint32Array;
  readonly #text: Uint8Array;
  readonly #shift: number;
  readonly #seeds: HostSeeds;

  constructor(sections: PathSections, seeds: HostSeeds) {
    this.#table = words32(sections.urlPathTable);
    this.#paths = words32(sections.urlPaths);
    this.#text = sections.urlPathText;
    this.#shift = Math.clz32(this.#table.length / 2 - 1);
    this.#seeds = seeds;
    this.setStart = words32(sections.urlSetStart);
    this.items = words32(sections.urlSetItem);
    this.origins = words32(sections.urlSetOrigin);
  }

  #mask = 0;

  /**
   * @param mask bits of the host's paths
   * @param longest bytes of the host's longest path
   * @param queries whether a path of the host has a query
   */
  find(slot: number, mask: number, longest: number, queries: boolean, text: UrlText, sink: PathSink): void {
    this.#mask = mask;
    const { bytes, path, end, query } = text;
    const { factor } = this.#seeds;
    const stop = Math.min(end, path + longest);
    let hash = pathHash(slot, this.#seeds);
    let atQuery = hash;
    for (let at = path; at <= stop; at++) {
      const byte = bytes[at] ?? 0;
      if (at > path && (at === end || ends[byte] === 1)) this.#ask(hash, slot, path, at, at, at, text, sink);
      hash = mixHash(hash, byte, factor);
      if (at === query) atQuery = hash;
    }
    if (queries && stop > query && query < end) this.#findParameters(slot, atQuery, text, sink);
  }

  /** Every parameter but the first as if it were the first. */
  #findParameters(slot: number, atQuery: number, text: UrlText, sink: PathSink): void {
    const { bytes, path, end, query } = text;
    const { factor } = this.#seeds;
    let begin = -1;
    let hash = atQuery;
    for (let at = query + 1; at <= end; at++) {
      const byte = bytes[at] ?? 0;
      if (begin > 0 && (at === end || ends[byte] === 1))
        this.#ask(hash, slot, path, query + 1, begin, at, text, sink);
      if (byte === AND) {
        begin = at + 1;
        hash = atQuery;
      } else hash = mixHash(hash, byte, factor);
    }
  }

  /** Asks for the text of two pieces: from `path` to `middle`, and from `begin` to `at`. */
  #ask(
    hash: number,
    slot: number,
    path: number,
    middle: number,
    begin: number,
    at: number,
    text: UrlText,
    sink: PathSink,
  ): void {
    const wanted = finishHash(hash);
    if (((this.#mask >>> pathBit(wanted)) & 1) === 0) return;
    const table = this.#table;
    const mask = table.length - 2;
    for (let i = (wanted >>> this.#shift) * 2; table[i + 1] !== 0; i = (i + 2) & mask) {
      if (table[i] !== wanted) continue;
      const number = (table[i + 1] ?? 0) - 1;
      if (this.#paths[number * 3] !== slot) continue;
      const from = this.#paths[number * 3 + 1] ?? 0;
      const first = middle - path;
      const length = (this.#paths[number * 3 + 4] ?? 0) - from;
      if (length !== first + at - begin) continue;
      if (!this.#isText(from, text.bytes, path, first)) continue;
      if (!this.#isText(from + first, text.bytes, begin, at - begin)) continue;
      sink.path(this.#paths[number * 3 + 2] ?? 0, number, begin !== middle);
      return;
    }
  }

  #isText(from: number, bytes: Uint8Array, at: number, length: number): boolean {
    for (let i = 0; i < length; i++) if (this.#text[from + i] !== bytes[at + i]) return false;
    return true;
  }

  /** The path with a number, in UTF-8, and the slot of its host. */
  textOf(path: number): { slot: number; path: string } {
    const [from, to] = [this.#paths[path * 3 + 1], this.#paths[path * 3 + 4]];
    return { slot: this.#paths[path * 3] ?? 0, path: Buffer.from(this.#text.subarray(from, to)).toString() };
  }
}
