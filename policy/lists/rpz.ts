/**
 * Response policy zones: files of a name server whose records say what becomes of questions for a name. A name means
 * itself alone, `*.name` what is below it and not the name; the target of a CNAME says what is done.
 */
import type { ListSink } from './entry.ts';
import { readRange } from './notation.ts';
import { LineReader } from './reader.ts';
import type { ReaderOptions } from './reader.ts';
import { quoted } from './report.ts';
import type { ReportBuilder } from './report.ts';
import { readHostName } from './site.ts';
import { TextSet } from './text-set.ts';

export interface RpzOptions extends ReaderOptions {
  /** Of the zone, where the file does not say; names are relative to it. */
  readonly origin?: string;
}

/** Triggers that look at something else than the question and its answer. */
const otherTriggers = ['rpz-client-ip', 'rpz-nsdname', 'rpz-nsip'];
const classes = /^(?:IN|CH|HS|CS)$/i;
const ttl = /^\d[\dsmhdw]*$/i;

export class RpzReader extends LineReader {
  /** Without dots at its ends. */
  #origin: string;
  /** Whether the file said it, or the caller. */
  #originKnown: boolean;
  #owner = '';
  /** Open parentheses: a record over several lines. */
  #open = 0;
  #record = '';
  #recordLine = 0;
  // Names below which everything is closed, each with its line, and names that have something to say themselves.
  readonly #below = new TextSet();
  readonly #lines: number[] = [];
  readonly #apexes = new TextSet();

  constructor(options: RpzOptions, sink: ListSink, report: ReportBuilder) {
    super(options, sink, report);
    this.#origin = bare(options.origin ?? '');
    this.#originKnown = options.origin !== undefined;
  }

  protected override read(raw: string): void {
    const { text, depth } = uncomment(raw);
    if (this.#open === 0) {
      this.#record = text;
      this.#recordLine = this.number;
    } else this.#record += ` ${text}`;
    this.#open = Math.max(0, this.#open + depth);
    if (this.#record.length > 65_536) this.#record = '';
    if (this.#open > 0) return;
    const record = this.#record;
    this.#record = '';
    this.stand(this.#recordLine, raw, this.guessed);
    if (record.trim() !== '') this.#take(record);
  }

  #take(record: string): void {
    const fields = record.trim().split(/\s+/);
    if (record.startsWith('$')) {
      this.#control(fields);
      return;
    }
    // A record that begins with a space is of the owner before it.
    if (!/^\s/.test(record)) this.#owner = (fields.shift() ?? '').toLowerCase();
    for (let i = 0; i < 2 && (ttl.test(fields[0] ?? '') || classes.test(fields[0] ?? '')); i++)
      fields.shift();
    const [type = '', target = ''] = [fields[0]?.toUpperCase(), fields[1]?.toLowerCase()];
    if (type === 'SOA' && this.#owner.endsWith('.') && !this.#originKnown) this.#setOrigin(this.#owner);
    if (type === 'SOA' || type === 'NS' || type === '') return;
    const name = this.#relative(this.#owner);
    if (name === null) this.reject(`${quoted(this.#owner)} is not in the zone ${quoted(this.#origin)}`);
    else if (name === '') this.report.skip(`record ${type} of the zone`);
    else if (type === 'CNAME' || type === 'A' || type === 'AAAA') this.#trigger(name, type, target);
    else this.report.skip(`record ${type.slice(0, 10)}`);
  }

  #control([name = '', value = '']: readonly string[]): void {
    if (/^\$ORIGIN$/i.test(name)) this.#setOrigin(value);
    else if (/^\$INCLUDE$/i.test(name)) {
      this.report.skip('include');
      this.report.note(`${quoted(value)} is another file, and was not read`);
    } else if (!/^\$TTL$/i.test(name)) this.reject(`${quoted(name)} is not understood`);
  }

  #setOrigin(name: string): void {
    this.#origin = bare(name.toLowerCase());
    this.#originKnown = true;
  }

  /** The owner without the zone's own name; null where it lies outside. */
  #relative(owner: string): string | null {
    if (owner === '@') return '';
    if (!owner.endsWith('.')) return owner;
    const name = bare(owner);
    if (this.#origin === '') return name;
    if (name === this.#origin) return '';
    return name.endsWith(`.${this.#origin}`) ? name.slice(0, -this.#origin.length - 1) : null;
  }

  #trigger(name: string, type: string, target: string): void {
    const other = otherTriggers.find((trigger) => name.endsWith(`.${trigger}`));
    if (other !== undefined) {
      this.report.skip(other);
      return;
    }
    const self = type === 'CNAME' && bare(target) === bare(this.#owner);
    if (type === 'CNAME' && target === 'rpz-tcp-only.') this.report.skip('rpz-tcp-only');
    else {
      this.place.except = self || (type === 'CNAME' && target === 'rpz-passthru.');
      const local = type !== 'CNAME' || !['.', '*.', 'rpz-drop.', 'rpz-passthru.'].includes(target);
      if (local && !self) this.report.note('an answer of the zone’s own was taken as a block');
      if (name.endsWith('.rpz-ip')) this.#addresses(name.slice(0, -'.rpz-ip'.length));
      else this.#name(name);
    }
  }

  #name(name: string): void {
    const wildcard = name.startsWith('*.');
    const text = wildcard ? name.slice(2) : name;
    const found = readHostName(text.includes('.') ? text : `.${text}`);
    if (!found.ok || (wildcard && found.reach === 'exact'))
      this.reject(found.ok ? 'an address has no sub-domains' : found.why);
    else if (!wildcard) this.#apex(found.host);
    else if (this.place.except) {
      this.report.note('a wildcard that passes opens one level of sub-domains, not those further down');
      this.host(found.host, 'children');
    } else if (this.#below.add(found.host) === this.#lines.length) {
      this.#lines.push(this.number);
      this.host(found.host, 'subtree');
    }
  }

  #apex(host: string): void {
    this.#apexes.add(host);
    this.host(host, 'exact');
  }

  /** A wildcard says nothing of the name itself; an entry with sub-domains does. */
  protected override finish(): void {
    for (const [row, line] of this.#lines.entries()) {
      const host = this.#below.text(row);
      if (this.#apexes.find(host) >= 0 || !host.includes('.')) continue;
      this.stand(line, host, false);
      this.place.except = true;
      this.host(host, 'exact');
    }
  }

  /** `24.0.2.0.192`, or `48.zz.db8.2001`: the length of the prefix, then the address from its end. */
  #addresses(name: string): void {
    const [prefix = '', ...rest] = name.split('.');
    const parts = rest.reverse();
    const v4 = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part));
    const text = v4 ? parts.join('.') : parts.map((part) => (part === 'zz' ? '' : part)).join(':');
    const address = v4 ? text : text.replace(/^:(?!:)/, '::').replace(/(?<!:):$/, '::');
    const range = readRange(`${address}/${prefix}`);
    if (typeof range === 'string') this.reject(range);
    else this.other(range);
  }
}

const bare = (name: string): string => name.replace(/\.$/, '').replace(/^\./, '').toLowerCase();

/** A line without its comment, and by how much it opens or closes parentheses; text in quotes is itself. */
function uncomment(raw: string): { readonly text: string; readonly depth: number } {
  let quoting = false;
  let depth = 0;
  let out = '';
  for (const c of raw) {
    if (c === '"') quoting = !quoting;
    if (!quoting && c === ';') break;
    if (!quoting && c === '(') depth++;
    if (!quoting && c === ')') depth--;
    out += !quoting && (c === '(' || c === ')') ? ' ' : c;
  }
  return { text: out, depth };
}
