/** The data of rules/ read as plainly as its format is described in rules/README.md. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const rulesFolder = join(import.meta.dirname, '..', '..', 'rules');
export const textOf = (...path: string[]): string => readFileSync(join(rulesFolder, ...path), 'utf8');
export const yamlOf = (...path: string[]): unknown => parse(textOf(...path));

export interface Entry {
  readonly file: string;
  readonly line: number;
  readonly category: string;
  readonly title: string;
  readonly source: string;
  readonly host: string;
  /** Written with `=`: only itself, or an address. */
  readonly alone: boolean;
}

const addressLike = (host: string) => host.includes(':') || /^[\d.]+$/.test(host);

/** @throws on a line that the format does not know */
export function entriesOf(...path: string[]): Entry[] {
  const file = path.join('/');
  const entries: Entry[] = [];
  const said: Record<string, string> = {};
  for (const [index, line] of textOf(...path)
    .split('\n')
    .entries()) {
    if (line === '' || line.startsWith('#')) continue;
    const directive = /^@(category|title|source) (\S.*)$/.exec(line);
    if (directive?.[1] !== undefined && directive[2] !== undefined) said[directive[1]] = directive[2];
    else if (/^=?[^\s@=#]+$/.test(line)) {
      const { category = '', title = '', source = '' } = said;
      const host = line.replace(/^=/, '');
      const alone = line.startsWith('=') || addressLike(host);
      entries.push({ file, line: index + 1, category, title, source, host, alone });
    } else throw new Error(`${file}:${index + 1}: neither a directive nor an entry: \`${line}\``);
  }
  return entries;
}

/** The entries of every list that ships, the demo's included. */
export const everyEntry = (): Entry[] => [
  ...readdirSync(join(rulesFolder, 'lists'))
    .filter((name) => name.endsWith('.list'))
    .sort()
    .flatMap((name) => entriesOf('lists', name)),
  ...entriesOf('demo', 'demo.list'),
];

/** One value of an LDIF entry after another, as written. */
export type LdifEntry = ReadonlyMap<string, readonly string[]>;

export function ldifOf(...path: string[]): LdifEntry[] {
  return textOf(...path)
    .split(/\n{2,}/)
    .map((block) => block.split('\n').filter((line) => line !== '' && !line.startsWith('#')))
    .filter((lines) => lines.length > 0)
    .map(ldifEntry);
}

function ldifEntry(lines: readonly string[]): LdifEntry {
  const entry = new Map<string, string[]>();
  for (const line of lines) {
    const [, name = '', colons, value = ''] = /^([A-Za-z]+)(::?) (.+)$/.exec(line) ?? [];
    if (name === '') throw new Error(`not a line of LDIF: \`${line}\``);
    const text = colons === '::' ? Buffer.from(value, 'base64').toString('utf8') : value;
    entry.set(name, [...(entry.get(name) ?? []), text]);
  }
  return entry;
}
