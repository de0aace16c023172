/**
 * Where in its list an entry of a host stands, for the trace: four words an entry, in the order of their slots in the host
 * index.
 *
 *     hostLines   [ slot, item, origin, line | … ]
 *
 * An edition of millions has none of them (they would be larger than its hosts): there the snapshot itself is searched.
 */
import { bytesOf, column32, words32 } from './column.ts';
import type { HostIndex } from './host-index.ts';

/** More entries than these go without. */
const MAX_ENTRIES = 250_000;
const WORDS = 4;

export class HostLinesBuilder {
  readonly #hosts: string[] = [];
  readonly #said = column32();
  #tooMany = false;

  add(host: string, item: number, origin: number, line: number): void {
    if (this.#tooMany || line === 0) return;
    if (this.#hosts.length === MAX_ENTRIES) {
      this.#tooMany = true;
      this.#hosts.length = 0;
      return;
    }
    this.#hosts.push(host);
    this.#said.reserve(3);
    for (const value of [item, origin, line]) this.#said.push(value);
  }

  finish(index: HostIndex): Uint8Array {
    const rows = this.#hosts
      .map((host, i) => ({ slot: index.slotOf(host), i }))
      .filter(({ slot }) => slot >= 0)
      .sort((a, b) => a.slot - b.slot || a.i - b.i);
    const words = new Uint32Array(rows.length * WORDS);
    for (const [at, { slot, i }] of rows.entries())
      words.set([slot, ...this.#said.array.subarray(3 * i, 3 * i + 3)], at * WORDS);
    return bytesOf(words);
  }
}

export class HostLines {
  readonly #words: Uint32Array;

  constructor(section: Uint8Array) {
    this.#words = words32(section);
  }

  /** The first line that says `item` of the host at `slot`; 0 where nobody noted it. */
  lineOf(slot: number, item: number, origin: number): number {
    const words = this.#words;
    let [low, high] = [0, words.length / WORDS];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((words[middle * WORDS] ?? 0) < slot) low = middle + 1;
      else high = middle;
    }
    for (let at = low * WORDS; words[at] === slot; at += WORDS)
      if (words[at + 1] === item && words[at + 2] === origin) return words[at + 3] ?? 0;
    return 0;
  }
}
