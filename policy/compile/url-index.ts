/**
 * Address → targets that depend on its path and query: path prefixes (url-paths.ts), and patterns (url-patterns.ts) that
 * are found by the host they are about or by a text that they need (grams.ts).
 *
 * A host of which something here is known carries the item {@link URL_TARGET} in the host index; its *row* is found by
 * its slot there:
 *
 *     urlRows         [ slot + 1, 0 | 0, 0 | slot + 1, 1 | … ]          open addressing, at most half full; number of a row
 *     urlRow          [ longest path, patterns, possible, paths | … ]   a row; lists end where those of the next begin; 32
 *                                                                       bits, one set for each path
 *     urlRowPatterns  [ 4, 7, 9, … ]                                    patterns to ask, where only few are about the host
 *     urlPossible     [ item, … ]                                       what could come of the host, with its reach
 *     urlLoose        [ target, … ]                                     what could come of any host
 *     urlLooseGlobs   [ pattern, … ]                                    what could come of hosts that these globs match
 *     urlAlways       [ pattern, … ]                                    need no text: asked for every address, so they are few
 *
 * `wiki.test/games` and the glob `wiki.test/play/**` make one row; `casino[0-9]+` is found by the gram `asin`; the rule
 * `||x.test^$image` makes another row.
 *
 * Cost of a lookup: nothing where the image has no pattern for any host and the host no row; else 2 to 3 ns a character
 * to copy the address, 1 to 2 to scan it, and what is asked of it. A spelling of the address that differs (the raw path, a
 * query with encoded characters) is looked at again, and what only it brings is loose.
 */
import { fullyDecoded } from '../path.ts';
import { words32 } from './column.ts';
import { GramIndex, gramSections } from './grams.ts';
import type { HostHits, HostIndex } from './host-index.ts';
import { isExcept, MAX_TARGETS, reaches, targetOf } from './items.ts';
import type { PossibleTargets } from './url-hits.ts';
import { LOOSE, UrlHits } from './url-hits.ts';
import { PathIndex, pathSections } from './url-paths.ts';
import { CANONICAL, DECODED, patternSections, UrlPatterns } from './url-patterns.ts';
import type { UrlAsked, UrlParts } from './url-patterns.ts';
import { UrlText } from './url-text.ts';

/** Not a target of anything: the host has a row here. */
export const URL_TARGET = MAX_TARGETS - 1;
export const ROW_WORDS = 4;
/** Above the longest path of a row. */
export const HAS_QUERIES = 0x8000_0000;
/** In `UrlHits.sources`: a path, not a pattern. */
const PATH = 0x8000_0000;

const rowSections = [
  'urlRows',
  'urlRow',
  'urlRowPatterns',
  'urlPossible',
  'urlLoose',
  'urlLooseGlobs',
  'urlAlways',
] as const;
export const urlSections = [...rowSections, ...pathSections, ...patternSections, ...gramSections] as const;
export type UrlSections = Readonly<Record<(typeof urlSections)[number], Uint8Array>>;

export const slotHash = (slot: number): number => Math.imul(slot + 1, 0x9e37_79b1) >>> 0;

export class UrlIndex {
  readonly #rows: Uint32Array;
  readonly #row: Uint32Array;
  readonly #rowPatterns: Uint32Array;
  readonly #possible: Uint32Array;
  readonly #looseTargets: Uint32Array;
  readonly #looseGlobs: Uint32Array;
  readonly #always: Uint32Array;
  readonly #shift: number;
  readonly #hosts: HostIndex;
  readonly #paths: PathIndex;
  readonly #grams: GramIndex;
  readonly #patterns: UrlPatterns;
  /** Of the host index: whether hosts that say this have rows. */
  readonly #hasRow: Uint8Array;
  readonly #text = new UrlText();
  /** By number of the row; 0 until it is first asked for. */
  readonly #rowClasses: Uint32Array;
  readonly #classes = new Map<string, number>();
  // Of the host whose paths are being looked for.
  #out = new UrlHits();
  #loose = false;
  #below = 0;

  constructor(sections: UrlSections, hosts: HostIndex) {
    this.#rows = words32(sections.urlRows);
    this.#row = words32(sections.urlRow);
    this.#rowPatterns = words32(sections.urlRowPatterns);
    this.#possible = words32(sections.urlPossible);
    this.#looseTargets = words32(sections.urlLoose);
    this.#looseGlobs = words32(sections.urlLooseGlobs);
    this.#always = words32(sections.urlAlways);
    this.#shift = Math.clz32(this.#rows.length / 2 - 1);
    this.#rowClasses = new Uint32Array(this.#row.length / ROW_WORDS);
    this.#hosts = hosts;
    this.#paths = new PathIndex(sections, hosts.seeds);
    this.#grams = new GramIndex(sections);
    this.#patterns = new UrlPatterns(sections);
    this.#hasRow = Uint8Array.from({ length: hosts.setCount }, (_, set) =>
      hosts.setItems(set).some((item) => targetOf(item) === URL_TARGET) ? 1 : 0,
    );
  }

  /** Fills `out`. @param hosts of the host index, for `asked.host` */
  hits(asked: UrlAsked, url: UrlParts, hosts: HostHits, out: UrlHits): void {
    out.clear();
    if (this.#grams.isEmpty && this.#always.length === 0 && !this.#hasAnyRow(hosts)) return;
    const { path, rawPath, query } = url;
    this.#text.fill(asked.scheme, asked.host, path, query);
    this.#look(asked, url, path, query, hosts, out, CANONICAL);
    if (query !== '' && query.includes('%')) this.#lookDecoded(asked, url, hosts, out);
    if (rawPath === path) return;
    this.#text.fill(asked.scheme, asked.host, rawPath, query);
    this.#look(asked, url, rawPath, query, hosts, out, LOOSE);
  }

  /** The text is still the canonical one. */
  #lookDecoded(asked: UrlAsked, url: UrlParts, hosts: HostHits, out: UrlHits): void {
    const { path, query } = url;
    const changed = this.#text.decodeQuery();
    if (changed === true) return this.#look(asked, url, path, query, hosts, out, LOOSE | DECODED);
    if (changed === false) return;
    const decoded = fullyDecoded(query);
    this.#text.fill(asked.scheme, asked.host, path, decoded);
    this.#look(asked, url, path, decoded, hosts, out, LOOSE);
  }

  /** The targets that {@link hits} could bring of any host if it knew the path and query. */
  get loose(): Uint32Array {
    return this.#looseTargets;
  }

  /** Fills `out` with the targets that could come of any host or of this one. */
  possible(host: string, hosts: HostHits, out: PossibleTargets): void {
    out.clear();
    for (const target of this.#looseTargets) out.add(target);
    this.#possibleHere(host, hosts, out);
  }

  /** Fills `out` with those of this host alone. */
  possibleHere(host: string, hosts: HostHits, out: PossibleTargets): void {
    out.clear();
    this.#possibleHere(host, hosts, out);
  }

  #possibleHere(host: string, hosts: HostHits, out: PossibleTargets): void {
    if (this.#looseGlobs.length > 0) this.#possibleGlobs(host, out);
    for (let i = 0; i < hosts.count; i++) {
      if (this.#hasRow[hosts.sets[i] ?? 0] === 0) continue;
      const row = this.#rowOf(hosts.slots[i] ?? 0);
      const end = this.#row[row + ROW_WORDS + 2] ?? 0;
      for (let at = this.#row[row + 2] ?? 0; at < end; at++) {
        const item = this.#possible[at] ?? 0;
        if (reaches(item, hosts.below[i] ?? 0)) out.add(targetOf(item));
      }
    }
  }

  /** Targets that a query or the fields of a request may bring, not its path alone: of expressions and filters. */
  get beyondPaths(): ReadonlySet<number> {
    const found = new Set<number>();
    for (let i = 0; i < this.#patterns.count; i++)
      if (this.#patterns.kindOf(i) !== 'glob') found.add(targetOf(this.#patterns.itemOf(i)));
    return found;
  }

  /** Whether what could come of a host depends on more of it than the host index says. */
  get hasLooseGlobs(): boolean {
    return this.#looseGlobs.length > 0;
  }

  /**
   * A number of what could come of a host that was found, place `i` of the hits: 0 where it has no row, and the same for any
   * two whose rows say the same. There are as many as lists are combined, not as hosts have rows.
   */
  rowClassOf(hosts: HostHits, i: number): number {
    if (this.#hasRow[hosts.sets[i] ?? 0] === 0) return 0;
    const row = this.#rowOf(hosts.slots[i] ?? 0);
    return (this.#rowClasses[row / ROW_WORDS] ||= this.#classify(row));
  }

  #classify(row: number): number {
    const items = this.#possible.slice(this.#row[row + 2], this.#row[row + ROW_WORDS + 2]).sort();
    const key = items.join();
    let number = this.#classes.get(key);
    if (number === undefined) this.#classes.set(key, (number = this.#classes.size + 1));
    return number;
  }

  /** What was matched, as an entry of a list is written (without the mark of a host alone). */
  textOf(source: number): string {
    if (source >= PATH) {
      const { slot, path } = this.#paths.textOf(source - PATH);
      return this.#hosts.hostOf(slot) + path;
    }
    const kind = this.#patterns.kindOf(source);
    return `${kind === 'glob' ? 'url' : kind} ${this.#patterns.textOf(source)}`;
  }

  #hasAnyRow(hosts: HostHits): boolean {
    for (let i = 0; i < hosts.count; i++) if (this.#hasRow[hosts.sets[i] ?? 0] === 1) return true;
    return false;
  }

  /** One spelling, which is in the text. What few addresses need is handed on only for them. */
  #look(
    asked: UrlAsked,
    url: UrlParts,
    path: string,
    query: string,
    hosts: HostHits,
    out: UrlHits,
    form: number,
  ): void {
    const [text, patterns] = [this.#text, this.#patterns];
    patterns.clear();
    for (let i = 0; i < hosts.count; i++)
      if (this.#hasRow[hosts.sets[i] ?? 0] === 1) this.#askRow(hosts, i, out, form);
    if (!this.#grams.isEmpty) this.#grams.scan(text, patterns);
    for (let i = 0; i < this.#always.length; i++) patterns.add(this.#always[i] ?? 0);
    if (patterns.waiting > 0) patterns.ask({ asked, url, path, query, form, text }, hosts, out);
  }

  #askRow(hosts: HostHits, i: number, out: UrlHits, form: number): void {
    const slot = hosts.slots[i] ?? 0;
    const row = this.#rowOf(slot);
    const paths = this.#row[row] ?? 0;
    if (paths !== 0) {
      this.#below = hosts.below[i] ?? 0;
      this.#loose = (form & LOOSE) !== 0;
      this.#out = out;
      const mask = this.#row[row + 3] ?? 0;
      this.#paths.find(slot, mask, paths & ~HAS_QUERIES, paths >= HAS_QUERIES, this.#text, this);
    }
    const end = this.#row[row + ROW_WORDS + 1] ?? 0;
    for (let at = this.#row[row + 1] ?? 0; at < end; at++) this.#patterns.add(this.#rowPatterns[at] ?? 0);
  }

  /** For the path index. */
  path(set: number, path: number, elsewhere: boolean): void {
    const loose = elsewhere || this.#loose;
    const end = this.#paths.setStart[set + 1] ?? 0;
    for (let at = this.#paths.setStart[set] ?? 0; at < end; at++) {
      const item = this.#paths.items[at] ?? 0;
      if (!reaches(item, this.#below) || (loose && isExcept(item))) continue;
      this.#out.add(item | (loose ? LOOSE : 0), this.#paths.origins[at] ?? 0, path + PATH);
    }
  }

  /** Where the row of a slot begins; there is one. */
  #rowOf(slot: number): number {
    const rows = this.#rows;
    let at = (slotHash(slot) >>> this.#shift) * 2;
    while (rows[at] !== slot + 1) at = (at + 2) & (rows.length - 2);
    return (rows[at + 1] ?? 0) * ROW_WORDS;
  }

  #possibleGlobs(host: string, out: PossibleTargets): void {
    const text = this.#text;
    text.fill('http', host, '/', '');
    for (const pattern of this.#looseGlobs)
      if (this.#patterns.matchesHost(pattern, text.bytes, text.host, text.path))
        out.add(targetOf(this.#patterns.itemOf(pattern)));
  }
}
