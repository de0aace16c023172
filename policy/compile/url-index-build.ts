/** What depends on paths and queries → the arrays that url-index.ts reads and explains. */
import { parseAbpRule } from '../lists/abp-rule.ts';
import type { AbpRule } from '../lists/abp-rule.ts';
import { hostOfAbp, literalsOfAbp } from './abp-match.ts';
import { bytesOf, column8 } from './column.ts';
import { parseExpression, requiredStrings } from './expression-text.ts';
import { hostOfGlob, literalsOfGlob } from './glob-text.ts';
import { GramIndexBuilder, worthOf } from './grams-build.ts';
import type { HostIndexBuilder } from './host-index-build.ts';
import type { HostIndex } from './host-index.ts';
import { isExcept, itemOf, targetOf } from './items.ts';
import { ExpressionChecks } from './regex-safety.ts';
import { HAS_QUERIES, ROW_WORDS, slotHash, URL_TARGET } from './url-index.ts';
import type { UrlSections } from './url-index.ts';
import { PathIndexBuilder } from './url-paths-build.ts';
import type { HostPaths } from './url-paths-build.ts';
import { KIND_SHIFT, KINDS } from './url-patterns.ts';

/** More patterns of one host than these are found by their text. */
const MAX_OF_HOST = 12;
/** So many patterns may be asked of every address. */
const MAX_ALWAYS = 32;

/** Hosts whose texts tell which runs of characters are rare. */
const SAMPLE = 10_000;

/** Target, exception and origin of an entry. */
export interface UrlEntry {
  readonly target: number;
  readonly except: boolean;
  readonly origin: number;
}

interface Pattern {
  readonly kind: (typeof KINDS)[number];
  readonly text: string;
  readonly item: number;
  readonly origin: number;
  /** That it is about; null: any, or only the glob can tell. */
  readonly host: string | null;
  /** Of which every address has one; null where it needs none. */
  readonly strings: readonly string[] | null;
}

interface Row extends HostPaths {
  readonly patterns: number[];
  readonly possible: Set<number>;
}

export class UrlIndexBuilder {
  readonly #hosts: HostIndexBuilder;
  readonly #paths = new PathIndexBuilder();
  readonly #patterns: Pattern[] = [];
  readonly #checks = new ExpressionChecks();
  readonly #pathHosts = new Map<string, Set<number>>();
  #always = 0;

  /** @param hosts takes the hosts of which something is known here */
  constructor(hosts: HostIndexBuilder) {
    this.#hosts = hosts;
  }

  /** @param path canonical, in lower case, perhaps with `?query`. Returns false for what is no host. */
  path(host: string, exact: boolean, path: string, { target, except, origin }: UrlEntry): boolean {
    const item = itemOf(exact ? 'exact' : 'subtree', target, except);
    let items = this.#pathHosts.get(host);
    if (items === undefined) {
      if (!this.#flag(host)) return false;
      this.#pathHosts.set(host, (items = new Set()));
    }
    if (!except) items.add(item);
    this.#paths.add(host, path, item, origin);
    return true;
  }

  /**
   * @param host of a pattern that `parseUrlPattern` read, and
   * @param path as well
   */
  glob(host: string, path: string, entry: UrlEntry): void {
    const bound = hostOfGlob(host);
    const { target, except, origin } = entry;
    this.#add({
      kind: 'glob',
      text: host + path,
      item: itemOf(bound?.reach ?? 'subtree', target, except),
      origin,
      host: bound !== null && this.#flag(bound.host) ? bound.host : null,
      strings: best(literalsOfGlob(bound === null ? host + path : path)),
    });
  }

  /** Returns why the expression cannot be used, or null. */
  regex(source: string, { target, except, origin }: UrlEntry): string | null {
    const check = this.#checks.check(source);
    if (!check.ok) return check.why;
    const strings = requiredStrings(parseExpression(source), worthOf);
    return this.#add({
      kind: 'regex',
      text: source,
      item: itemOf('subtree', target, except),
      origin,
      host: null,
      strings,
    });
  }

  /**
   * @param text of a rule, which itself says whether it is an exception, unless
   * @param exception does: for who keeps exceptions under targets of their own
   * @returns why it cannot be used, or null
   */
  abp(text: string, { target, origin }: UrlEntry, exception?: boolean): string | null {
    const read = parseAbpRule(text);
    if (!read.ok) return read.why;
    const { rule } = read;
    if (rule.pattern.kind === 'regex') {
      const check = this.#checks.check(rule.pattern.source);
      if (!check.ok) return check.why;
    }
    const host = hostOfAbp(rule);
    const item = itemOf('subtree', target, exception ?? rule.exception);
    const bound = host !== null && this.#flag(host) ? host : null;
    return this.#add({ kind: 'abp', text, item, origin, host: bound, strings: stringsOfAbp(rule) });
  }

  /** Entries so far, and how many of them are asked of every address. */
  get counts(): { paths: number; patterns: number; always: number } {
    return { paths: this.#paths.count, patterns: this.#patterns.length, always: this.#always };
  }

  #add(pattern: Pattern): string | null {
    if (
      pattern.host === null &&
      pattern.strings === null &&
      ++this.#always > MAX_ALWAYS &&
      pattern.kind !== 'glob'
    ) {
      this.#always--;
      return 'too many patterns before this one have no text by which they could be found: write three characters in a row';
    }
    this.#patterns.push(pattern);
    return null;
  }

  #flag(host: string): boolean {
    return this.#hosts.add(host, itemOf('subtree', URL_TARGET), 0);
  }

  /** @param hosts made of the builder that the constructor had */
  finish(hosts: HostIndex): UrlSections {
    const slots = new Map<string, number>();
    const slotOf = (host: string) => {
      let slot = slots.get(host);
      if (slot === undefined) slots.set(host, (slot = hosts.slotOf(host)));
      return slot;
    };
    const ofPaths = new Map<number, HostPaths>();
    const paths = this.#paths.finish(slotOf, hosts.seeds, ofPaths);
    const rows = this.#rows(slotOf, ofPaths);
    const grams = new GramIndexBuilder();
    if (this.#patterns.length > 0) for (const host of hosts.sample(SAMPLE)) grams.learn(host);
    const always: number[] = [];
    for (const [i, { host, strings }] of this.#patterns.entries()) {
      if (host !== null && rows.get(slotOf(host))?.patterns.includes(i) === true) continue;
      if (strings === null) always.push(i);
      else grams.add(i, strings);
    }
    return {
      ...paths,
      ...grams.finish(),
      ...this.#patternSections(slotOf),
      ...rowSections(rows),
      ...this.#looseSections(),
      urlAlways: bytesOf(Uint32Array.from(always)),
    };
  }

  #rows(slotOf: (host: string) => number, ofPaths: ReadonlyMap<number, HostPaths>): Map<number, Row> {
    const rows = new Map<number, Row>();
    const rowOf = (host: string): Row => {
      const slot = slotOf(host);
      let row = rows.get(slot);
      if (row === undefined) {
        row = {
          longest: 0,
          queries: false,
          mask: 0,
          ...ofPaths.get(slot),
          patterns: [],
          possible: new Set(),
        };
        rows.set(slot, row);
      }
      return row;
    };
    for (const [host, items] of this.#pathHosts) for (const item of items) rowOf(host).possible.add(item);
    // A host of exceptions alone has a row, too.
    for (const host of this.#pathHosts.keys()) rowOf(host);
    for (const [i, { host, item }] of this.#patterns.entries()) {
      if (host === null) continue;
      const row = rowOf(host);
      row.patterns.push(i);
      if (!isExcept(item)) row.possible.add(item);
    }
    for (const row of rows.values()) {
      if (row.patterns.length <= MAX_OF_HOST) continue;
      const kept = row.patterns.filter((i) => this.#patterns[i]?.strings === null);
      row.patterns.splice(0, row.patterns.length, ...kept);
    }
    return rows;
  }

  #patternSections(slotOf: (host: string) => number) {
    const text = column8();
    const rows: number[] = [];
    for (const pattern of this.#patterns) {
      const bytes = Buffer.from(pattern.text);
      const kind = KINDS.indexOf(pattern.kind) << KIND_SHIFT;
      rows.push(
        pattern.item | kind,
        pattern.origin,
        pattern.host === null ? 0 : slotOf(pattern.host) + 1,
        text.length,
      );
      text.reserve(bytes.length);
      text.array.set(bytes, text.length);
      text.length += bytes.length;
    }
    // The last text ends where one more would begin.
    rows.push(0, 0, 0, text.length);
    return {
      urlPatterns: bytesOf(Uint32Array.from(rows)),
      urlPatternText: bytesOf(text.array.slice(0, text.length)),
    };
  }

  #looseSections() {
    const [targets, globs] = [new Set<number>(), [] as number[]];
    for (const [i, { kind, text, host, item }] of this.#patterns.entries()) {
      if (host !== null || isExcept(item)) continue;
      if (kind === 'glob' && !text.startsWith('**/')) globs.push(i);
      else targets.add(targetOf(item));
    }
    return {
      urlLoose: bytesOf(Uint32Array.from(targets)),
      urlLooseGlobs: bytesOf(Uint32Array.from(globs)),
    };
  }
}

/** The text that is worth most. */
function best(texts: readonly string[]): readonly string[] | null {
  const [first] = texts.map((text) => text.toLowerCase()).sort((a, b) => worthOf(b) - worthOf(a));
  return first === undefined || worthOf(first) === 0 ? null : [first];
}

function stringsOfAbp({ pattern }: AbpRule): readonly string[] | null {
  return pattern.kind === 'regex'
    ? requiredStrings(parseExpression(pattern.source), worthOf)
    : best(literalsOfAbp(pattern));
}

function rowSections(rows: ReadonlyMap<number, Row>) {
  let size = 8;
  while (size < 2 * rows.size) size *= 2;
  const table = new Uint32Array(2 * size);
  const columns: number[] = [];
  const [patterns, possible]: [number[], number[]] = [[], []];
  for (const [slot, row] of rows) {
    let at = (slotHash(slot) >>> Math.clz32(size - 1)) * 2;
    while (table[at] !== 0) at = (at + 2) & (table.length - 2);
    table.set([slot + 1, columns.length / ROW_WORDS], at);
    columns.push(
      (row.longest | (row.queries ? HAS_QUERIES : 0)) >>> 0,
      patterns.length,
      possible.length,
      row.mask,
    );
    for (const pattern of row.patterns) patterns.push(pattern);
    for (const item of row.possible) possible.push(item);
  }
  columns.push(0, patterns.length, possible.length, 0);
  return {
    urlRows: bytesOf(table),
    urlRow: bytesOf(Uint32Array.from(columns)),
    urlRowPatterns: bytesOf(Uint32Array.from(patterns)),
    urlPossible: bytesOf(Uint32Array.from(possible)),
  };
}
