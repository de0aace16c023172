import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { formatProblem, readYaml } from '../../../policy/model/yaml-document.ts';

const schema = z.strictObject({
  name: z.string().min(1),
  port: z.int().min(1).max(65535).default(80),
  mode: z.enum(['open', 'closed']).default('open'),
  text: z.union([z.string(), z.record(z.string().regex(/^[a-z]{2}$/, 'a language'), z.string())]).optional(),
  servers: z.array(z.strictObject({ host: z.string(), timeout: z.number().optional() })).default([]),
});

const complaints = (text: string): string[] => {
  const read = readYaml(text, 'a.yaml', schema);
  return read.ok ? [] : read.problems.map(formatProblem);
};

describe('a document that fits its schema', () => {
  it('is read with its defaults', () => {
    expect(readYaml('name: x', 'a.yaml', schema)).toMatchObject({
      ok: true,
      value: { name: 'x', port: 80, mode: 'open', servers: [] },
    });
  });
});

describe('a document that does not', () => {
  it.each([
    ['an unknown key', 'name: x\nprot: 1\n', ['a.yaml:2:1: unknown key `prot`: did you mean `port`?']],
    [
      'an unknown key deep inside',
      'name: x\nservers:\n  - host: a\n    tmeout: 3\n',
      ['a.yaml:4:5: unknown key `tmeout`: did you mean `timeout`?'],
    ],
    ['a missing key', 'port: 1\n', ['a.yaml:1:1: `name` is missing: add it as a text']],
    [
      'a missing key of a member',
      'name: x\nservers:\n  - timeout: 3\n',
      ['a.yaml:3:5: `host` is missing in `servers[0]`: add it as a text'],
    ],
    ['a wrong type', 'name: 3\n', ['a.yaml:1:7: `name` is a number: write a text']],
    ['an empty document', '', ['a.yaml:1:1: the document is empty: write a mapping of keys']],
    [
      'a value out of bounds',
      'name: x\nport: 70000\n',
      ['a.yaml:2:7: `port` is too large: the most is 65535'],
    ],
    [
      'an unknown word',
      'name: x\nmode: opne\n',
      ['a.yaml:2:7: `mode` cannot be `opne`: did you mean `open`?'],
    ],
    [
      'a bad name in a mapping of names',
      'name: x\ntext: {english: hello}\n',
      ['a.yaml:2:8: `english` cannot be a name here: a language'],
    ],
    [
      'no branch of a union',
      'name: x\ntext: 5\n',
      ['a.yaml:2:7: `text` has no known form: write a text or a mapping of names'],
    ],
    [
      'a duplicate key',
      'name: x\nname: y\n',
      ['a.yaml:2:1: this key stands twice in its mapping: keep one of the two'],
    ],
    [
      'two faults',
      'prt: 1\n',
      [
        'a.yaml:1:1: `name` is missing: add it as a text',
        'a.yaml:1:1: unknown key `prt`: did you mean `port`?',
      ],
    ],
  ])('names the place and the way to mend %s', (_, text, expected) => {
    expect(complaints(text)).toEqual(expected);
  });

  it('names the line of a syntax error', () => {
    expect(complaints('name: x\nport: [1\n')[0]).toMatch(/^a\.yaml:[23]:\d+: /);
  });

  it('never repeats a value of the wrong type, which may be a secret', () => {
    expect(complaints('name: x\nport: hunter2\n').join()).not.toContain('hunter2');
  });
});

describe('a hostile document', () => {
  it('cannot multiply itself by aliases', () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`,
    );
    expect(complaints(['a0: &a0 [x]', ...levels].join('\n'))[0]).toContain('too many aliases');
  });

  it.each([
    ['sequences in brackets', '['.repeat(100_000), '1:65'],
    ['mappings in braces', '{a: '.repeat(100_000), '1:257'],
    ['sequences on one line', `${'- '.repeat(100_000)}x`, '1:129'],
    [
      'mappings by indentation',
      Array.from({ length: 65 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''),
      '65:65',
    ],
  ])('cannot nest without end: %s', (_what, text, place) => {
    expect(complaints(text)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^a\\.yaml:${place}: this is nested deeper than 64 levels: nothing here goes so deep: look for`,
        ),
      ),
    ]);
  });

  it('cannot be longer than anybody would wait for', () => {
    expect(complaints(`# ${'x'.repeat(8_000_000)}`)).toEqual([
      'a.yaml:1:1: `a.yaml` is longer than 8 million characters: move long lists of hosts into `*.list` files',
    ]);
  });

  it('refuses two documents in one file and tags it does not know', () => {
    expect(complaints('name: x\n---\nname: y\n')).toHaveLength(1);
    expect(complaints('name: !secret x\n')).toHaveLength(1);
  });

  it('never throws', () => {
    const runs = { numRuns: Number(process.env.FUZZ_RUNS ?? 100) };
    const piece = fc.constantFrom(
      'name',
      ': ',
      '\n',
      '- ',
      '&a',
      '*a',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '|',
      '#',
      '  ',
      'x',
      '? ',
      '%',
      '!t',
      '<<',
    );
    fc.assert(
      fc.property(
        fc.array(piece).map((pieces) => pieces.join('')),
        (text) => {
          expect(typeof readYaml(text, 'f', schema).ok).toBe('boolean');
        },
      ),
      runs,
    );
  });
});
