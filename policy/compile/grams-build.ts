/** Literal texts of patterns → the arrays that grams.ts reads and explains. */
import { bytesOf, column8 } from './column.ts';
import { TooLarge } from './items.ts';
import { contextHash, gramHash, MAX_PATTERNS, NONE } from './grams.ts';
import type { GramSections } from './grams.ts';

/** Filter bits for each of what is in it: 2 of 100 grams of an address then pass by chance. */
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
    if (pattern >= MAX_PATTERNS) throw new TooLarge('there are too many patterns');
    for (const text of strings) {
      const bytes = Buffer.from(text);
      this.#literals.push({ pattern, bytes });
      for (const gram of new Set(grams(bytes, 4))) this.#count(gram);
    }
  }

  finish(): GramSections {
    const byKey = new Map<number, Uint8Array[]>();
    const context = new Filter(this.#literals.length);
    for (const { pattern, bytes } of this.#literals) {
      const { key, length, end } = this.#rarest(bytes);
      const [before = NONE, after = NONE] = [bytes[end - length - 1], bytes[end]];
      context.set(contextHash(key, before === NONE ? NONE : before & 31, after === NONE ? NONE : after & 31));
      const begin = Math.max(0, end - MAX_LITERAL / 2);
      const piece = bytes.subarray(begin, Math.min(bytes.length, begin + MAX_LITERAL));
      const literals = byKey.get(key) ?? [];
      byKey.set(key, literals);
      const head = [piece.length, end - begin, pattern & 255, (pattern >>> 8) & 255, pattern >>> 16];
      literals.push(Buffer.concat([Uint8Array.from(head), piece]));
    }
    return { ...table(byKey), urlGramContext: bytesOf(context.bits) };
  }

  /** The gram to find a literal by, and where in it that ends: rare, and best with neighbours on both sides. */
  #rarest(bytes: Uint8Array): { key: number; length: number; end: number } {
    const length = bytes.length === 3 ? 3 : 4;
    let [key, end, least] = [0, 0, Infinity];
    for (const [i, gram] of grams(bytes, length).entries()) {
      const lacking = (i === 0 ? 1 : 0) + (i + length === bytes.length ? 1 : 0);
      const cost = ((this.#counts.get(gram) ?? 0) + 1) * 8 ** lacking;
      if (cost < least) [key, end, least] = [gram, i + length, cost];
    }
    return { key, length, end };
  }
}

/** One bit of many for each hash. */
class Filter {
  readonly bits: Uint32Array;
  readonly #shift: number;

  constructor(count: number) {
    let size = 64;
    while (size < BITS * count) size *= 2;
    this.bits = new Uint32Array(size / 32);
    this.#shift = Math.clz32(size - 1);
  }

  set(hash: number): void {
    const bit = hash >>> this.#shift;
    this.bits[bit >>> 5]! |= 1 << (bit & 31);
  }
}

function table(byKey: ReadonlyMap<number, readonly Uint8Array[]>) {
  let size = 8;
  while (size < 2 * byKey.size) size *= 2;
  const keys = new Uint32Array(size * 2);
  const filter = new Filter(byKey.size);
  // Where no literals begin there is an end.
  const text = column8();
  text.push(0);
  for (const [key, literals] of byKey) {
    let slot = (gramHash(key) >>> Math.clz32(size - 1)) * 2;
    while (keys[slot] !== 0) slot = (slot + 2) & (keys.length - 1);
    keys.set([key, text.length], slot);
    filter.set(gramHash(key));
    for (const literal of [...literals, Uint8Array.of(0)]) {
      text.reserve(literal.length);
      text.array.set(literal, text.length);
      text.length += literal.length;
    }
  }
  return {
    urlGramFilter: bytesOf(filter.bits),
    urlGramKeys: bytesOf(keys),
    urlLiterals: bytesOf(text.array.slice(0, text.length)),
  };
}
