/** The cookbook of docs/policy.md: every recipe is added to the starter policy, and does what its cases say. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { decide } from '../../policy/decide.ts';
import { lintPolicy } from '../../policy/lint/lint.ts';
import { parsePolicy } from '../../policy/model/parse.ts';
import { check, decidersOf } from './case-check.ts';
import type { Deciders } from './case-check.ts';
import { inlineLists, listsAt, read, readSubjects, readyCases, tableTexts } from './case-file.ts';
import type { Case } from './case-file.ts';
import { mergedPolicy } from './case-policy.ts';
import { cookbookSchema } from './case-schema.ts';
import { readMap, recipes } from './document-blocks.ts';

const folder = join(import.meta.dirname, '../../rules/cases/cookbook');
const text = (path: string) => readFileSync(resolve(folder, path), 'utf8');
const subjects = readSubjects(text('../subjects.yaml'), 'subjects.yaml');
const { value: book, positions } = read(text('recipes.yaml'), 'recipes.yaml', cookbookSchema);

const starter = text(book.policy);
const aup = book.aup.map(text);
const lists = [...book.lists.flatMap((path) => listsAt(resolve(folder, path))), ...tableTexts()];
const written = recipes();

const cooked = (snippets: readonly string[]): string =>
  JSON.stringify(snippets.map(readMap).reduce(mergedPolicy, readMap(starter)));

function casesOf(heading: string): readonly Case[] {
  const recipe = book.recipes[heading];
  if (recipe === undefined) throw new Error(`no cases for “${heading}”`);
  return readyCases(recipe.cases, ['recipes', heading, 'cases'], { positions, subjects, tables: true });
}

const decided = ({ image }: Deciders, { facts, subject, grants, emergency, at }: Case) =>
  facts.ok ? decide(image.under(emergency), facts.facts, subject, grants, at) : facts;

test('there are twenty, and the cases are theirs', () => {
  expect(written.map(({ heading }) => heading)).toEqual(Object.keys(book.recipes));
  expect(written.map(({ heading }) => Number.parseInt(heading, 10))).toEqual(
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
});

const plain = decidersOf({ documents: { policy: starter, aup }, lists });

describe.each(written)('$heading', ({ heading, snippets }) => {
  const cases = casesOf(heading);
  const more = inlineLists(book.recipes[heading]?.lists ?? {});
  const policy = cooked(snippets);
  const deciders = decidersOf({ documents: { policy, aup }, lists: [...lists, ...more] });

  it.each(cases)('$name', (each) => {
    check(deciders, each);
  });

  it('is one snippet, and without it something would be otherwise', () => {
    expect(snippets).toHaveLength(1);
    expect(cases.some((each) => !same(decided(plain, each), decided(deciders, each)))).toBe(true);
  });

  it('lint finds nothing in it that the starter policy has not', () => {
    expect(findings(policy)).toEqual(findings(starter));
  });
});

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What is more than a hint, on a day of that term. */
function findings(policy: string): string[] {
  const parsed = parsePolicy(policy, 'policy.yaml');
  if (!parsed.ok) return parsed.problems.map(({ message }) => message);
  const now = Date.parse('2026-10-01T12:00:00Z');
  return lintPolicy({ policy: parsed.value, positions: parsed.positions }, null, { now })
    .filter(({ severity }) => severity !== 'hint')
    .map(({ message }) => message);
}
