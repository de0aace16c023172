/**
 * The snapshot: the one form in which lists are kept and compiled. UTF-8 text, one entry a line; docs/lists.md has all of
 * it. What an import wrote also says where each entry stood in its source:
 *
 *     @category adult
 *     @file adult/domains
 *     example.org                line 1 of that file
 *     example.net                line 2
 *     @line 9
 *     =www.example.com           line 9
 *     ! example.org/health       an exception, line 10
 */
import { canonicalHost } from '../host.ts';
import type { ListSink, OtherPattern, Pattern, Place, Reach } from './entry.ts';
import { readPattern, writeHost, writePattern } from './notation.ts';
import { LineReader, readChunks } from './reader.ts';
import { ReportBuilder } from './report.ts';

const categoryName = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

export class SnapshotReader extends LineReader {
  /** By category, as `@title` gives them. */
  readonly titles: Record<string, string> = {};
  #next = 1;

  /** @param name of the list, for what is rejected */
  constructor(name: string, sink: ListSink, report: ReportBuilder) {
    super({ file: name, category: '' }, sink, report);
    this.place.file = null;
  }

  protected override read(raw: string): void {
    // Nearly every line is a plain host, alone or with its sub-domains.
    const exact = raw.charCodeAt(0) === 61;
    const found = this.place.category === '' ? null : canonicalHost(exact ? raw.slice(1) : raw);
    if (found?.ok === true && found.kind === 'name' && (exact || found.host.includes('.'))) {
      this.#stand();
      this.place.except = false;
      this.host(found.host, exact ? 'exact' : 'subtree');
      return;
    }
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) return;
    if (line.startsWith('@')) this.#directive(line);
    else if (this.place.category === '') this.reject('no category yet: write `@category name` above');
    else this.#entry(line);
  }

  #entry(line: string): void {
    this.#stand();
    this.place.except = line.startsWith('!');
    const read = readPattern(this.place.except ? line.slice(1).trimStart() : line);
    if (!read.ok) this.reject(read.why);
    else if (read.pattern.kind === 'host') this.host(read.pattern.host, read.pattern.reach);
    else {
      if (read.pattern.kind === 'abp' && read.pattern.rule.startsWith('@@')) this.place.except = true;
      this.other(read.pattern);
    }
  }

  /** Every entry has a line in its source, one that is rejected too. */
  #stand(): void {
    this.place.line = this.place.file === null ? this.number : this.#next++;
  }

  #directive(line: string): void {
    const [, name = '', rest = ''] = /^@(\S*)\s*(.*)$/s.exec(line) ?? [];
    const value = name === 'file' ? rest : rest.replace(/(?:^|\s)#.*$/s, '').trimEnd();
    const { place } = this;
    if (name === 'source') place.source = value === '' ? null : value;
    else if (name === 'title' && place.category !== '') this.titles[place.category] = value;
    else if (name === 'category' && categoryName.test(value)) place.category = value;
    else if (name === 'file') {
      place.file = value === '' ? null : value;
      this.#next = 1;
    } else if (name === 'line' && place.file !== null && /^[1-9]\d{0,9}$/.test(value))
      this.#next = Number(value);
    else
      this.reject(
        `\`@${name}\` is not understood here: write \`@category name\`, then \`@title …\`, \`@source …\``,
      );
  }
}

export interface SnapshotRead {
  readonly titles: Readonly<Record<string, string>>;
  readonly report: ReportBuilder;
}

/** Reads a snapshot, or a list that somebody wrote. Never throws. */
export function readSnapshot(
  chunks: Iterable<Uint8Array>,
  sink: ListSink,
  { name = 'snapshot', report = new ReportBuilder() }: { name?: string; report?: ReportBuilder } = {},
): SnapshotRead {
  const reader = new SnapshotReader(name, sink, report);
  readChunks(reader, chunks);
  return { titles: reader.titles, report };
}

const pieceLength = 65_536;

/** Entries → the text of a snapshot, in pieces. */
export class SnapshotWriter implements ListSink {
  readonly #write: (text: string) => void;
  #piece = '';
  #category: string | null = null;
  #source: string | null = null;
  #file: string | null = null;
  #next = 1;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** For people; comes before the entries of the category, or between them. */
  title(category: string, title: string): void {
    this.#inCategory(category);
    this.#put(`@title ${oneLine(title)}\n`);
  }

  host(host: string, reach: Reach, place: Place): void {
    this.entry(writeHost(host, reach), place);
  }

  other(pattern: OtherPattern, place: Place): void {
    this.entry(writePattern(pattern), place);
  }

  /** @param text of {@link writePattern} */
  entry(text: string, place: Place): void {
    this.#stand(place);
    if (/[\r\n\0]/.test(text)) throw new Error('an entry is one line');
    this.#put(`${place.except ? '! ' : ''}${text}\n`);
    if (this.#piece.length > pieceLength) this.#flush();
  }

  end(): void {
    this.#flush();
  }

  #stand({ category, source, file, line }: Place): void {
    if (category !== this.#category) this.#inCategory(category);
    if (source !== this.#source) {
      this.#put(source === null ? '@source\n' : `@source ${oneLine(source)}\n`);
      this.#source = source;
    }
    if (file !== this.#file) {
      this.#put(file === null ? '@file\n' : `@file ${file.replace(/\p{Cc}/gu, ' ').trim()}\n`);
      this.#file = file;
      this.#next = 1;
    }
    if (file === null) return;
    if (line !== this.#next) this.#put(`@line ${line}\n`);
    this.#next = line + 1;
  }

  #inCategory(category: string): void {
    if (category === this.#category) return;
    if (!categoryName.test(category)) throw new Error(`no category can be called \`${category}\``);
    this.#put(`@category ${category}\n`);
    this.#category = category;
  }

  #put(text: string): void {
    this.#piece += text;
  }

  #flush(): void {
    if (this.#piece !== '') this.#write(this.#piece);
    this.#piece = '';
  }
}

/** What people wrote, on one line and without a comment. */
function oneLine(text: string): string {
  return text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replaceAll(' #', ' \u2116')
    .trim();
}

/** The text of a few entries. */
export function snapshotText(entries: Iterable<Place & Pattern>): string {
  const pieces: string[] = [];
  const writer = new SnapshotWriter((text) => pieces.push(text));
  for (const entry of entries) writer.entry(writePattern(entry), entry);
  writer.end();
  return pieces.join('');
}
