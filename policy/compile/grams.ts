/**
 * Text → the patterns that can be about it. Every pattern needs some literal text; of the runs of four characters in it
 * (*grams*) the one that is rarest, among all patterns and a sample of hosts, is its key. Keyword expressions are about parts of
 * words: whole words (*tokens*, as blockers of advertisements use them) would not find them.
 *
 *     pattern 0  casino[0-9]+     needs `casino`     keys: asin
 *     pattern 1  /(poker|bingo)/  needs one of two         oker, bing
 *     pattern 2  **.test/sex/*    needs `/sex/`            sex/        (three characters alone are a key, too)
 *
 *     urlGramFilter   bits, one set for each key
 *     urlGramContext  bits, one set for each key with what stands before and after it in its literal: `c asin o`,
 *                     `p oker ␀`, `␀ bing o`
 *     urlGramKeys     [ 'asin', 1 | 0, 0 | 'oker', 13 | 'bing', 24 | … ]     open addressing: the gram itself, and where its
 *                     literals begin in
 *     urlLiterals     6 5 0 casino 0   5 5 1 poker 0   …     bytes: a length, where in it the gram ends, the pattern (three
 *                     bytes), the text; a length of 0 ends the literals of a key
 *
 * A scan makes one gram a character and asks the filter: 2 to 3 ns. One gram in twelve passes; of those one in ten passes
 * with its neighbours, too. Then the literal around it is compared, and only then is the pattern itself looked at, once an
 * address. Both filters stay near the processor; what they keep from being read does not.
 */
import { words32 } from './column.ts';
import type { UrlText } from './url-text.ts';

export const gramSections = ['urlGramFilter', 'urlGramContext', 'urlGramKeys', 'urlLiterals'] as const;
export type GramSections = Readonly<Record<(typeof gramSections)[number], Uint8Array>>;

const FACTOR = 0x9e37_79b1;
/** High bits of a product: they depend on every character. */
export const gramHash = (gram: number): number => Math.imul(gram, FACTOR) >>> 0;

/** Bytes in front of a literal's text. */
export const LITERAL_HEAD = 5;
export const MAX_PATTERNS = 0x100_0000;

/** In the place of a neighbour that a literal does not say. */
export const NONE = 32;
/** @param before 5 bits of the character in front of the gram, or {@link NONE}; `after` likewise */
export const contextHash = (gram: number, before: number, after: number): number =>
  Math.imul(gram ^ Math.imul((before << 6) | after | 0x1000, 0x85eb_ca6b), FACTOR) >>> 0;

/** Takes the patterns whose literal text is there. */
export interface Candidates {
  add(pattern: number): void;
}

export class GramIndex {
  /** Patterns that have a key. */
  readonly isEmpty: boolean;
  readonly #filter: Uint32Array;
  readonly #filterShift: number;
  readonly #context: Uint32Array;
  readonly #contextShift: number;
  readonly #keys: Uint32Array;
  readonly #keyShift: number;
  readonly #literals: Uint8Array;
  /** Whether any key has three characters. */
  readonly #short: boolean;

  constructor(sections: GramSections) {
    this.#filter = words32(sections.urlGramFilter);
    this.#filterShift = Math.clz32(this.#filter.length * 32 - 1);
    this.#context = words32(sections.urlGramContext);
    this.#contextShift = Math.clz32(this.#context.length * 32 - 1);
    this.#keys = words32(sections.urlGramKeys);
    this.#keyShift = Math.clz32(this.#keys.length / 2 - 1);
    this.#literals = sections.urlLiterals;
    this.isEmpty = this.#literals.length <= 1;
    this.#short = this.#keys.some((key, i) => i % 2 === 0 && key > 0 && key < 0x100_0000);
  }

  scan(text: UrlText, found: Candidates): void {
    const { bytes, end } = text;
    const filter = this.#filter;
    const shift = this.#filterShift;
    const short = this.#short;
    let gram = 0;
    // No key is in the scheme alone.
    for (let at = text.host - 3; at < end; at++) {
      gram = (gram << 8) | (bytes[at] ?? 0);
      const bit = gramHash(gram) >>> shift;
      if (((filter[bit >>> 5] ?? 0) >>> (bit & 31)) & 1 && this.#fits(gram, bytes[at - 4], bytes[at + 1]))
        this.#look(gram >>> 0, at + 1, text, found);
      if (!short) continue;
      const gram3 = gram & 0xff_ffff;
      const bit3 = gramHash(gram3) >>> shift;
      if (((filter[bit3 >>> 5] ?? 0) >>> (bit3 & 31)) & 1 && this.#fits(gram3, bytes[at - 3], bytes[at + 1]))
        this.#look(gram3, at + 1, text, found);
    }
  }

  /** Whether a literal of this gram may have such neighbours. What is beyond the text does no harm. */
  #fits(gram: number, before = 0, after = 0): boolean {
    const [b, a] = [before & 31, after & 31];
    return (
      (this.#contextBit(gram, b, a) |
        this.#contextBit(gram, b, NONE) |
        this.#contextBit(gram, NONE, a) |
        this.#contextBit(gram, NONE, NONE)) !==
      0
    );
  }

  #contextBit(gram: number, before: number, after: number): number {
    const bit = contextHash(gram, before, after) >>> this.#contextShift;
    return ((this.#context[bit >>> 5] ?? 0) >>> (bit & 31)) & 1;
  }

  /** @param end of the gram in the text */
  #look(gram: number, end: number, text: UrlText, found: Candidates): void {
    const keys = this.#keys;
    let slot = (gramHash(gram) >>> this.#keyShift) * 2;
    while (keys[slot] !== gram) {
      if (keys[slot] === 0) return;
      slot = (slot + 2) & (keys.length - 1);
    }
    const literals = this.#literals;
    let at = keys[slot + 1] ?? 0;
    for (let length = literals[at] ?? 0; length > 0; length = literals[at] ?? 0) {
      if (this.#isText(at + LITERAL_HEAD, length, end - (literals[at + 1] ?? 0), text))
        found.add((literals[at + 2] ?? 0) | ((literals[at + 3] ?? 0) << 8) | ((literals[at + 4] ?? 0) << 16));
      at += LITERAL_HEAD + length;
    }
  }

  #isText(literal: number, length: number, begin: number, { bytes, start, end }: UrlText): boolean {
    if (begin < start || begin + length > end) return false;
    for (let i = 0; i < length; i++) if (this.#literals[literal + i] !== bytes[begin + i]) return false;
    return true;
  }
}
