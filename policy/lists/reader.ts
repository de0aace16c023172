/** What the readers of all formats share: bytes in, entries and a report out. */
import type { ListSink, OtherPattern, Place, Reach } from './entry.ts';
import { ByteLines } from './lines.ts';
import type { ReportBuilder } from './report.ts';
import { readSite } from './site.ts';
import type { Site } from './site.ts';

export interface ReaderOptions {
  /** How the source calls the file. */
  readonly file: string;
  readonly category: string;
  /** Where the knowledge comes from, for people. */
  readonly source?: string | null;
}

/** Takes a file in pieces; never throws for what is in it. */
export interface ListReader {
  write(chunk: Uint8Array): void;
  end(): void;
}

export function readChunks(reader: ListReader, chunks: Iterable<Uint8Array>): void {
  for (const chunk of chunks) reader.write(chunk);
  reader.end();
}

export async function readChunksAsync(
  reader: ListReader,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  for await (const chunk of chunks) reader.write(chunk);
  reader.end();
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A reader of lines; a format says what one means. */
export abstract class LineReader implements ListReader {
  protected readonly report: ReportBuilder;
  protected readonly place: Mutable<Place>;
  /** Of the line that is being read. */
  protected number = 0;
  readonly #name: string;
  readonly #sink: ListSink;
  readonly #lines: ByteLines;
  #raw = '';
  /** The bytes of the line are no UTF-8: what is not ASCII may be something else. */
  protected guessed = false;

  constructor({ file, category, source = null }: ReaderOptions, sink: ListSink, report: ReportBuilder) {
    this.report = report;
    this.place = { category, source, file, line: 0, except: false };
    this.#name = file;
    this.#sink = sink;
    this.#lines = new ByteLines({
      line: (text, number, guessed) => this.#take(text, number, guessed),
      refuse: (number, column, why) => report.reject(file, number, column, why),
      note: (text) => report.note(text),
    });
  }

  write(chunk: Uint8Array): void {
    this.#lines.write(chunk);
  }

  end(): void {
    this.#lines.end();
    this.finish();
  }

  /** One line as it stands, without its end. */
  protected abstract read(line: string): void;

  /** After the last line. */
  protected finish(): void {}

  #take(text: string, number: number, guessed: boolean): void {
    this.number = number;
    this.place.line = number;
    this.#raw = text;
    this.guessed = guessed;
    this.read(text);
  }

  /** Goes back to a line that was kept. */
  protected stand(number: number, raw: string, guessed: boolean): void {
    this.number = number;
    this.place.line = number;
    this.#raw = raw;
    this.guessed = guessed;
  }

  protected host(host: string, reach: Reach): void {
    if (this.guessed && this.#wrong(host)) return;
    this.report.accepted++;
    this.#sink.host(host, reach, this.place);
  }

  protected other(pattern: OtherPattern): void {
    if (this.guessed && this.#wrong(JSON.stringify(pattern))) return;
    this.report.accepted++;
    this.#sink.other(pattern, this.place);
  }

  /** A site as {@link readSite} understood it, with its sub-domains. */
  protected site(site: Site): void {
    for (const note of site.notes) this.report.note(note);
    if (site.path === '') this.host(site.host, site.reach);
    else this.other({ kind: 'path', host: site.host, exact: site.reach === 'exact', path: site.path });
  }

  /** `host` or `host/path` in foreign spelling; what is neither is rejected. */
  protected anySite(text: string): void {
    const found = readSite(text);
    if (found.ok) this.site(found);
    else this.reject(found.why);
  }

  protected reject(why: string, column = this.#raw.length - this.#raw.trimStart().length + 1): void {
    this.report.reject(this.#name, this.number, column, why);
  }

  /** Never an entry out of characters that were only guessed. */
  #wrong(value: string): boolean {
    const wrong = /[^\0-\x7f]/.test(value) || (/xn--/.test(value) && !/xn--/i.test(this.#raw));
    if (wrong) this.reject('not UTF-8, and nobody can know which characters are meant');
    return wrong;
  }
}
