/**
 * Host names as the image keeps them: from the last character to the first, three characters in 16 bits.
 *
 *     a–z 1–26   0–9 27–36   - 37   . 38   _ 39   the end 0          40³ = 64,000 < 65,536
 *
 *     games.test  →  tset.semag  →  tse  t.s  ema  g··        each word is (first × 40 + second) × 40 + third
 *
 * A text always ends in at least one 0, so that its last word, and no other, is divisible by 40. Hashes run the same
 * way: one pass over a host from its end passes the hash of every parent.
 *
 * An IPv6 literal has colons, which no name has, and no dots: it is packed with `_` for `:` and begins (at its end) with a
 * dot, where a name never has one.
 */
import { createHash } from 'node:crypto';

/** What a canonical host may have. */
export const MAX_HOST = 253;

const DOT = 38;
const UNDERSCORE = 39;
const COLON = 58;
const characters = ' abcdefghijklmnopqrstuvwxyz0123456789-._';
const codes = new Uint8Array(256);
for (let code = 1; code < characters.length; code++) codes[characters.charCodeAt(code)] = code;
/** 1 to 39; 0 for a character that no name has. */
const codeOf = (character: number): number => (character < 256 ? (codes[character] ?? 0) : 0);

/** Secrets of an edition: without them nobody can write a list whose hosts all fall into one bucket. */
export interface HostSeeds {
  readonly start: number;
  /** Odd. */
  readonly factor: number;
}

export function hostSeeds(edition: string): HostSeeds {
  const digest = createHash('sha256').update(`host index of ${edition}`).digest();
  return { start: digest.readUInt32LE(0), factor: (digest.readUInt32LE(4) | 1) >>> 0 };
}

/** One more character in front. */
export const mixHash = (hash: number, character: number, factor: number): number =>
  Math.imul(hash ^ character, factor);

/** The avalanche: buckets are numbered by the high bits, filters and fingerprints take the low ones. */
export function finishHash(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x9e37_79b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85eb_ca6b);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}

export function hashOf(host: string, { start, factor }: HostSeeds): number {
  let hash = start;
  for (let i = host.length - 1; i >= 0; i--) hash = mixHash(hash, host.charCodeAt(i), factor);
  return finishHash(hash);
}

/** A text as words; scratch room that every call overwrites. */
export class PackedHost {
  readonly words = new Uint16Array(Math.floor((MAX_HOST + 1) / 3) + 1);
  count = 0;
  #word = 0;
  #filled = 0;

  /** False for what is no canonical host. */
  pack(host: string): boolean {
    if (host.length === 0 || host.length > MAX_HOST) return false;
    const literal = host.includes(':');
    this.#begin(literal);
    for (let i = host.length - 1; i >= 0; i--) {
      const character = host.charCodeAt(i);
      const code = literal && character === COLON ? UNDERSCORE : codeOf(character);
      if (code === 0) return false;
      this.#push(code);
    }
    this.#push(0);
    while (this.#filled > 0) this.#push(0);
    return true;
  }

  #begin(literal: boolean): void {
    this.count = 0;
    this.#word = 0;
    this.#filled = 0;
    if (literal) this.#push(DOT);
  }

  #push(code: number): void {
    this.#word = this.#word * 40 + code;
    if (++this.#filled < 3) return;
    this.words[this.count++] = this.#word;
    this.#word = 0;
    this.#filled = 0;
  }
}

/** Whether the name `host[start, …)` is what is packed from `at` on. */
export function isPacked(words: Uint16Array, at: number, host: string, start: number): boolean {
  let [word, filled, next] = [0, 0, at];
  for (let i = host.length - 1; i >= start; i--) {
    const code = codeOf(host.charCodeAt(i));
    if (code === 0) return false;
    word = word * 40 + code;
    if (++filled < 3) continue;
    if (words[next++] !== word) return false;
    word = 0;
    filled = 0;
  }
  return words[next] === (filled === 0 ? 0 : filled === 1 ? word * 1600 : word * 40);
}

/** The host that is packed from `at` on. */
export function unpack(words: Uint16Array, at: number): string {
  let text = '';
  for (let i = at; ; i++) {
    const word = words[i] ?? 0;
    for (const code of [Math.floor(word / 1600), Math.floor(word / 40) % 40, word % 40])
      if (code !== 0) text = `${characters[code] ?? ''}${text}`;
    if (word % 40 === 0) break;
  }
  return text.endsWith('.') ? text.slice(0, -1).replaceAll('_', ':') : text;
}
