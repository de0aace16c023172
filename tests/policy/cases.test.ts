/** The behaviour cases of rules/cases, by the fast decide and by the slow reference. rules/README.md has their form. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { compileEdition } from '../../policy/compile/edition.ts';
import { openImage } from '../../policy/compile/image.ts';
import { decide } from '../../policy/decide.ts';
import { formatProblem } from '../../policy/errors.ts';
import { parsePolicy } from '../../policy/model/parse.ts';
import { referenceDecide } from '../../policy/reference.ts';
import type { ReferenceSource } from '../../policy/reference.ts';
import { readCases, readSubjects } from './case-file.ts';
import { listsOf } from './reference-lists.ts';
import type { CaseFile, Expectation } from './case-file.ts';

const folder = join(import.meta.dirname, '../../rules/cases');
const subjectsFile = 'subjects.yaml';
const read = (file: string) => readFileSync(join(folder, file), 'utf8');

/** What deciding at random, or an index of the wrong rule, must not pass. */
const leastCases = 100;

const subjects = readSubjects(read(subjectsFile), subjectsFile);
const files = readdirSync(folder)
  .filter((file) => file.endsWith('.yaml') && file !== subjectsFile)
  .sort()
  .map((file) => ({ file, ...readCases(read(file), file, folder, subjects) }));

function compiled({ documents, lists }: CaseFile) {
  const edition = compileEdition(documents, lists);
  if (!edition.ok) throw new Error(edition.problems.map(formatProblem).join('\n'));
  return openImage(edition.image);
}

function referenceSource({ documents, lists }: CaseFile): ReferenceSource {
  const parsed = parsePolicy(documents.policy, 'policy.yaml');
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  return { policy: parsed.value, ...listsOf(lists) };
}

const named = (expected: Expectation) =>
  Object.fromEntries(Object.entries(expected).filter(([, value]) => value !== undefined));

test('there are cases', () => {
  expect(files.reduce((count, { cases }) => count + cases.length, 0)).toBeGreaterThanOrEqual(leastCases);
});

describe.each(files)('$file', (file) => {
  const image = compiled(file);
  const source = referenceSource(file);
  it.each(file.cases)('$name', ({ facts, subject, grants, at, expect: expected }) => {
    const decision = decide(image, facts, subject, grants, at);
    expect(decision).toMatchObject(named(expected));
    expect(decision).toEqual(referenceDecide(source, facts, subject, grants, at));
  });
});

describe('a case file that is not right', () => {
  const least = (more: string) =>
    readCases(`policy: p.yaml\naup: [a.md]\ncases:\n  - name: x\n${more}`, 'x.yaml', folder, subjects);
  const rest = '    as: signed-out\n    expect: {}\n';
  it.each([
    [
      'an unknown key',
      `    request: GET http://a.test/\n    wiht: 1\n${rest}`,
      'x.yaml:6:5: unknown key `wiht`',
    ],
    [
      'an unknown expectation',
      '    request: GET http://a.test/\n    as: signed-out\n    expect: { rul: a }\n',
      'x.yaml:7:15: unknown key `rul`: did you mean `rule`?',
    ],
    ['a request that is none', `    request: GET a.test\n${rest}`, 'x.yaml:5:14: '],
    [
      '`url` where the URL is known',
      `    request: GET http://a.test/\n    url: unknown\n${rest}`,
      'x.yaml:6:10: ',
    ],
  ])('%s fails with its position', (_, text, message) => {
    expect(() => least(text)).toThrow(message);
  });
});
