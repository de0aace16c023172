/**
 * The lists of e2guardian and DansGuardian: one item a line, of the kind that the file's name says. A `#` begins a
 * comment in the first column, and after a space; other files are drawn in by `.Include<path>`.
 */
import { phraseKind } from './e2guardian-roles.ts';
import type { E2Kind } from './e2guardian-roles.ts';
import type { ListSink } from './entry.ts';
import { readForeignRegex } from './foreign-regex.ts';
import { readExtension, readRange, readType, termWords } from './notation.ts';
import { LineReader, readChunks } from './reader.ts';
import type { ReaderOptions } from './reader.ts';
import { quoted } from './report.ts';
import type { ReportBuilder } from './report.ts';
import { readSite } from './site.ts';

export interface E2Options extends ReaderOptions {
  readonly kind: E2Kind;
  /** The entries are exceptions. */
  readonly except?: boolean;
  /** `sitewild=false`: hosts without their sub-domains. */
  readonly exact?: boolean;
  /** The content of a file that is drawn in, by its path in the source; null where there is none. */
  readonly include?: (path: string) => Iterable<Uint8Array> | null;
  /** The category for a `#listcategory`; null leaves it as it is. */
  readonly categoryOf?: (name: string) => string | null;
}

const shortest = 2;
const longest = 2_048;
const maxDepth = 10;
const maxIncludes = 1_000;

/** What the files of one reading share. */
interface Family {
  readonly read: Set<string>;
  readonly titles: Map<string, string>;
}

export class E2Reader extends LineReader {
  readonly #options: E2Options;
  readonly #sink: ListSink;
  readonly #family: Family;
  readonly #depth: number;
  #timed: string | null = null;
  #before = 0;

  constructor(
    options: E2Options,
    sink: ListSink,
    report: ReportBuilder,
    family: Family = { read: new Set([options.file]), titles: new Map() },
    depth = 0,
  ) {
    super(options, sink, report);
    this.#options = options;
    this.#sink = sink;
    this.#family = family;
    this.#depth = depth;
    this.place.except = options.except === true;
  }

  /** By category, what `#listcategory` called it. */
  get titles(): ReadonlyMap<string, string> {
    return this.#family.titles;
  }

  protected override read(raw: string): void {
    if (raw.startsWith('#')) {
      this.#directive(raw);
      return;
    }
    if (raw.length > longest) {
      this.reject(`longer than ${longest} characters`);
      return;
    }
    const [, path] = /^\s*\.include\s*<([^>]*)>/i.exec(raw) ?? [];
    if (path !== undefined) {
      this.#include(path.trim());
      return;
    }
    const space = raw.indexOf(' #');
    const item = (space < 0 ? raw : raw.slice(0, space)).trim();
    if (item.length < shortest) return;
    if (this.#timed !== null) this.report.skip('limited in time');
    else {
      this.#before++;
      this.#item(item);
    }
  }

  #directive(raw: string): void {
    const [, name = ''] = /^#listcategory:[^"]*"([^"]*)"/.exec(raw) ?? [];
    const time = /^#time:\s*(.*)$/.exec(raw)?.[1]?.trim();
    if (name !== '') {
      const category = this.#options.categoryOf?.(name) ?? null;
      if (category !== null) this.place.category = category;
      if (!this.#family.titles.has(this.place.category)) this.#family.titles.set(this.place.category, name);
      if (name.includes('ADs'))
        this.report.note(`${quoted(name)} holds advertisements, which are best closed quietly`);
    } else if (time !== undefined && this.#options.kind !== 'phrase') this.#limit(time);
  }

  /** Entries without the limit would mean something else: they are left out, and the note says what is missing. */
  #limit(time: string): void {
    this.#timed = time;
    const said = `${quoted(`#time: ${time}`)} in ${this.#options.file}`;
    this.report.note(
      `${said} limits what follows, which was left out: write a schedule and a list of its own`,
    );
    if (this.#before > 0)
      this.report.note(
        `${said} limits what stands above it too, which was taken without the limit`,
        this.#before,
      );
  }

  #include(written: string): void {
    if (this.#options.include === undefined) {
      this.report.skip('include');
      return;
    }
    const found = this.#find(written);
    if (typeof found === 'string') {
      this.reject(found);
      return;
    }
    const { path, chunks } = found;
    if (this.#family.read.has(path)) {
      this.report.note(`${quoted(path)} is drawn in more than once, and was read once`);
      return;
    }
    if (this.#depth >= maxDepth || this.#family.read.size >= maxIncludes) {
      this.reject('too many files draw each other in');
      return;
    }
    this.#family.read.add(path);
    const options = { ...this.#options, file: path };
    readChunks(new E2Reader(options, this.#sink, this.report, this.#family, this.#depth + 1), chunks);
  }

  /** The file that is meant; or why there is none. */
  #find(written: string): { readonly path: string; readonly chunks: Iterable<Uint8Array> } | string {
    const text = written.replaceAll('\\', '/');
    const below = text.startsWith('__LISTDIR__/');
    const absolute = text.startsWith('/');
    const folder = this.#options.file.includes('/') ? this.#options.file.replace(/\/[^/]*$/, '/') : '';
    const path = resolve(below ? text.slice(12) : absolute ? text.slice(1) : folder + text);
    if (path === null || path === '') return `${quoted(written)} leaves the source`;
    const open = (at: string) => {
      if (this.#family.read.has(at)) return { path: at, chunks: [] };
      const chunks = this.#options.include?.(at) ?? null;
      return chunks === null ? null : { path: at, chunks };
    };
    const direct = open(path);
    const found = direct ?? (absolute || below ? this.#search(path, absolute, open) : null);
    return found ?? `${quoted(written)} is not in the source`;
  }

  /**
   * The source is a part of the machine that it came from, and that machine's paths are others: the longest end of the
   * path is meant that is there, below the folder of this file or one around it.
   */
  #search<T>(path: string, shorten: boolean, open: (at: string) => T | null): T | null {
    const folders = this.#options.file.split('/').slice(0, -1);
    for (let rest = path; ; rest = rest.slice(rest.indexOf('/') + 1)) {
      for (let n = folders.length; n >= 0; n--) {
        const found = open([...folders.slice(0, n), rest].join('/'));
        if (found !== null) return found;
      }
      if (!shorten || !rest.includes('/')) return null;
    }
  }

  #item(item: string): void {
    const { kind } = this.#options;
    if (kind === 'phrase') this.report.skip(phraseKind(item));
    else if (kind === 'replacement') this.report.skip('replacement');
    else if (kind === 'site' || kind === 'url') this.#site(item);
    else if (kind === 'regex') this.#regex(item);
    else if (kind === 'ip') this.#address(item);
    else this.#word(kind, item);
  }

  #site(item: string): void {
    if (/^\*{1,2}(?:s|ips?)?$/.test(item)) {
      this.reject(
        `${quoted(item)} closed or opened everything in version 4; here a rule for what is in no category does`,
      );
      return;
    }
    const found = readSite(item);
    if (!found.ok) this.reject(found.why);
    else if (this.#options.exact === true && found.path === '') {
      for (const note of found.notes) this.report.note(note);
      this.host(found.host, 'exact');
    } else {
      if (this.#options.kind === 'site' && found.path !== '')
        this.report.note('an address in a list of sites was taken as an address');
      this.site(found);
    }
  }

  #regex(item: string): void {
    const found = readForeignRegex(item);
    if (!found.ok) {
      this.reject(found.why);
      return;
    }
    for (const note of found.notes) this.report.note(note);
    this.other({ kind: 'regex', regex: found.regex });
  }

  #address(item: string): void {
    const range = readForeignRange(item);
    if (typeof range === 'string') this.reject(range);
    else if (range.from === range.to) this.host(range.from, 'exact');
    else this.other(range);
  }

  #word(kind: 'search' | 'extension' | 'type', item: string): void {
    if (kind === 'search') {
      const words = termWords(item.replaceAll('+', ' '));
      if (words.length === 0) this.reject('a term has at least one word');
      else {
        this.report.note('a search with these words and others is meant too, not this search alone');
        this.other({ kind: 'term', words });
      }
      return;
    }
    const found = kind === 'extension' ? readExtension(item) : readType(item);
    if (found === null)
      this.reject(kind === 'extension' ? 'this is no file extension' : 'this is no media type');
    else this.other(kind === 'extension' ? { kind, extension: found } : { kind, type: found });
  }
}

/** As {@link readRange}; with a mask in dotted form, and bits after it. */
function readForeignRange(item: string): ReturnType<typeof readRange> {
  const [, address, mask] = /^([\d.]+)\/([\d.]+)$/.exec(item) ?? [];
  if (address === undefined || mask === undefined) return readRange(item.replaceAll(/\s/g, ''));
  const bits = mask.includes('.') ? prefixOf(mask) : mask;
  const octets = address.split('.').map(Number);
  if (bits === null || octets.length !== 4 || !(Number(bits) <= 32)) return 'this is no network';
  const number = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const kept = Number(bits) === 0 ? 0 : (number & (0xffff_ffff << (32 - Number(bits)))) >>> 0;
  const network = [kept >>> 24, (kept >>> 16) & 255, (kept >>> 8) & 255, kept & 255].join('.');
  return octets.every((octet) => octet <= 255) ? readRange(`${network}/${bits}`) : 'this is no network';
}

function prefixOf(mask: string): string | null {
  const octets = mask.split('.').map(Number);
  if (octets.length !== 4 || octets.some((octet) => !(octet <= 255))) return null;
  const [, ones] = /^(1*)0*$/.exec(octets.map((octet) => octet.toString(2).padStart(8, '0')).join('')) ?? [];
  return ones === undefined ? null : String(ones.length);
}

/** A path in the source without dot segments; null where it leaves the source. */
function resolve(path: string): string | null {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..' && segments.pop() === undefined) return null;
    if (segment !== '' && segment !== '.' && segment !== '..') segments.push(segment);
  }
  return segments.join('/');
}
