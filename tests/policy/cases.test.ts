/** The behaviour cases of rules/cases, by the fast decide, by explain and by the slow reference. rules/README.md has their form. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { check, decidersOf } from './case-check.ts';
import { readCases, readSubjects } from './case-file.ts';

const folder = join(import.meta.dirname, '../../rules/cases');
const subjectsFile = 'subjects.yaml';
const read = (file: string) => readFileSync(join(folder, file), 'utf8');

/** The specification does not shrink unseen. */
const leastCases = 950;

const subjects = readSubjects(read(subjectsFile), subjectsFile);
const files = readdirSync(folder)
  .filter((file) => file.endsWith('.yaml') && file !== subjectsFile)
  .sort()
  .map((file) => ({ file, ...readCases(read(file), file, folder, subjects) }));

test('there are cases', () => {
  expect(files.reduce((count, { cases }) => count + cases.length, 0)).toBeGreaterThanOrEqual(leastCases);
});

describe.each(files)('$file', (file) => {
  const deciders = decidersOf(file);
  it.each(file.cases)('$name', (each) => {
    check(deciders, each);
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
    ['a body at a CONNECT', `    request: CONNECT a.test:443\n    body: 5MB\n${rest}`, 'x.yaml:5:14: '],
    ['a size that is none', `    request: PUT http://a.test/\n    body: huge\n${rest}`, 'x.yaml:6:11: '],
    [
      'a birthday that is none',
      `    request: GET http://a.test/\n    born: 2021-02-29\n${rest}`,
      'x.yaml:6:11: ',
    ],
    [
      'a grant of no kind',
      `    request: GET http://a.test/\n    grants: [{ kind: favour, subject: cto }]\n${rest}`,
      'x.yaml:6:22: ',
    ],
    [
      'an obligation of no kind',
      '    request: GET http://a.test/\n    expect: { obligations: [{ kind: silence }] }\n',
      'x.yaml:6:37: ',
    ],
  ])('%s fails with its position', (_, text, message) => {
    expect(() => least(text)).toThrow(message);
  });

  const whole = (more: string) =>
    readCases(
      `policy: {}\ncases:\n  - name: x\n    request: GET http://a.test/\n${more}`,
      'x.yaml',
      folder,
      subjects,
    );
  it.each([
    [
      'a person whom nobody knows',
      '    as: nobody\n    expect: {}\n',
      'x.yaml:5:9: unknown subject `nobody`',
    ],
    [
      'a grant of a person whom nobody knows',
      '    grants: [{ kind: research, subject: nobody }]\n    expect: {}\n',
      'x.yaml:5:13: unknown subject `nobody`',
    ],
    [
      'a request that is refused, and more',
      '    expect: {}\n  - name: y\n    request: GET http://a..test/\n    expect: { refused: host-dots, action: block }\n',
      'x.yaml:8:13: of what is refused nothing else is decided',
    ],
    [
      'two cases of one name',
      '    expect: {}\n  - name: x\n    request: GET http://b.test/\n    expect: {}\n',
      'x.yaml:6:11: two cases are called `x`',
    ],
  ])('%s fails with its position', (_, text, message) => {
    expect(() => whole(text)).toThrow(message);
  });

  it('a request that has no canonical form is an error where none is expected', () => {
    const text = 'policy: {}\ncases:\n  - { name: x, request: GET http://a..test/, expect: {} }\n';
    expect(() => readCases(text, 'x.yaml', folder, subjects)).toThrow('has no canonical form: host-dots');
  });

  it('a policy in the file is checked like any other', () => {
    const text =
      'policy: { rules: [{ id: r, action: blok }] }\ncases:\n  - { name: x, request: GET http://a.test/, expect: {} }\n';
    expect(() => decidersOf(readCases(text, 'x.yaml', folder, subjects))).toThrow('blok');
  });

  it('a line of a list that cannot be read is an error', () => {
    const text =
      'policy: { categories: { c: } }\nlists: { l: "@category c\\nnothing" }\ncases:\n  - { name: x, request: GET http://a.test/, expect: {} }\n';
    expect(() => decidersOf(readCases(text, 'x.yaml', folder, subjects))).toThrow('this line is left out');
  });
});
