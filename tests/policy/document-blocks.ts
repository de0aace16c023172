/** The blocks of code in docs/policy.md, by what stands behind their fence; and the recipes of its cookbook. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const page = readFileSync(join(import.meta.dirname, '../../docs/policy.md'), 'utf8');

export const blocks = (info: string, text = page): string[] =>
  [...text.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)]
    .filter(([, found]) => found === info)
    .map(([, , block = '']) => block);

export interface Recipe {
  readonly heading: string;
  readonly snippets: readonly string[];
}

export function recipes(): Recipe[] {
  const [, chapter = ''] = /^## A cookbook[^\n]*\n(.*?)(?=^## )/ms.exec(page) ?? [];
  return chapter
    .split(/^### /m)
    .slice(1)
    .map((text) => ({ heading: text.slice(0, text.indexOf('\n')), snippets: blocks('yaml cookbook', text) }));
}

export const readMap = (text: string): Record<string, unknown> => parse(text) as Record<string, unknown>;
