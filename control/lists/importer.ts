/** Files of a source, one after another → collectors of what they say, by category → snapshots. */
import type { ListReport, ListSink, Place } from '../../policy/lists/entry.ts';
import { AdblockReader } from '../../policy/lists/adblock.ts';
import { Collector } from '../../policy/lists/collector.ts';
import { CsvReader } from '../../policy/lists/csv.ts';
import { detectFormat, HEAD_BYTES, squidguardFile } from '../../policy/lists/detect.ts';
import type { ListFormat } from '../../policy/lists/detect.ts';
import { E2Reader } from '../../policy/lists/e2guardian.ts';
import { e2Role } from '../../policy/lists/e2guardian-roles.ts';
import { HostsReader } from '../../policy/lists/hosts.ts';
import { readChunksAsync } from '../../policy/lists/reader.ts';
import type { ListReader, ReaderOptions } from '../../policy/lists/reader.ts';
import { parseCategoryConf, RedwoodReader, RedwoodUrlReader } from '../../policy/lists/redwood.ts';
import { ReportBuilder } from '../../policy/lists/report.ts';
import { RpzReader } from '../../policy/lists/rpz.ts';
import { SnapshotReader, SnapshotWriter } from '../../policy/lists/snapshot.ts';
import {
  DomainsReader,
  ExpressionsReader,
  parseGlobalUsage,
  parseUsage,
  UrlsReader,
} from '../../policy/lists/squidguard.ts';
import { categorySlug, nameTrees } from './category-names.ts';
import { peek, wholeFile } from './source.ts';
import type { ListSource, Refusal, SourceFile, SourceLimits, SourceReport } from './source.ts';

export interface ImportOptions {
  /** Of every file; otherwise each is looked at. */
  readonly format?: ListFormat;
  /** For what names none itself; in front of the categories of a tree. */
  readonly category?: string;
  /** Where the knowledge comes from, for people. */
  readonly source?: string;
  /** For the rows of a table that allow; without it they are counted and left out. */
  readonly allowCategory?: string;
  /** Of a response policy zone that does not say. */
  readonly rpzOrigin?: string;
  /** Take `very_restrictive_expression` too. */
  readonly veryRestrictive?: boolean;
  readonly limits?: SourceLimits;
}

export interface ImportedSnapshot {
  readonly category: string;
  /** For people. */
  readonly title: string | null;
  /** What its authors mean it for. */
  readonly purpose: 'black' | 'white' | null;
  /** Other names of the category in its source. */
  readonly aliases: readonly string[];
  readonly entries: number;
  /** UTF-8. */
  readonly text: readonly Buffer[];
}

export interface ImportedFile {
  readonly name: string;
  readonly format: ListFormat;
  readonly report: ListReport;
}

export interface Imported {
  /** By category, those without entries left out. */
  readonly snapshots: readonly ImportedSnapshot[];
  readonly files: readonly ImportedFile[];
  /** What was not read, and why; the first thousand. */
  readonly refused: readonly Refusal[];
  readonly refusedCount: number;
  readonly notes: readonly string[];
}

/** Of a file that describes others. */
const smallFile = 1024 * 1024;

export interface CategoryInfo {
  title: string | null;
  purpose: 'black' | 'white' | null;
  readonly aliases: Set<string>;
}

export class Importer {
  readonly options: ImportOptions;
  readonly notes = new ReportBuilder();
  readonly #source: ListSource;
  readonly #seen: SourceReport;
  /** By category; a folder of a tree is one that begins with `/` until all are known. */
  readonly #collectors = new Map<string, Collector>();
  readonly #info = new Map<string, CategoryInfo>();
  readonly #files: { readonly name: string; readonly format: ListFormat; readonly report: ReportBuilder }[] =
    [];
  /** By the name that the tree's description has. */
  readonly #described = new Map<string, Pick<CategoryInfo, 'title' | 'purpose'>>();

  constructor(source: ListSource, options: ImportOptions, seen: SourceReport) {
    this.#source = source;
    this.options = options;
    this.#seen = seen;
  }

  info(category: string): CategoryInfo {
    let info = this.#info.get(category);
    if (info === undefined)
      this.#info.set(category, (info = { title: null, purpose: null, aliases: new Set() }));
    return info;
  }

  refuse(name: string, why: string): void {
    this.#seen.refuse(name, why);
  }

  /** What a reader of one file writes to; its report is part of the result. */
  open(name: string, format: ListFormat): { readonly sink: ListSink; readonly report: ReportBuilder } {
    const report = new ReportBuilder();
    this.#files.push({ name, format, report });
    return { sink: this.#sink(report), report };
  }

  #sink(report: ReportBuilder): ListSink {
    let [category, sink]: [string, ListSink | null] = ['', null];
    const sinks = new Map<string, ListSink>();
    const sinkOf = (place: Place): ListSink => {
      if (sink !== null && category === place.category) return sink;
      category = place.category;
      let collector = this.#collectors.get(category);
      if (collector === undefined) this.#collectors.set(category, (collector = new Collector(category)));
      sink = sinks.get(category) ?? collector.sink(report);
      sinks.set(category, sink);
      return sink;
    };
    return {
      host: (host, reach, place) => sinkOf(place).host(host, reach, place),
      other: (pattern, place) => sinkOf(place).other(pattern, place),
    };
  }

  async take({ name, chunks }: SourceFile): Promise<void> {
    const { head, all } = await peek(chunks, HEAD_BYTES);
    const found = detectFormat(name, head);
    const asked = this.options.format;
    if (!found.ok && (asked === undefined || found.nature !== 'text')) {
      this.refuse(name, found.why);
      return;
    }
    const format = asked ?? (found.ok ? found.format : 'domains');
    if (await this.#describes(name, format, all)) return;
    const { sink, report } = this.open(name, format);
    const reader = this.#reader(name, format, sink, report);
    await readChunksAsync(reader, all);
    if (reader instanceof SnapshotReader)
      for (const [category, title] of Object.entries(reader.titles)) this.info(category).title ??= title;
  }

  /** Files that hold no entries, and say what others are. */
  async #describes(name: string, format: ListFormat, chunks: AsyncIterable<Uint8Array>): Promise<boolean> {
    const last = lastOf(name).toLowerCase();
    const kind = format === 'squidguard' ? squidguardFile.exec(last)?.[1] : undefined;
    const conf = format === 'redwood' && last === 'category.conf';
    if (kind !== 'usage' && kind !== 'global_usage' && !conf) return false;
    const bytes = await wholeFile(chunks, smallFile);
    if (bytes === null) {
      this.refuse(name, 'it is too large to describe a category');
      return true;
    }
    const info = this.info(folderOf(name));
    const text = bytes.toString();
    if (kind === 'global_usage')
      for (const { name: category, list, titles, descriptions } of parseGlobalUsage(text))
        this.#described.set(category, { title: titles['en'] ?? descriptions['en'] ?? null, purpose: list });
    else if (kind === 'usage') {
      const usage = parseUsage(text);
      info.purpose = usage.list;
      for (const alias of usage.aliases) info.aliases.add(alias);
    } else this.#redwoodConf(name, text, info);
    return true;
  }

  #redwoodConf(name: string, text: string, info: CategoryInfo): void {
    const { description, action, notes } = parseCategoryConf(text);
    info.title = description;
    info.purpose = action === 'block' ? 'black' : action === 'allow' ? 'white' : null;
    for (const note of notes) this.notes.note(`${name}: ${note}`);
  }

  #reader(name: string, format: ListFormat, sink: ListSink, report: ReportBuilder): ListReader {
    const { source = null, allowCategory = null, rpzOrigin, veryRestrictive = false } = this.options;
    const tree = format === 'squidguard' || (format === 'redwood' && name.includes('/'));
    const category = tree ? folderOf(name) : this.named(name);
    const options: ReaderOptions = { file: name, category, source };
    switch (format) {
      case 'snapshot':
        return new SnapshotReader(name, sink, report);
      case 'adblock':
        return new AdblockReader(options, sink, report);
      case 'hosts':
        return new HostsReader(options, sink, report);
      case 'rpz':
        return new RpzReader(
          rpzOrigin === undefined ? options : { ...options, origin: rpzOrigin },
          sink,
          report,
        );
      case 'csv':
        return new CsvReader({ ...options, allowCategory, categoryOf: categorySlug }, sink, report);
      case 'redwood':
        return name.endsWith('.urllist')
          ? new RedwoodUrlReader(options, sink, report)
          : new RedwoodReader(options, sink, report);
      case 'urls':
        return new UrlsReader(options, sink, report);
      case 'e2guardian':
        return new E2Reader({ ...options, kind: e2Role(name)?.kind ?? 'site' }, sink, report);
      case 'domains':
        return new DomainsReader(options, sink, report);
      case 'squidguard': {
        const kind = squidguardFile.exec(lastOf(name).toLowerCase())?.[1] ?? 'domains';
        if (kind === 'urls') return new UrlsReader(options, sink, report);
        if (kind === 'domains') return new DomainsReader(options, sink, report);
        return new ExpressionsReader({ ...options, veryRestrictive }, sink, report);
      }
    }
  }

  /** The category that was asked for, or that the file is called by. */
  named(name: string): string {
    return this.options.category ?? categorySlug(lastOf(name).replace(/\.[a-z0-9]{1,5}$/i, '')) ?? 'list';
  }

  result(): Imported {
    this.#noteAliases();
    const names = nameTrees(
      [...this.#collectors.keys()],
      this.options.category,
      this.#source.name,
      this.notes,
    );
    const snapshots: ImportedSnapshot[] = [];
    for (const [key, category] of [...names].sort(([, a], [, b]) => (a < b ? -1 : 1))) {
      const snapshot = this.#write(key, category);
      if (snapshot !== null) snapshots.push(snapshot);
    }
    return {
      snapshots,
      files: this.#files.map(({ name, format, report }) => ({ name, format, report: report.report() })),
      refused: this.#seen.refused,
      refusedCount: this.#seen.refusedCount,
      notes: this.notes.report().notes,
    };
  }

  #noteAliases(): void {
    for (const [link, target] of this.#seen.aliases) {
      const folder = [`/${target}`, folderOf(target)].find((key) => this.#collectors.has(key));
      const alias = folder === `/${target}` ? link : link.replace(/\/?[^/]*$/, '');
      const name = categorySlug(lastOf(alias));
      if (folder === undefined || name === null)
        this.refuse(link, `a link to \`${target}\`, which is no category`);
      else if (folder !== `/${alias}`) this.info(folder).aliases.add(name);
    }
  }

  #write(key: string, category: string): ImportedSnapshot | null {
    const collector = this.#collectors.get(key);
    if (collector === undefined) return null;
    const described = this.#described.get(lastOf(key).toLowerCase());
    const info = this.info(key);
    const title = info.title ?? described?.title ?? null;
    const text: Buffer[] = [];
    const writer = new SnapshotWriter((piece) => text.push(Buffer.from(piece)));
    if (title !== null) writer.title(category, title);
    const entries = collector.write(writer, category);
    writer.end();
    // The reports of its files were filled by it, and nothing else of it is wanted: it may be large.
    this.#collectors.delete(key);
    const purpose = info.purpose ?? described?.purpose ?? null;
    return entries === 0
      ? null
      : { category, title, purpose, aliases: [...info.aliases].sort(), entries, text };
  }
}

const lastOf = (path: string): string => path.replace(/^.*\//s, '');
const folderOf = (path: string): string => `/${path.includes('/') ? path.replace(/\/[^/]*$/, '') : ''}`;
