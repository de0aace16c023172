import { readFileSync } from 'node:fs';

/** The version of Hallpass, as package.json names it. */
export function hallpassVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
