/** Which format a file is in, by its name and its beginning. */
import { e2Role } from './e2guardian-roles.ts';

export const listFormats = [
  'snapshot',
  'e2guardian',
  'squidguard',
  'redwood',
  'adblock',
  'hosts',
  'rpz',
  'csv',
  /** One domain a line. */
  'domains',
  /** One `host/path` a line. */
  'urls',
] as const;
export type ListFormat = (typeof listFormats)[number];

export type Detected =
  | { readonly ok: true; readonly format: ListFormat }
  /** `text`: it could be a list all the same. */
  | {
      readonly ok: false;
      readonly why: string;
      readonly nature: 'packed' | 'binary' | 'page' | 'empty' | 'text';
    };

/** So many bytes are enough to tell. */
export const HEAD_BYTES = 65_536;

const is = (format: ListFormat): Detected => ({ ok: true, format });
const isNone = (why: string, nature: Extract<Detected, { ok: false }>['nature']): Detected => ({
  ok: false,
  why,
  nature,
});

/** Of squidGuard's files of a category. */
export const squidguardFile =
  /^(domains|urls|expressions|very_restrictive_expressions?|usage|global_usage)(?:\.\d{1,3})?$/;

/** @param head the first bytes of it, {@link HEAD_BYTES} or all */
export function detectFormat(path: string, head: Uint8Array): Detected {
  const packed = packedAs(head);
  if (packed !== null)
    return isNone(`it is ${packed}`, packed === 'a program or a document' ? 'binary' : 'packed');
  const name = path.replace(/^.*\//, '').toLowerCase();
  if (squidguardFile.test(name)) return is('squidguard');
  if (head.length === 0) return isNone('it is empty', 'empty');
  const text = textOf(head);
  if (text === null) return isNone('it is not text', 'binary');
  if (/^\s*(?:<!doctype\s|<html|<head|<\?xml|<body)/i.test(text))
    return isNone('it is a web page, perhaps an error of the server', 'page');
  if (/^\s*[{[]\s*["{\]}]/.test(text)) return isNone('it is JSON', 'page');
  const lines = text.split(/\r\n|\n|\r/).map((line) => line.trim());
  // The last one may be cut.
  if (head.length >= HEAD_BYTES) lines.pop();
  return byName(name, lines) ?? byContent(lines);
}

function byName(name: string, lines: readonly string[]): Detected | null {
  if (/\.(?:csv|tsv)$/.test(name)) return is('csv');
  if (/\.urllist$/.test(name) || name === 'category.conf') return is('redwood');
  if (/\.(?:rpz|zone)$/.test(name)) return is('rpz');
  if (e2Role(name) !== null) return is('e2guardian');
  if (/\.list$/.test(name) && !lines.some((line) => /^@category\s/.test(line)) && lines.some(isRedwood))
    return is('redwood');
  return null;
}

/** What marks a format at once, wherever it stands. */
const marks: readonly (readonly [RegExp, ListFormat])[] = [
  [/^@category\s/, 'snapshot'],
  [/^\[(?:adblock|adguard|ublock)/i, 'adblock'],
  [/^(?:\$ORIGIN|\$TTL)\s/i, 'rpz'],
  [/^(?![!#;])\S*\s+(?:\d\S*\s+)?(?:IN\s+)?(?:SOA|CNAME)\s/i, 'rpz'],
  [/^\.Include<|^#listcategory:/, 'e2guardian'],
  [/^(?:default|score)\s+-?\d+$/, 'redwood'],
  [/^sep=.$/, 'csv'],
];

function byContent(lines: readonly string[]): Detected {
  for (const line of lines) for (const [mark, format] of marks) if (mark.test(line)) return is(format);
  const entries = lines.filter((line) => line !== '' && line.length <= longestLine && !/^[#!;]/.test(line));
  if (entries.length === 0) return isNone('nothing but comments stands in it', 'text');
  const share = (test: (line: string) => boolean) => entries.filter(test).length / entries.length;
  if (share(isHosts) > 0.5) return is('hosts');
  if (share(isAdblock) > 0.3) return is('adblock');
  if (share(isRedwood) > 0.5) return is('redwood');
  if (share(isRow) > 0.8) return is('csv');
  if (share((line) => domain.test(line)) > 0.5) return is('domains');
  if (share((line) => url.test(line)) > 0.5) return is('urls');
  return isNone('it looks like no list that is known', 'text');
}

const domain = /^\.?(?:[\p{L}\p{N}_-]+\.)+[\p{L}\p{N}-]{2,}\.?(?:\s+#.*)?$/u;
const url = /^(?:[a-z]+:\/\/)?(?:[\p{L}\p{N}_-]+\.)+[\p{L}\p{N}-]+(?::\d+)?(?:[/?]\S*)?$/iu;
const isHosts = (line: string): boolean =>
  /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:]*(?:%\w+)?)\s+[\p{L}\p{N}_]/iu.test(line);
const isAdblock = (line: string): boolean =>
  /^(?:@@)?\|\|?\S|##|#@#|\$(?:third-party|script|domain=)/.test(line);

/** Lines longer than this say nothing of a format. */
const longestLine = 1_000;

function isRedwood(line: string): boolean {
  if (line.length > longestLine) return false;
  if (/^(?:default|score)\s+-?\d+$/.test(line)) return true;
  const [, rule = ''] = /^(\S.*?)\s+-?\d+(?:\s+\d+)?$/.exec(line) ?? [];
  return /^(?:<[^>]+>|\/\S+\/[hdpq]?|%[0-9a-f]{32}\S*|ip:\S+)$/i.test(rule) || url.test(rule);
}

const isRow = (line: string): boolean => line.split(/[,;\t]/, 2).length > 1;

const magics: readonly (readonly [at: number, bytes: readonly number[], what: string])[] = [
  [0, [0x1f, 0x8b], 'compressed by gzip'],
  [0, [0x50, 0x4b, 0x03, 0x04], 'a ZIP archive'],
  [0, [0x42, 0x5a, 0x68], 'compressed by bzip2'],
  [0, [0xfd, 0x37, 0x7a, 0x58, 0x5a], 'compressed by xz'],
  [0, [0x28, 0xb5, 0x2f, 0xfd], 'compressed by zstd'],
  [0, [0x37, 0x7a, 0xbc, 0xaf], 'a 7-Zip archive'],
  [257, [0x75, 0x73, 0x74, 0x61, 0x72], 'a tar archive'],
  [0, [0x7f, 0x45, 0x4c, 0x46], 'a program or a document'],
  [0, [0x4d, 0x5a, 0x90], 'a program or a document'],
  [0, [0x25, 0x50, 0x44, 0x46], 'a program or a document'],
];

function packedAs(head: Uint8Array): string | null {
  return magics.find(([at, bytes]) => bytes.every((byte, i) => head[at + i] === byte))?.[2] ?? null;
}

/** Null where it is not text. */
function textOf(head: Uint8Array): string | null {
  const encoding =
    head[0] === 0xff && head[1] === 0xfe
      ? 'utf-16le'
      : head[0] === 0xfe && head[1] === 0xff
        ? 'utf-16be'
        : 'utf-8';
  const text = new TextDecoder(encoding).decode(head);
  const odd = text.match(/(?![\t\n\v\f\r])\p{Cc}/gu)?.length ?? 0;
  return odd > text.length / 100 ? null : text;
}
