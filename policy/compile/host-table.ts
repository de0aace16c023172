/**
 * Host → what the policy and the lists say of it, in a time that does not depend on how much they say.
 *
 * An *entry* says: this host (and, by its *reach*, the hosts below it) is in this *target*: a category, the places of a
 * rule, the host of a URL glob, crisis or testing. Entries are sorted by host, so those of one host stand together:
 *
 *     entry  text           item                    origin, line
 *       0    games.test     subtree | games         games.list, 3
 *       1    school.test    subtree | education     education.list, 9
 *       2    school.test    exact   | rule 4        the policy
 *       3    wiki.test      subtree | education     education.list, 12
 *
 * Most of five million hosts say the same few things, so what a host says is a *set* of items, stored once, and a slot
 * holds its 16-bit number: here set 0 = {games}, 1 = {education, exact rule 4}, 2 = {education}.
 *
 * The *slots* are an open-addressing table, at most 60 % full, of two 32-bit hashes, the set, and the first entry
 * (plus one; 0 is an empty slot). Hashes run from the last character to the first, so that one pass over
 * `a.games.test` yields those of `test`, `games.test` and `a.games.test`; each is probed once, linearly. A hit counts
 * only when the text of its entry agrees: no two hosts are ever taken for each other.
 *
 * Cost of a lookup: one pass over the host, and per label one cache miss for the slot (14 bytes in four arrays) and,
 * on a hit, one for the text.
 */
import type { Sections } from './layout.ts';

export const REACH = { subtree: 0, exact: 1, children: 2 } as const;
/** An item is its target with the reach in the bits above. */
export const itemOf = (reach: keyof typeof REACH, target: number): number => REACH[reach] * 0x1_0000 + target;
export const targetOf = (item: number): number => item & 0xffff;
export const MAX_TARGETS = 0x1_0000;
export const MAX_SETS = 0x1_0000;

/** Whether an item of a host reaches the host that is `below` labels further down. */
export function reaches(item: number, below: number): boolean {
  const reach = item >>> 16;
  return reach === REACH.subtree || (reach === REACH.exact ? below === 0 : below === 1);
}

export const SEED_1 = 0x811c9dc5;
export const SEED_2 = 0x9747b28c;
/** FNV-1a. */
export const mix1 = (hash: number, code: number): number => Math.imul(hash ^ code, 0x0100_0193);
/** Of another family, so that the two hashes do not collide together. */
export const mix2 = (hash: number, code: number): number =>
  Math.imul((hash << 5) ^ (hash >>> 27) ^ code, 0x9e37_79b1);
/** The low bits of FNV-1a are its worst; fold the high ones in. */
export const slotOf = (hash: number, mask: number): number => (hash ^ (hash >>> 15)) & mask;

/** Where an entry came from, for the trace. */
export interface EntryAt {
  readonly host: string;
  readonly item: number;
  readonly origin: number;
  /** 0 where the origin has no lines of its own. */
  readonly line: number;
}

const DOT = 46;

export class HostTable {
  readonly #hash1: Uint32Array;
  readonly #hash2: Uint32Array;
  readonly #slotEntry: Uint32Array;
  readonly #slotSet: Uint16Array;
  readonly #setStart: Uint32Array;
  readonly #setItem: Uint32Array;
  readonly #entryText: Uint32Array;
  readonly #entryLength: Uint8Array;
  readonly #entryItem: Uint32Array;
  readonly #entryOrigin: Uint32Array;
  readonly #entryLine: Uint32Array;
  readonly #text: Uint8Array;
  readonly #mask: number;

  constructor(parts: Sections) {
    const words = (bytes: Uint8Array) =>
      new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    this.#hash1 = words(parts.slotHash1);
    this.#hash2 = words(parts.slotHash2);
    this.#slotEntry = words(parts.slotEntry);
    this.#slotSet = new Uint16Array(
      parts.slotSet.buffer,
      parts.slotSet.byteOffset,
      parts.slotSet.byteLength / 2,
    );
    this.#setStart = words(parts.setStart);
    this.#setItem = words(parts.setItem);
    this.#entryText = words(parts.entryText);
    this.#entryLength = parts.entryLength;
    this.#entryItem = words(parts.entryItem);
    this.#entryOrigin = words(parts.entryOrigin);
    this.#entryLine = words(parts.entryLine);
    this.#text = parts.text;
    this.#mask = this.#hash1.length - 1;
  }

  get entryCount(): number {
    return this.#entryItem.length;
  }

  /** Adds to `found` the targets of everything that is said of `host`, directly or by a parent. */
  targets(host: string, found: Set<number>): void {
    this.#walk(host, (slot, below) => {
      const set = this.#slotSet[slot] ?? 0;
      const end = this.#setStart[set + 1] ?? 0;
      for (let i = this.#setStart[set] ?? 0; i < end; i++) {
        const item = this.#setItem[i] ?? 0;
        if (reaches(item, below)) found.add(targetOf(item));
      }
    });
  }

  /** The entries that put `host` where it is, for the trace. */
  entries(host: string): EntryAt[] {
    const found: EntryAt[] = [];
    this.#walk(host, (slot, below, start) => {
      const name = host.slice(start);
      let entry = (this.#slotEntry[slot] ?? 0) - 1;
      const text = this.#entryText[entry];
      for (; entry < this.entryCount && this.#entryText[entry] === text; entry++) {
        const item = this.#entryItem[entry] ?? 0;
        if (!reaches(item, below)) continue;
        found.push({
          host: name,
          item,
          origin: this.#entryOrigin[entry] ?? 0,
          line: this.#entryLine[entry] ?? 0,
        });
      }
    });
    return found;
  }

  /** Visits the slot of every parent of `host`, the shortest first, and of `host` itself. */
  #walk(host: string, visit: (slot: number, below: number, start: number) => void): void {
    let [hash1, hash2] = [SEED_1, SEED_2];
    let labels = 1;
    for (let i = 0; i < host.length; i++) if (host.charCodeAt(i) === DOT) labels++;
    for (let i = host.length - 1; i >= 0; i--) {
      const code = host.charCodeAt(i);
      hash1 = mix1(hash1, code);
      hash2 = mix2(hash2, code);
      if (i > 0 && host.charCodeAt(i - 1) !== DOT) continue;
      labels--;
      const slot = this.#find(hash1 >>> 0, hash2 >>> 0, host, i);
      if (slot >= 0) visit(slot, labels, i);
    }
  }

  #find(hash1: number, hash2: number, host: string, start: number): number {
    for (let slot = slotOf(hash1, this.#mask); ; slot = (slot + 1) & this.#mask) {
      const entry = this.#slotEntry[slot] ?? 0;
      if (entry === 0) return -1;
      if (this.#hash1[slot] === hash1 && this.#hash2[slot] === hash2 && this.#isText(entry - 1, host, start))
        return slot;
    }
  }

  #isText(entry: number, host: string, start: number): boolean {
    const length = this.#entryLength[entry] ?? 0;
    if (length !== host.length - start) return false;
    const offset = this.#entryText[entry] ?? 0;
    for (let i = 0; i < length; i++) if (this.#text[offset + i] !== host.charCodeAt(start + i)) return false;
    return true;
  }
}
