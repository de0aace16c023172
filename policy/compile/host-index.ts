/**
 * Host → what the policy and the lists say of it and of its parents, in a time that does not depend on how much they say.
 * Every text is here, packed (host-text.ts), so that a hit is a fact and not a guess, and nothing waits for a disk.
 *
 * A host's hash names its bucket by the high bits; `hostIndex` says where in `hostBuckets` (16-bit words) it begins.
 * Four hosts in two buckets, three of them in the first:
 *
 *     hostFilter   [ …0110, …0001 ]     32 bits a bucket, two of them set by each of its hosts
 *     hostIndex    [ 0, 15 ]
 *     hostBuckets  [ 3|f f f            how many, and their fingerprints: bytes, filled up to a whole word
 *                    s0 s1 s0           their sets (items.ts)
 *                    tse t.s ema g··   tse t.i kiw ···   tse t.a ···        their texts, each up to a word divisible by 40
 *                    1|f  s2  … ]
 *
 * A lookup walks the host once from its end; at each dot it has the hash of a parent. Most hosts are on no list, and the
 * filter says so 14 times out of 15 without a look at the buckets, which no processor's cache holds. Else it reads the
 * fingerprints; on one that is equal (1 in 256 by chance) it steps over the texts in front and compares the text itself.
 *
 * Cost: 2 to 3 ns a character; for each label one read of `hostFilter` (4 MB for five million hosts); and for a host that
 * is here one read of `hostIndex` (4 MB) and one or two cold lines of `hostBuckets`. About 16 bytes a host. Three to six
 * hosts share a bucket: fewer make index and filter longer, more make the walk over texts longer.
 */
import { words16, words32 } from './column.ts';
import { finishHash, hashOf, isPacked, MAX_HOST, mixHash, PackedHost, unpack } from './host-text.ts';
import type { HostSeeds } from './host-text.ts';

/** `hostSeeds` is two words; the others are drawn above and in items.ts. */
export const hostSections = [
  'hostSeeds',
  'hostFilter',
  'hostIndex',
  'hostBuckets',
  'setStart',
  'setItem',
  'setOrigin',
] as const;
export type HostSections = Readonly<Record<(typeof hostSections)[number], Uint8Array>>;

const MAX_LABELS = (MAX_HOST + 1) / 2;

/** What was found of a host: filled by a lookup, owned by whoever asks, and valid until the next one. */
export class HostHits {
  /** How many places of the columns are filled; the shortest parent comes first. */
  count = 0;
  readonly sets = new Uint16Array(MAX_LABELS);
  /** Labels of the host that are below the one that was found. */
  readonly below = new Uint32Array(MAX_LABELS);
  /** A number of the one that was found in this image, for what is kept beside it. */
  readonly slots = new Uint32Array(MAX_LABELS);
  /** Where in the host's text the one that was found begins. */
  readonly starts = new Uint32Array(MAX_LABELS);
}

const DOT = 46;
const isDigit = (character: number): boolean => character >= 48 && character <= 57;

/** Scratch room of one lookup, which never yields in between. */
const packed = new PackedHost();

export class HostIndex {
  readonly setStart: Uint32Array;
  readonly items: Uint32Array;
  readonly origins: Uint32Array;
  readonly seeds: HostSeeds;
  readonly #filter: Uint32Array;
  readonly #index: Uint32Array;
  readonly #words: Uint16Array;
  readonly #bytes: Uint8Array;
  readonly #shift: number;

  constructor(sections: HostSections) {
    const [start = 0, factor = 1] = words32(sections.hostSeeds);
    this.seeds = { start, factor };
    this.#filter = words32(sections.hostFilter);
    this.#index = words32(sections.hostIndex);
    this.#words = words16(sections.hostBuckets);
    this.#bytes = sections.hostBuckets;
    this.#shift = Math.clz32(this.#index.length - 1);
    this.setStart = words32(sections.setStart);
    this.items = words32(sections.setItem);
    this.origins = words32(sections.setOrigin);
  }

  get setCount(): number {
    return this.setStart.length - 1;
  }

  /** The items of a set; for what is worked out once per set. */
  setItems(set: number): Uint32Array {
    return this.items.subarray(this.setStart[set], this.setStart[set + 1]);
  }

  /** The origins of a set's items, in the same places. */
  setOrigins(set: number): Uint32Array {
    return this.origins.subarray(this.setStart[set], this.setStart[set + 1]);
  }

  /** Finds a canonical host and its parents; an address has none. Returns `hits.count`. */
  lookup(host: string, hits: HostHits): number {
    hits.count = 0;
    const { start, factor } = this.seeds;
    // No host is longer; were one to come, its parents would still be found.
    const stop = host.length > MAX_HOST ? host.length - MAX_HOST : 0;
    let hash = start;
    let labels = 0;
    let isName = false;
    for (let i = host.length - 1; i >= stop; i--) {
      const character = host.charCodeAt(i);
      if (character === DOT) {
        // The last label of an address begins with a digit, and that of a name never does.
        if (labels++ === 0) isName = !isDigit(host.charCodeAt(i + 1));
        if (isName) this.#probe(finishHash(hash), host, i + 1, labels, hits);
      }
      hash = mixHash(hash, character, factor);
    }
    if (stop > 0) {
      for (let i = 0; i < stop; i++) if (host.charCodeAt(i) === DOT) labels++;
    } else if (labels > 0) this.#probe(finishHash(hash), host, 0, labels + 1, hits);
    else this.#probeWhole(host, hits);
    // Labels were counted from the end; what matters is how many are in front.
    for (let i = 0; i < hits.count; i++) hits.below[i] = labels + 1 - (hits.below[i] ?? 0);
    return hits.count;
  }

  /** The number of a host itself; -1 where it is not here. */
  slotOf(host: string): number {
    if (!packed.pack(host)) return -1;
    const hash = hashOf(host, this.seeds);
    const bucket = hash >>> this.#shift;
    const { words, count } = packed;
    const begin = this.#index[bucket] ?? 0;
    const hosts = this.#bytes[begin * 2] ?? 0;
    const sets = begin + ((hosts + 2) >> 1);
    for (let i = 0; i < hosts; i++) {
      const at = this.#textAt(sets + hosts, i);
      if (words.every((word, j) => j >= count || this.#words[at + j] === word)) return sets + i;
    }
    return -1;
  }

  /** The host with a number. */
  hostOf(slot: number): string {
    let [low, high] = [0, this.#index.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#index[middle] ?? 0) <= slot) low = middle;
      else high = middle;
    }
    const begin = this.#index[low] ?? 0;
    const hosts = this.#bytes[begin * 2] ?? 0;
    const sets = begin + ((hosts + 2) >> 1);
    return unpack(this.#words, this.#textAt(sets + hosts, slot - sets));
  }

  /** About `count` of the hosts, here and there, the same each time. */
  sample(count: number): string[] {
    const buckets = this.#index.length;
    const step = Math.max(1, Math.floor(buckets / count));
    const found: string[] = [];
    for (let bucket = 0; bucket < buckets; bucket += step) {
      const begin = this.#index[bucket] ?? 0;
      const hosts = this.#bytes[begin * 2] ?? 0;
      if (hosts > 0) found.push(unpack(this.#words, begin + ((hosts + 2) >> 1) + hosts));
    }
    return found;
  }

  /** A name of one label, or an IPv6 literal: as good as never asked for. */
  #probeWhole(host: string, hits: HostHits): void {
    if (!host.includes(':')) return this.#probe(hashOf(host, this.seeds), host, 0, 1, hits);
    const slot = this.slotOf(host);
    if (slot >= 0) this.#hit(slot, 0, 1, hits);
  }

  #probe(hash: number, host: string, start: number, labels: number, hits: HostHits): void {
    const bucket = hash >>> this.#shift;
    const filter = this.#filter[bucket] ?? 0;
    if (((filter >>> (hash & 31)) & (filter >>> ((hash >>> 5) & 31)) & 1) === 0) return;
    const begin = this.#index[bucket] ?? 0;
    const byte = begin * 2;
    const hosts = this.#bytes[byte] ?? 0;
    const fingerprint = fingerprintOf(hash);
    for (let i = 1; i <= hosts; i++) {
      if (this.#bytes[byte + i] !== fingerprint) continue;
      const sets = begin + ((hosts + 2) >> 1);
      if (!isPacked(this.#words, this.#textAt(sets + hosts, i - 1), host, start)) continue;
      return this.#hit(sets + i - 1, start, labels, hits);
    }
  }

  /** Where the text begins that `skip` others are in front of. */
  #textAt(texts: number, skip: number): number {
    let at = texts;
    for (let left = skip; left > 0;) if ((this.#words[at++] ?? 0) % 40 === 0) left--;
    return at;
  }

  #hit(slot: number, start: number, labels: number, hits: HostHits): void {
    const i = hits.count++;
    hits.slots[i] = slot;
    hits.sets[i] = this.#words[slot] ?? 0;
    hits.below[i] = labels;
    hits.starts[i] = start;
  }
}

/** Two bits of 32. */
export const filterBits = (hash: number): number => (1 << (hash & 31)) | (1 << ((hash >>> 5) & 31));
export const fingerprintOf = (hash: number): number => (hash >>> 2) & 0xff;
