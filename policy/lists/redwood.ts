/**
 * Redwood's categories. A rule has a score there, and a page is in the category by the sum of what matches; here what
 * scores above zero is in it, and what scores below is not. What pages and pictures are searched for is counted.
 */
import { parse } from 'yaml';
import { z } from 'zod';
import type { ListSink } from './entry.ts';
import { readForeignRegex } from './foreign-regex.ts';
import { readRange } from './notation.ts';
import { LineReader } from './reader.ts';
import type { ReaderOptions } from './reader.ts';
import { quoted } from './report.ts';
import type { ReportBuilder } from './report.ts';

const scores = 'scores were dropped: one entry is enough, whatever it scored and whatever the threshold was';

/** `RULE [points [most points]]` a line; what has no points of its own has those of the last `default`. */
export class RedwoodReader extends LineReader {
  #points = 0;
  #defaulted = false;

  protected override read(raw: string): void {
    const line = raw.replace(/^#.*$|\s#.*$/s, '').trim();
    if (line === '') return;
    const [, points] = /^default\s+(-?\d+)$/.exec(line) ?? [];
    if (points !== undefined) {
      this.#points = Number(points);
      this.#defaulted = true;
    } else if (isCompound(line)) this.report.skip('compound rule');
    else if (line.startsWith('<')) this.report.skip('phrase');
    else if (line.startsWith('%')) this.report.skip('image hash');
    else this.#rule(line);
  }

  #rule(line: string): void {
    const [rule = '', ...numbers] = line.split(/\s+/);
    if (numbers.length > 2 || numbers.some((number) => !/^[+-]?\d+$/.test(number))) {
      this.reject('after a rule come its points, and at most how many');
      return;
    }
    if (numbers.length === 0 && !this.#defaulted) {
      this.reject('this rule has no points, and no `default` is above it');
      return;
    }
    const points = numbers.length === 0 ? this.#points : Number(numbers[0]);
    if (points === 0) {
      this.report.skip('rule without points');
      return;
    }
    this.report.note(scores);
    this.place.except = points < 0;
    if (rule.startsWith('ip:')) this.#addresses(rule.slice(3));
    else if (rule.startsWith('/')) this.#regex(rule);
    else this.anySite(rule);
  }

  #addresses(text: string): void {
    // `10.0.0.1-99` ends in the same network.
    const [, network, first, last] = /^((?:\d+\.){3})(\d+)-(\d+)$/.exec(text) ?? [];
    const range = readRange(network === undefined ? text : `${network}${first}-${network}${last}`);
    if (typeof range === 'string') this.reject(range);
    else if (range.from === range.to) this.host(range.from, 'exact');
    else this.other(range);
  }

  #regex(rule: string): void {
    const [, source = '', flags = ''] = /^\/(.*)\/([a-z]*)$/s.exec(rule) ?? [];
    if (source === '' || !/^[hdpq]?$/.test(flags)) {
      this.reject('this is no expression between slashes');
      return;
    }
    const found = readForeignRegex(source);
    if (!found.ok) {
      this.reject(found.why);
      return;
    }
    const regex = flags === '' ? found.regex : partly(found.regex, flags);
    if (regex === null) this.report.skip('expression over a part of the address');
    else {
      for (const note of found.notes) this.report.note(note);
      this.other({ kind: 'regex', regex });
    }
  }
}

function isCompound(line: string): boolean {
  const outside = line.replaceAll(/<[^<>]*>/g, '');
  return line.startsWith('(') || /\s(?:&!?|\|)\s/.test(outside);
}

/**
 * An expression over the host (`h`), path (`p`) or query (`q`), as one over the whole address; null where it could look
 * beyond its part.
 */
function partly(regex: string, part: string): string | null {
  const [, begin = '', body = '', end = ''] = /^(\^?)(.*?)((?<!\\)\$)?$/s.exec(regex) ?? [];
  const plain = body.replaceAll(/\\./g, '');
  if (part === 'd' || /[\^$]|\[\^|\(\?/.test(plain) || /\\[DSWbB]/.test(body)) return null;
  if ((begin !== '' || end !== '') && plain.includes('|')) return null;
  const inside = part === 'h' ? '[^/?]' : part === 'p' ? '[^?]' : '.';
  const any = body.replaceAll(/\\.|\[(?:\\.|[^\]\\])*\]|\./g, (found) => (found === '.' ? inside : found));
  const before = part === 'h' ? '^' : part === 'p' ? '^[^/?]*' : '^[^?]*\\?';
  const after = end === '' ? '' : part === 'h' ? '(?=[/?]|$)' : part === 'p' ? '(?=\\?|$)' : '$';
  return `${before}${begin === '' ? `${inside}*` : ''}(?:${any})${after}`;
}

/** The first line is `score N`, and every other an address. */
export class RedwoodUrlReader extends LineReader {
  #points: number | null = null;

  constructor(options: ReaderOptions, sink: ListSink, report: ReportBuilder) {
    super(options, sink, report);
    report.note(scores);
  }

  protected override read(raw: string): void {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) return;
    if (this.#points === null) {
      const [, points] = /^score\s+(-?\d+)$/.exec(line) ?? [];
      this.#points = points === undefined ? 1 : Number(points);
      if (points !== undefined) return;
      this.reject('the first line is not `score N`: what follows was taken for the category');
    }
    this.place.except = this.#points < 0;
    if (this.#points === 0) this.report.skip('rule without points');
    else this.anySite(line);
  }
}

export interface RedwoodCategory {
  readonly description: string | null;
  readonly action: 'allow' | 'block' | 'ignore' | 'acl' | null;
  /** Other lists that count here, with their factor. */
  readonly includes: Readonly<Record<string, number>>;
  /** What could not be read, or has no meaning here. */
  readonly notes: readonly string[];
}

const conf = z.looseObject({
  description: z.string().optional(),
  action: z.enum(['allow', 'block', 'ignore', 'acl']).optional(),
  includes: z.record(z.string(), z.number()).optional(),
});

/** `category.conf`; never throws. */
export function parseCategoryConf(text: string): RedwoodCategory {
  const nothing = { description: null, action: null, includes: {}, notes: [] };
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0, logLevel: 'error' });
  } catch {
    return { ...nothing, notes: ['`category.conf` is no YAML'] };
  }
  const read = conf.safeParse(value ?? {});
  if (!read.success) return { ...nothing, notes: ['`category.conf` is not understood'] };
  const { description = null, action = null, includes = {}, ...rest } = read.data;
  const notes = Object.keys(rest).map((key) => `${quoted(key)} in \`category.conf\` has no meaning here`);
  if (Object.keys(includes).length > 0)
    notes.push('`includes` in `category.conf` names lists that are not drawn in');
  return { description, action, includes, notes };
}
