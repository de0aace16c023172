/**
 * Tables of sites as other filters export them: one row a site, with what is done about it, its category, a comment.
 * The first row may name the columns; otherwise they are known by what stands in them.
 */
import { parse } from 'csv-parse/sync';
import { parseAbpRule } from './abp-rule.ts';
import type { ListSink } from './entry.ts';
import { LineReader } from './reader.ts';
import type { ReaderOptions } from './reader.ts';
import { quoted } from './report.ts';
import type { ReportBuilder } from './report.ts';
import { readSite } from './site.ts';

export interface CsvOptions extends ReaderOptions {
  /** The category of rows that allow; without it they are counted and left out. */
  readonly allowCategory?: string | null;
  /** The category for what stands in the column of categories; null leaves it as it is. */
  readonly categoryOf?: (name: string) => string | null;
}

type Column = 'site' | 'action' | 'category' | 'comment';

const columnNames: Readonly<Record<Column, readonly string[]>> = {
  site: [
    'url',
    'urls',
    'domain',
    'domains',
    'domainname',
    'host',
    'hostname',
    'pattern',
    'site',
    'sites',
    'website',
  ].concat([
    'address',
    'destination',
    'urldomain',
    'domainurl',
    'entry',
    'uri',
    'link',
    'fqdn',
    'webaddress',
  ]),
  action: ['action', 'type', 'list', 'listtype', 'status', 'decision', 'policy', 'access', 'rule', 'verdict'],
  category: ['category', 'categories', 'group', 'categoryname', 'tag', 'tags'],
  comment: ['comment', 'comments', 'description', 'note', 'notes', 'reason'],
};

const allows: ReadonlySet<string> = new Set(
  [
    'allow',
    'allowed',
    'allowlist',
    'always allow',
    'permit',
    'permitted',
    'pass',
    'whitelist',
    'whitelisted',
    'white',
  ].concat(['exception', 'trusted', 'unblock', 'unblocked']),
);
const blocks: ReadonlySet<string> = new Set(
  [
    'block',
    'blocked',
    'blocklist',
    'always block',
    'deny',
    'denied',
    'denylist',
    'blacklist',
    'blacklisted',
    'black',
  ].concat(['ban', 'banned', 'restrict', 'restricted']),
);

/** A record over several lines ends somewhere. */
const longestRecord = 65_536;
const mostColumns = 100;
const longestSite = 2_048;

export class CsvReader extends LineReader {
  readonly #options: CsvOptions;
  readonly #category: string;
  #delimiter = '';
  #columns: Partial<Record<Column, number>> | null = null;
  /** A record whose quote is still open, and its first line. */
  #record = '';
  #recordLine = 0;
  #guessed = false;
  #quoting = false;

  constructor(options: CsvOptions, sink: ListSink, report: ReportBuilder) {
    super(options, sink, report);
    this.#options = options;
    this.#category = options.category;
  }

  protected override read(raw: string): void {
    if (this.#record === '') {
      this.#recordLine = this.number;
      this.#guessed = false;
      this.#quoting = false;
    }
    this.#guessed ||= this.guessed;
    if (raw.includes('"') && (raw.split('"').length & 1) === 0) this.#quoting = !this.#quoting;
    const record = this.#record === '' ? raw : `${this.#record}\n${raw}`;
    this.#record = this.#quoting && record.length <= longestRecord ? record : '';
    if (this.#record !== '') return;
    const last = this.number;
    this.stand(this.#recordLine, record, this.#guessed);
    if (this.#quoting) this.reject('a quote is not closed');
    else this.#row(record);
    this.number = last;
  }

  protected override finish(): void {
    if (this.#record === '') return;
    this.stand(this.#recordLine, this.#record, this.#guessed);
    this.reject('a quote is not closed');
  }

  #row(record: string): void {
    if (record.trim() === '' || record.startsWith('#')) return;
    // Some programs say so themselves.
    const [, said] = /^sep=(.)$/.exec(record.trim()) ?? [];
    if (said !== undefined && this.#delimiter === '') {
      this.#delimiter = said;
      return;
    }
    if (this.#delimiter === '') this.#delimiter = delimiterOf(record);
    const cells = this.#cells(record);
    if (cells === null) this.reject('this row is not understood');
    else if (this.#columns !== null) this.#take(cells);
    else {
      const named = headerOf(cells);
      this.#columns = named ?? contentOf(cells);
      if (named === null) this.#take(cells);
      else if (named.site === undefined)
        this.reject('no column is called `url`, `domain`, `host` or `pattern`');
    }
  }

  #cells(record: string): readonly string[] | null {
    if (!record.includes('"')) return record.split(this.#delimiter, mostColumns).map((cell) => cell.trim());
    try {
      const options = {
        delimiter: this.#delimiter,
        relax_column_count: true,
        relax_quotes: true,
        trim: true,
      } as const;
      const rows: unknown = parse(record, options);
      const row: unknown = Array.isArray(rows) ? rows[0] : undefined;
      return Array.isArray(row) ? row.slice(0, mostColumns).map(String) : null;
    } catch {
      return null;
    }
  }

  #take(cells: readonly string[]): void {
    const cell = (column: Column): string => cells[this.#columns?.[column] ?? -1] ?? '';
    const site = cell('site').replace(/^'/, '');
    const action = cell('action').toLowerCase();
    if (site === '') {
      if (cells.some((text) => text !== '')) this.reject('this row names no site');
      return;
    }
    const allow = allows.has(action);
    if (!allow && action !== '' && !blocks.has(action)) {
      this.reject(`${quoted(action)} is neither to allow nor to block`);
      return;
    }
    if (allow && (this.#options.allowCategory ?? null) === null) {
      this.report.skip('row that allows');
      return;
    }
    this.place.category = allow
      ? (this.#options.allowCategory ?? this.#category)
      : this.#categoryOf(cell('category'));
    if (site.length > longestSite) this.reject('so long an address is in no list');
    else this.#site(site);
  }

  #categoryOf(name: string): string {
    return (name === '' ? null : (this.#options.categoryOf?.(name) ?? null)) ?? this.#category;
  }

  /** A site, perhaps with stars: in front for its sub-domains, at the end for whatever follows, between for anything. */
  #site(text: string): void {
    const plain = text.replace(/^((?:[a-z]+:|\*:)?\/\/)?\*\./i, '$1').replace(/^\*:\/\//, '');
    const whole = plain
      .replace(/^((?:[a-z]+:\/\/)?[^/?#*]*[^/?#*.])(?:\/\*+|\*+|\/)$/i, '$1')
      .replace(/\/\*+$/, '/');
    if (!whole.includes('*')) this.anySite(whole);
    else this.#pattern(whole.replace(/^[a-z]+:\/\//i, ''));
  }

  #pattern(text: string): void {
    const open = text.endsWith('*');
    const body = text.replace(/\*+$/, '');
    const floating = body.startsWith('*');
    const site = floating ? null : readSite(body.replace(/[*].*$/, ''));
    const rule = `${floating ? body.replace(/^\*+/, '') : `||${body}`}${open ? '' : '^'}`;
    if (/[\^$|\s]/.test(body) || !parseAbpRule(rule).ok || (site?.ok === false && !/\.\*/.test(text)))
      this.reject(`${quoted(text)} is too wide a pattern, or none`);
    else this.other({ kind: 'abp', rule });
  }
}

function delimiterOf(record: string): string {
  const counts = [',', ';', '\t', '|'].map((c) => [c, record.split(c).length] as const);
  return counts.reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

function headerOf(cells: readonly string[]): Partial<Record<Column, number>> | null {
  const columns: Partial<Record<Column, number>> = {};
  for (const [i, cell] of cells.entries()) {
    const name = cell.toLowerCase().replaceAll(/[^a-z]/g, '');
    for (const column of ['site', 'action', 'category', 'comment'] as const)
      if (columnNames[column].includes(name) && columns[column] === undefined) columns[column] = i;
  }
  return Object.keys(columns).length === 0 ? null : columns;
}

/** Without names: the first cell that is a site, and one that says to allow or to block. */
function contentOf(cells: readonly string[]): Partial<Record<Column, number>> {
  const site = cells.findIndex((cell) => readSite(cell.replace(/^\*\.|\/\*$/g, '')).ok);
  const action = cells.findIndex((cell) => allows.has(cell.toLowerCase()) || blocks.has(cell.toLowerCase()));
  return { site: Math.max(0, site), ...(action < 0 ? {} : { action }) };
}
