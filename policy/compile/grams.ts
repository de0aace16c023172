/**
 * Text → the patterns that can be about it. Every pattern needs some literal text; of the runs of four characters in it
 * (*grams*) the one that is rarest, among all patterns and a sample of hosts, is its key. Keyword expressions are about parts of
 * words: whole words (*tokens*, as blockers of advertisements use them) would not find them.
 *
 *     pattern 0  casino[0-9]+     needs `casino`     keys: asin
 *     pattern 1  /(poker|bingo)/  needs one of two         oker, bing
 *     pattern 2  **.test/sex/*    needs `/sex/`            sex/        (three characters alone are a key, too)
 *
 *     urlGramFilter  bits; one is set for each key; some 40 bits a key, so that it stays near the processor
 *     urlGramKeys    [ 0, 'asin', 0, 'oker', … ]     open addressing: the gram is its own number
 *     urlGramStart   [ 0, 0, 1, 1, 2, … ]            where the literals of a key begin, one more at the end
 *     urlLiterals    [ pattern, text | … ]           text: a length, where the gram is in it, and its bytes
 *
 * A scan makes one gram a character, asks the filter, and is nearly always done with it: 1 to 2 ns. Else it compares the
 * literal around the gram, and only then is the pattern itself looked at, once an address.
 */
import { words32 } from './column.ts';
import type { UrlText } from './url-text.ts';

export const gramSections = [
  'urlGramFilter',
  'urlGramKeys',
  'urlGramStart',
  'urlLiterals',
  'urlLiteralText',
] as const;
export type GramSections = Readonly<Record<(typeof gramSections)[number], Uint8Array>>;

const FACTOR = 0x9e37_79b1;
/** High bits of a product: they depend on every character. */
export const gramHash = (gram: number): number => Math.imul(gram, FACTOR) >>> 0;

/** Takes the patterns whose literal text is there. */
export interface Candidates {
  /** Whether the pattern was looked at already. */
  isDone(pattern: number): boolean;
  test(pattern: number): void;
}

export class GramIndex {
  /** Patterns that have a key. */
  readonly isEmpty: boolean;
  readonly #filter: Uint32Array;
  readonly #filterShift: number;
  readonly #keys: Uint32Array;
  readonly #keyShift: number;
  readonly #start: Uint32Array;
  readonly #literals: Uint32Array;
  readonly #text: Uint8Array;
  /** Whether any key has three characters. */
  readonly #short: boolean;

  constructor(sections: GramSections) {
    this.#filter = words32(sections.urlGramFilter);
    this.#filterShift = Math.clz32(this.#filter.length * 32 - 1);
    this.#keys = words32(sections.urlGramKeys);
    this.#keyShift = Math.clz32(this.#keys.length - 1);
    this.#start = words32(sections.urlGramStart);
    this.#literals = words32(sections.urlLiterals);
    this.#text = sections.urlLiteralText;
    this.isEmpty = this.#literals.length === 0;
    this.#short = this.#keys.some((key) => key > 0 && key < 0x100_0000);
  }

  scan(text: UrlText, found: Candidates): void {
    const { bytes, start, end } = text;
    const filter = this.#filter;
    const shift = this.#filterShift;
    const short = this.#short;
    let gram = 0;
    for (let at = start; at < end; at++) {
      gram = (gram << 8) | (bytes[at] ?? 0);
      const bit = gramHash(gram) >>> shift;
      if (((filter[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) this.#look(gram >>> 0, at + 1, text, found);
      if (!short) continue;
      const bit3 = gramHash(gram & 0xff_ffff) >>> shift;
      if (((filter[bit3 >>> 5] ?? 0) >>> (bit3 & 31)) & 1) this.#look(gram & 0xff_ffff, at + 1, text, found);
    }
  }

  /** @param end of the gram in the text */
  #look(gram: number, end: number, text: UrlText, found: Candidates): void {
    const keys = this.#keys;
    let slot = gramHash(gram) >>> this.#keyShift;
    while (keys[slot] !== gram) {
      if (keys[slot] === 0) return;
      slot = (slot + 1) & (keys.length - 1);
    }
    const stop = this.#start[slot + 1] ?? 0;
    for (let i = this.#start[slot] ?? 0; i < stop; i++) {
      const pattern = this.#literals[2 * i] ?? 0;
      if (found.isDone(pattern)) continue;
      if (this.#isLiteral(this.#literals[2 * i + 1] ?? 0, end, text)) found.test(pattern);
    }
  }

  #isLiteral(literal: number, end: number, { bytes, start, end: stop }: UrlText): boolean {
    const length = this.#text[literal] ?? 0;
    const begin = end - (this.#text[literal + 1] ?? 0);
    if (begin < start || begin + length > stop) return false;
    for (let i = 0; i < length; i++) if (this.#text[literal + 2 + i] !== bytes[begin + i]) return false;
    return true;
  }
}
