/**
 * Hosts, one after another → the arrays that host-index.ts reads and explains. Nothing is kept per host but four numbers
 * and its packed text: five million hosts are sorted by bucket (a counting sort) and written once.
 */
import { bytesOf, column16, column32 } from './column.ts';
import { filterBits, fingerprintOf } from './host-index.ts';
import type { HostSections } from './host-index.ts';
import { hashOf, PackedHost } from './host-text.ts';
import type { HostSeeds } from './host-text.ts';
import { MAX_SETS, SetBuilder, TooLarge } from './items.ts';

/** The mean number of hosts in a bucket is half of this or more. */
const MOST_IN_BUCKET = 6;
/** What a bucket's first byte can count. */
const MAX_IN_BUCKET = 255;

export class HostIndexBuilder {
  readonly #seeds: HostSeeds;
  readonly #sets = new SetBuilder();
  readonly #packed = new PackedHost();
  /** Three words an entry: its hash, where its text begins, and the number of what it says. */
  readonly #entries = column32();
  readonly #texts = column16();

  constructor(seeds: HostSeeds) {
    this.#seeds = seeds;
  }

  /** Entries so far. */
  get count(): number {
    return this.#entries.length / 3;
  }

  /**
   * One entry of a canonical host; the same host may come again.
   * @param item by `itemOf`
   * @returns false for what is no host: nothing was added
   */
  add(host: string, item: number, origin: number): boolean {
    if (!this.#packed.pack(host)) return false;
    const { words, count } = this.#packed;
    this.#entries.reserve(3);
    this.#entries.push(hashOf(host, this.#seeds));
    this.#entries.push(this.#texts.length);
    this.#entries.push(this.#sets.pair(item, origin));
    this.#texts.reserve(count);
    for (let i = 0; i < count; i++) this.#texts.push(words[i] ?? 0);
    return true;
  }

  /**
   * The arrays; the builder is of no use afterwards.
   * @throws TooLarge
   */
  finish(): HostSections {
    let bits = 1;
    while (2 ** bits * MOST_IN_BUCKET < this.count) bits++;
    const { starts, order } = this.#sorted(bits);
    const index = new Uint32Array(2 ** bits);
    const filter = new Uint32Array(2 ** bits);
    const entries = this.#entries.array;
    // A bucket's counts and fingerprints take at most a word more than half a word a host.
    const bound = index.length + 2 * this.count + this.#texts.length;
    const writer = new BucketWriter(new Uint16Array(bound), this.#texts.array);
    for (let bucket = 0; bucket < index.length; bucket++) {
      index[bucket] = writer.at;
      const end = starts[bucket + 1] ?? 0;
      for (let i = starts[bucket] ?? 0; i < end; i++) {
        const at = (order[i] ?? 0) * 3;
        const hash = entries[at] ?? 0;
        filter[bucket]! |= filterBits(hash);
        writer.host(hash, entries[at + 1] ?? 0, entries[at + 2] ?? 0);
      }
      writer.end(this.#sets);
    }
    if (this.#sets.count > MAX_SETS) throw new TooLarge('the hosts say too many different things');
    const { setStart, setItem, setOrigin } = this.#sets.columns();
    return {
      hostSeeds: bytesOf(Uint32Array.of(this.#seeds.start, this.#seeds.factor)),
      hostFilter: bytesOf(filter),
      hostIndex: bytesOf(index),
      hostBuckets: bytesOf(writer.words.subarray(0, writer.at)),
      setStart: bytesOf(setStart),
      setItem: bytesOf(setItem),
      setOrigin: bytesOf(setOrigin),
    };
  }

  /** Entries by bucket, in the order in which they came: a counting sort. */
  #sorted(bits: number): { starts: Uint32Array; order: Uint32Array } {
    const entries = this.#entries.array;
    const shift = 32 - bits;
    const starts = new Uint32Array(2 ** bits + 1);
    for (let entry = 0; entry < this.count; entry++) starts[((entries[entry * 3] ?? 0) >>> shift) + 1]!++;
    for (let i = 1; i < starts.length; i++) starts[i]! += starts[i - 1] ?? 0;
    const next = starts.slice();
    const order = new Uint32Array(this.count);
    for (let entry = 0; entry < this.count; entry++)
      order[next[(entries[entry * 3] ?? 0) >>> shift]!++] = entry;
    return { starts, order };
  }
}

/** Collects the hosts of one bucket, each once, and writes them. */
class BucketWriter {
  readonly words: Uint16Array;
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #texts: Uint16Array;
  /** Of the bucket's hosts, as far as `#hosts` counts: a list that is emptied forgets its room. */
  readonly #hashes: number[] = [];
  readonly #textAt: number[] = [];
  /** All that is said of each: at least one pair. */
  readonly #pairs: number[][] = [];
  #hosts = 0;

  constructor(words: Uint16Array, texts: Uint16Array) {
    this.words = words;
    this.#bytes = new Uint8Array(words.buffer);
    this.#texts = texts;
  }

  host(hash: number, textAt: number, pair: number): void {
    for (let i = 0; i < this.#hosts; i++) {
      if (this.#hashes[i] !== hash || !this.#sameText(this.#textAt[i] ?? 0, textAt)) continue;
      this.#pairs[i]?.push(pair);
      return;
    }
    const i = this.#hosts++;
    this.#hashes[i] = hash;
    this.#textAt[i] = textAt;
    const pairs = (this.#pairs[i] ??= []);
    pairs.length = 1;
    pairs[0] = pair;
  }

  end(sets: SetBuilder): void {
    const hosts = this.#hosts;
    this.#hosts = 0;
    if (hosts > MAX_IN_BUCKET) throw new TooLarge('too many hosts fall together');
    const { words } = this;
    this.#bytes[this.at * 2] = hosts;
    for (let i = 0; i < hosts; i++) this.#bytes[this.at * 2 + 1 + i] = fingerprintOf(this.#hashes[i] ?? 0);
    this.at += (hosts + 2) >> 1;
    for (let i = 0; i < hosts; i++) words[this.at++] = sets.of(this.#pairs[i] ?? []);
    for (let i = 0; i < hosts; i++) {
      let from = this.#textAt[i] ?? 0;
      do words[this.at++] = this.#texts[from] ?? 0;
      while ((this.#texts[from++] ?? 0) % 40 !== 0);
    }
  }

  #sameText(a: number, b: number): boolean {
    for (let i = 0; ; i++) {
      const word = this.#texts[a + i];
      if (word !== this.#texts[b + i]) return false;
      if ((word ?? 0) % 40 === 0) return true;
    }
  }
}
