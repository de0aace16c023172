/** Literal texts of patterns → the arrays that grams.ts reads and explains. */
import { bytesOf, column8 } from './column.ts';
import { gramHash } from './grams.ts';
import type { GramSections } from './grams.ts';

/** Filter bits for each key: 2 of 100 grams of an address then pass by chance. */
const BITS = 40;
/** What is compared of a literal before the pattern is. */
const MAX_LITERAL = 64;

/** In so many addresses that they tell nothing. */
const everywhere = ['https://', 'http://', '://www.', '.com/', '.net/', '.org/'];
/** In many. */
const common =
  '/index.html /search?q= .php?id= &id= /images/ /static/ /assets/ /api/v1/ .json .jpg .png .js .css /wp-content/ ' +
  'utm_source=google&utm_medium= &amp; /users/ /news/ /video/ .aspx /content/ /media/ /category/ page= /2026/ https http';

/** What four (or three) characters are as a number: the bytes, the first one highest. */
function grams(text: Uint8Array, length: 3 | 4): number[] {
  const found: number[] = [];
  for (let i = length; i <= text.length; i++)
    found.push(text.subarray(i - length, i).reduce((gram, byte) => gram * 256 + byte, 0));
  return found;
}

const gramsOf = (text: string, length: 3 | 4 = 4) => grams(Buffer.from(text), length);
const worthless = new Set(everywhere.flatMap((text) => [...gramsOf(text), ...gramsOf(text, 3)]));

/** How good a text is for finding a pattern by it: its length within limits; 0 for what is in every address. */
export function worthOf(text: string): number {
  const length = text.length === 3 ? 3 : 4;
  const useful = gramsOf(text, length).filter((gram) => !worthless.has(gram)).length;
  return useful === 0 ? 0 : Math.min(8, length - 1 + useful);
}

export class GramIndexBuilder {
  readonly #literals: { pattern: number; bytes: Uint8Array }[] = [];
  readonly #counts = new Map<number, number>();

  constructor() {
    for (const gram of gramsOf(common)) this.#counts.set(gram, 50);
    for (const gram of worthless) this.#counts.set(gram, 1_000_000);
  }

  /** What addresses are like: the grams of a host that somebody may ask for. */
  learn(host: string): void {
    for (const gram of gramsOf(`${host}/`)) this.#count(gram);
  }

  #count(gram: number): void {
    this.#counts.set(gram, (this.#counts.get(gram) ?? 0) + 1);
  }

  /** Every address that the pattern matches holds one of these; each is worth something. */
  add(pattern: number, strings: readonly string[]): void {
    for (const text of strings) {
      const bytes = Buffer.from(text);
      this.#literals.push({ pattern, bytes });
      for (const gram of new Set(grams(bytes, 4))) this.#count(gram);
    }
  }

  finish(): GramSections {
    const text = column8();
    const byKey = new Map<number, [pattern: number, text: number][]>();
    for (const { pattern, bytes } of this.#literals) {
      const { key, end } = this.#rarest(bytes);
      const begin = Math.max(0, end - MAX_LITERAL / 2);
      const piece = bytes.subarray(begin, Math.min(bytes.length, begin + MAX_LITERAL));
      const literals = byKey.get(key) ?? [];
      byKey.set(key, literals);
      literals.push([pattern, text.length]);
      text.reserve(2 + piece.length);
      text.array.set([piece.length, end - begin], text.length);
      text.array.set(piece, text.length + 2);
      text.length += 2 + piece.length;
    }
    return { ...table(byKey), urlLiteralText: bytesOf(text.array.slice(0, text.length)) };
  }

  /** @returns `end`: where the gram ends in the literal */
  #rarest(bytes: Uint8Array): { key: number; end: number } {
    const length = bytes.length === 3 ? 3 : 4;
    const all = grams(bytes, length);
    const count = (gram: number) => this.#counts.get(gram) ?? 0;
    const best = all.reduce((least, gram, i) => (count(gram) < count(all[least] ?? 0) ? i : least), 0);
    return { key: all[best] ?? 0, end: best + length };
  }
}

function table(
  byKey: ReadonlyMap<number, readonly [number, number][]>,
): Omit<GramSections, 'urlLiteralText'> {
  let size = 8;
  while (size < 2 * byKey.size) size *= 2;
  let bits = 64;
  while (bits < BITS * byKey.size) bits *= 2;
  const keys = new Uint32Array(size);
  const filter = new Uint32Array(bits / 32);
  for (const key of byKey.keys()) {
    let slot = gramHash(key) >>> Math.clz32(size - 1);
    while (keys[slot] !== 0) slot = (slot + 1) & (size - 1);
    keys[slot] = key;
    const bit = gramHash(key) >>> Math.clz32(bits - 1);
    filter[bit >>> 5]! |= 1 << (bit & 31);
  }
  const starts = new Uint32Array(size + 1);
  const literals: number[] = [];
  for (const [slot, key] of keys.entries()) {
    starts[slot] = literals.length / 2;
    for (const pair of byKey.get(key) ?? []) literals.push(...pair);
  }
  starts[size] = literals.length / 2;
  return {
    urlGramFilter: bytesOf(filter),
    urlGramKeys: bytesOf(keys),
    urlGramStart: bytesOf(starts),
    urlLiterals: bytesOf(Uint32Array.from(literals)),
  };
}
