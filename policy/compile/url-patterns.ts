/**
 * URL globs, regular expressions and rules of Adblock Plus, one row each:
 *
 *     urlPatterns     [ item and kind, origin, slot + 1, text | … ]     slot of the host that it is about; 0: of any host
 *     urlPatternText  www*.test/a/**casino[0-9]+||x.test^$image…        bytes of UTF-8; a text ends where the next begins
 *
 * The kind stands above the item's bits: 0 a glob, 1 an expression, 2 a rule. A pattern is made ready to be asked when it
 * first is: five thousand expressions at once would hold a thread for 200 ms. Within one spelling of one address each is
 * asked at most once.
 */
import { parseAbpRule } from '../lists/abp-rule.ts';
import { fullyDecoded } from '../path.ts';
import type { UrlFacts } from '../request.ts';
import { AbpMatcher, noAbpHeaders } from './abp-match.ts';
import type { AbpAddress, AbpAsked, AbpHeaders, AddressText } from './abp-match.ts';
import { words32 } from './column.ts';
import type { Candidates } from './grams.ts';
import { matchesGlob } from './glob-bytes.ts';
import { HostHits } from './host-index.ts';
import { isExcept, reaches } from './items.ts';
import { expressionOf, isIn } from './regex-safety.ts';
import { IMPORTANT, LOOSE } from './url-hits.ts';
import type { UrlHits } from './url-hits.ts';
import { UrlText } from './url-text.ts';

export const patternSections = ['urlPatterns', 'urlPatternText'] as const;
export type PatternSections = Readonly<Record<(typeof patternSections)[number], Uint8Array>>;

export const KINDS = ['glob', 'regex', 'abp'] as const;
export const KIND_SHIFT = 24;
export const PATTERN_WORDS = 4;
const ITEM = 0xff_ffff;

const [DOT, SLASH] = [46, 47];

/** What is asked about: of a request's facts. */
export interface UrlAsked {
  readonly scheme: 'http' | 'https';
  readonly host: string;
}
export type UrlParts = Pick<UrlFacts, 'path' | 'rawPath' | 'query'> & { readonly headers?: AbpHeaders };

interface Rule {
  readonly matcher: AbpMatcher;
  readonly important: boolean;
}

/** How a spelling came about: besides `LOOSE`, the query in the text is what comes of decoding `query`. */
export const CANONICAL = 0;
export const DECODED = 1;

/** One way to write an address. */
export interface Spelling {
  readonly asked: UrlAsked;
  readonly url: UrlParts;
  /** In upper and lower case. */
  readonly path: string;
  readonly query: string;
  readonly form: number;
  readonly text: UrlText;
}

const none: Spelling = {
  asked: { scheme: 'http', host: '' },
  url: { path: '', rawPath: '', query: '' },
  ...{ path: '', query: '', form: CANONICAL, text: new UrlText() },
};

export class UrlPatterns implements Candidates, AbpAddress {
  readonly count: number;
  readonly #rows: Uint32Array;
  readonly #text: Uint8Array;
  readonly #expressions: (RegExp | undefined)[] = [];
  readonly #rules: (Rule | undefined)[] = [];
  /** How many patterns wait to be asked, and which; each once. */
  waiting = 0;
  #waiting = new Uint32Array(64);
  /** For each pattern, the number of the spelling for which it last waited. */
  readonly #seen: Uint32Array;
  #number = 0;
  // Of the address that is being asked about; the thread never yields meanwhile.
  #spelling: Spelling = none;
  #hosts = new HostHits();
  #string: string | null = null;

  constructor(sections: PatternSections) {
    this.#rows = words32(sections.urlPatterns);
    this.#text = sections.urlPatternText;
    this.count = this.#rows.length / PATTERN_WORDS - 1;
    this.#seen = new Uint32Array(this.count);
  }

  /** A new spelling: nothing waits. */
  clear(): void {
    this.waiting = 0;
    if (++this.#number <= 0xffff_ffff) return;
    this.#seen.fill(0);
    this.#number = 1;
  }

  /** One more that may match. */
  add(pattern: number): void {
    if (this.#seen[pattern] === this.#number) return;
    this.#seen[pattern] = this.#number;
    if (this.waiting === this.#waiting.length) {
      const larger = new Uint32Array(2 * this.waiting);
      larger.set(this.#waiting);
      this.#waiting = larger;
    }
    this.#waiting[this.waiting++] = pattern;
  }

  /** Asks all that wait. */
  ask(spelling: Spelling, hosts: HostHits, out: UrlHits): void {
    this.#spelling = spelling;
    this.#hosts = hosts;
    this.#string = null;
    for (let i = 0; i < this.waiting; i++)
      this.#test(this.#waiting[i] ?? 0, (spelling.form & LOOSE) !== 0, out);
    this.#spelling = none;
  }

  #test(pattern: number, loose: boolean, out: UrlHits): void {
    const at = pattern * PATTERN_WORDS;
    const row = this.#rows[at] ?? 0;
    const item = row & ITEM;
    if (loose && isExcept(item)) return;
    const slot = this.#rows[at + 2] ?? 0;
    if (slot > 0 && !this.#isHost(slot - 1, item)) return;
    const important = this.#matches(pattern, row >>> KIND_SHIFT, slot === 0);
    if (important < 0) return;
    const flags = (loose ? LOOSE : 0) | (important > 0 ? IMPORTANT : 0);
    out.add(item | flags, this.#rows[at + 1] ?? 0, pattern);
  }

  /** Whether a glob's host can be this one; for globs that no host's slot tells of. */
  matchesHost(pattern: number, host: Uint8Array, begin: number, end: number): boolean {
    const [from, to] = this.#textRange(pattern);
    return matchesGlob(this.#text, from, this.#slash(from, to), host, begin, end, DOT);
  }

  itemOf(pattern: number): number {
    return (this.#rows[pattern * PATTERN_WORDS] ?? 0) & ITEM;
  }

  textOf(pattern: number): string {
    return Buffer.from(this.#text.subarray(...this.#textRange(pattern))).toString();
  }

  kindOf(pattern: number): (typeof KINDS)[number] {
    return KINDS[(this.#rows[pattern * PATTERN_WORDS] ?? 0) >>> KIND_SHIFT] ?? 'glob';
  }

  #isHost(slot: number, item: number): boolean {
    const hosts = this.#hosts;
    for (let i = 0; i < hosts.count; i++)
      if (hosts.slots[i] === slot) return reaches(item, hosts.below[i] ?? 0);
    return false;
  }

  /** -1: no. 1: yes, and stronger than any exception. */
  #matches(pattern: number, kind: number, anyHost: boolean): -1 | 0 | 1 {
    if (kind === 0) return this.#matchesGlob(pattern, this.text, anyHost) ? 0 : -1;
    if (kind === 1) {
      const expression = (this.#expressions[pattern] ??= expressionOf(this.textOf(pattern)));
      return isIn(expression, this.#address()) ? 0 : -1;
    }
    const { matcher, important } = (this.#rules[pattern] ??= this.#ruleOf(pattern));
    if (!matcher.matches(this)) return -1;
    return important ? 1 : 0;
  }

  #matchesGlob(pattern: number, text: UrlText, anyHost: boolean): boolean {
    const [from, to] = this.#textRange(pattern);
    const slash = this.#slash(from, to);
    if (!matchesGlob(this.#text, slash + 1, to, text.bytes, text.path + 1, text.query, SLASH)) return false;
    return !anyHost || matchesGlob(this.#text, from, slash, text.bytes, text.host, text.path, DOT);
  }

  #textRange(pattern: number): [number, number] {
    const at = pattern * PATTERN_WORDS + 3;
    return [this.#rows[at] ?? 0, this.#rows[at + PATTERN_WORDS] ?? 0];
  }

  #slash(from: number, to: number): number {
    let at = from;
    while (at < to && this.#text[at] !== SLASH) at++;
    return at;
  }

  #ruleOf(pattern: number): Rule {
    const read = parseAbpRule(this.textOf(pattern));
    if (!read.ok) throw new Error(`\`${this.textOf(pattern)}\` was not checked: ${read.why}`);
    return { matcher: new AbpMatcher(read.rule), important: read.rule.important };
  }

  get text(): UrlText {
    return this.#spelling.text;
  }

  string(): string {
    return `${this.#spelling.asked.scheme}://${this.#address()}`;
  }

  /** Host, path and query in lower case. */
  #address(): string {
    if (this.#string === null) {
      const { asked, path, query, form, text } = this.#spelling;
      const { bytes, host, end } = text;
      this.#string =
        (form & DECODED) !== 0
          ? Buffer.from(bytes.buffer, bytes.byteOffset + host, end - host).toString()
          : (asked.host + path + (query === '' ? '' : `?${query}`)).toLowerCase();
    }
    return this.#string;
  }

  original(): AddressText {
    const { path, form, asked } = this.#spelling;
    const query = (form & DECODED) !== 0 ? fullyDecoded(this.#spelling.query) : this.#spelling.query;
    const begin = `${asked.scheme}://`;
    const { host } = asked;
    const rest = query === '' ? path : `${path}?${query}`;
    const bytes = Buffer.from(begin + host + rest);
    return { bytes, start: 0, host: begin.length, path: begin.length + host.length, end: bytes.length };
  }

  asked(): AbpAsked {
    const { asked, path, url } = this.#spelling;
    return { scheme: asked.scheme, host: asked.host, path, headers: url.headers ?? noAbpHeaders };
  }
}
