/** The tables as they are shipped. */
import { readFileSync } from 'node:fs';
import { formatProblem } from '../../../policy/errors.ts';
import { compileExtractors } from '../../../policy/extract/compile.ts';
import type { Extractors } from '../../../policy/extract/extractors.ts';

export const tables = ['search-engines.yaml', 'inner-addresses.yaml'].map((name) => ({
  name,
  text: readFileSync(new URL(`../../../rules/${name}`, import.meta.url), 'utf8'),
}));

function compiled(): Extractors {
  const made = compileExtractors(tables);
  if (!made.ok) throw new Error(made.problems.map(formatProblem).join('\n'));
  return made.extractors;
}

export const extractors = compiled();
