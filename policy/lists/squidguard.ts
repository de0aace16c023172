/**
 * The files of a category as squidGuard, ufdbGuard and the lists of Toulouse University have them: `domains`, `urls`,
 * `expressions` and `usage`; and `global_usage` beside the categories, which describes them.
 */
import { canonicalHost } from '../host.ts';
import type { ListSink } from './entry.ts';
import { readForeignRegex } from './foreign-regex.ts';
import { LineReader } from './reader.ts';
import type { ReaderOptions } from './reader.ts';
import type { ReportBuilder } from './report.ts';

/** One host a line, with its sub-domains; addresses stand among them. */
export class DomainsReader extends LineReader {
  protected override read(raw: string): void {
    const found = canonicalHost(raw);
    if (found.ok && found.kind === 'name' && found.host.includes('.')) {
      this.host(found.host, 'subtree');
      return;
    }
    const line = uncommented(raw);
    if (line !== '') this.anySite(line);
  }
}

/** One `host/path` a line, without scheme; what begins with it is meant. */
export class UrlsReader extends LineReader {
  protected override read(raw: string): void {
    const line = uncommented(raw);
    if (line !== '') this.anySite(line);
  }
}

export interface ExpressionsOptions extends ReaderOptions {
  /** Take the file even if it calls itself `very_restrictive_expression`: it closes far more than its category. */
  readonly veryRestrictive?: boolean;
}

/** One regular expression a line. */
export class ExpressionsReader extends LineReader {
  readonly #leave: boolean;

  constructor(options: ExpressionsOptions, sink: ListSink, report: ReportBuilder) {
    super(options, sink, report);
    this.#leave = isVeryRestrictive(options.file) && options.veryRestrictive !== true;
    if (this.#leave) report.note(`\`${options.file}\` was left out: it closes far more than its category`);
  }

  protected override read(raw: string): void {
    const line = raw.startsWith('#') ? '' : raw.trim();
    if (line === '') return;
    if (this.#leave) {
      this.report.skip('very restrictive expression');
      return;
    }
    const found = readForeignRegex(line);
    if (!found.ok) {
      this.reject(found.why);
      return;
    }
    for (const note of found.notes) this.report.note(note);
    this.other({ kind: 'regex', regex: found.regex });
  }
}

export const isVeryRestrictive = (file: string): boolean =>
  /(?:^|\/)very_restrictive_expressions?$/.test(file);

function uncommented(raw: string): string {
  return raw.startsWith('#') ? '' : raw.replace(/\s#.*$/s, '').trim();
}

export interface Usage {
  /** `white`: the category is meant to open. */
  readonly list: 'black' | 'white' | null;
  /** Other names of the category. */
  readonly aliases: readonly string[];
}

/** `usage`: its first word says what the list is for, then come other names. */
export function parseUsage(text: string): Usage {
  const words = contentLines(text)
    .flatMap((line) => line.split(/[\s,]+/))
    .filter((word) => word !== '');
  const first = words[0]?.toLowerCase();
  const list = first === 'black' || first === 'white' ? first : null;
  const aliases = (list === null ? words : words.slice(1)).map((word) => word.toLowerCase());
  return { list, aliases: [...new Set(aliases)].filter((name) => /^[a-z0-9][a-z0-9._-]{0,63}$/.test(name)) };
}

/** One category as `global_usage` describes it. */
export interface Described {
  readonly name: string;
  readonly list: 'black' | 'white' | null;
  readonly source: string | null;
  /** By language, such as `en`. */
  readonly titles: Readonly<Record<string, string>>;
  readonly descriptions: Readonly<Record<string, string>>;
}

/** `global_usage`: stanzas of `KEY: value` and `KEY LANGUAGE: value`, each begun by `NAME:`. */
export function parseGlobalUsage(text: string): Described[] {
  const found: Described[] = [];
  let stanza: { -readonly [K in keyof Described]: Described[K] } | null = null;
  for (const line of contentLines(text)) {
    const [, key = '', language = '', value = ''] =
      /^([A-Z_]+)(?:\s+([A-Z]{2}))?\s*:\s*(.*)$/i.exec(line) ?? [];
    const name = key.toUpperCase();
    const tongue = language.toLowerCase();
    if (name === 'NAME' && tongue === '') {
      stanza = { name: value.toLowerCase(), list: null, source: null, titles: {}, descriptions: {} };
      found.push(stanza);
    } else if (stanza === null || value === '') continue;
    else if (name === 'NAME') stanza.titles = { ...stanza.titles, [tongue]: value };
    else if (name === 'DESC') stanza.descriptions = { ...stanza.descriptions, [tongue]: value };
    else if (name === 'SOURCE') stanza.source = value;
    else if (name === 'DEFAULT_TYPE')
      stanza.list = /white/i.test(value) ? 'white' : /black/i.test(value) ? 'black' : null;
  }
  return found;
}

const contentLines = (text: string): string[] =>
  text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
