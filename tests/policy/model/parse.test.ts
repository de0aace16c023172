import fc from 'fast-check';
import { stringify } from 'yaml';
import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../../policy/errors.ts';
import { parsePolicy } from '../../../policy/model/parse.ts';
import { parseAups } from '../../../policy/model/parse-aup.ts';
import { aup, policyText } from '../compile/fixture.ts';
import { policyDocument } from '../random.ts';

const read = parseAups([{ text: aup, file: 'aup.md' }]);
const clauses = read.ok ? read.aup : undefined;
const problems = (from: string, to: string): string[] => {
  expect(policyText).toContain(from);
  const parsed = parsePolicy(policyText.replace(from, to), 'p.yaml', clauses);
  return parsed.ok ? [] : parsed.problems.map(formatProblem);
};

describe('a policy', () => {
  it('is read when every name leads somewhere', () => {
    expect(parsePolicy(policyText, 'p.yaml', clauses)).toMatchObject({
      ok: true,
      value: { title: 'Small district' },
    });
  });

  it.each([
    ['for: [staff]', 'for: [stuff]', 'unknown audience `stuff`: did you mean `staff`?'],
    ['audiences: [young]', 'audiences: [yuong]', 'unknown audience `yuong`: did you mean `young`?'],
    ['unidentified: refuse', 'unidentified: refsue', 'unknown audience `refsue`: did you mean `refuse`?'],
    ['networks: [lab]', 'networks: [lap]', 'unknown network `lap`: did you mean `lab`?'],
    ['action: warn', 'action: warn, when: [clas]', 'unknown schedule `clas`: did you mean `class`?'],
    [
      'crisis: { categories: [help]',
      'crisis: { categories: [hlep]',
      'unknown category `hlep`: did you mean `help`?',
    ],
    ['clause: games', 'clause: gaems', 'unknown clause `gaems`: did you mean `games`?'],
    ['{ id: notice', '{ id: adult', 'two rules are called `adult`: give one another id'],
    ['{ id: notice', '{ id: default', 'the name `default` is reserved: choose another'],
    ['  staff: {', '  anyone: {', 'the name `anyone` is reserved: choose another'],
    ['  staff: {', '  refuse: {', 'the name `refuse` is reserved: choose another'],
    [
      'timeZone: America/Chicago',
      'timeZone: America/Chikago',
      '`America/Chikago` is not a time zone: write an IANA name such as `America/Chicago`',
    ],
    [
      '10.1.0.0/16',
      '10.1.0.0/33',
      '`10.1.0.0/33` is no range of addresses: `/33` is not a prefix length from `/0` to `/32`',
    ],
    [
      '10.1.0.0/16',
      '10.1.2.3/16',
      '`10.1.2.3/16` is no range of addresses: bits after the prefix must be zero; for one address leave `/16` away',
    ],
    [
      'exam.test',
      'https://exam.test/',
      '`https://exam.test/` is no host: write the host alone, without scheme',
    ],
    [
      'exam.test',
      'test',
      '`test` is no host: this would reach everything under `test`; write `=test` for that host alone',
    ],
    [
      'wiki.test/games/**',
      'http://wiki.test/x',
      '`http://wiki.test/x` is no URL pattern: leave the scheme away',
    ],
    [
      'wiki.test/games/**',
      'wiki.test/a**',
      '`wiki.test/a**` is no URL pattern: `**` is a whole segment: `/**/`',
    ],
    [
      'wiki.test/games/**',
      'wiki.test',
      '`wiki.test` is no URL pattern: write `host/path`; a host alone belongs under `hosts`',
    ],
    [
      ', publicRule: closed',
      '',
      '`publicRule` is missing in a rule about the sensitive category `adult`: say what its pages show instead',
    ],
    [
      'noClause: staff judge',
      'log: true',
      '`rules[0]` needs mending: name the AUP clause that this rule enforces (`clause`), or say why it has none (`noClause`)',
    ],
  ])('that says %s → %s is told so, with its place', (was, now, message) => {
    const [first, ...others] = problems(was, now);
    const text = policyText.replace(was, now);
    expect(first).toMatch(/^p\.yaml:\d+:\d+: /);
    expect([first, ...others].some((problem) => problem?.endsWith(message))).toBe(true);
    const [, line = '0', column = '0'] = /^p\.yaml:(\d+):(\d+)/.exec(first ?? '') ?? [];
    const at =
      text
        .split('\n')
        .slice(0, Number(line) - 1)
        .join('\n').length + Number(column);
    // The place is on the line of the change (a name that is gone is missed where it is used).
    const changed = text.slice(0, policyText.indexOf(was)).split('\n').length;
    expect(Number(line) === changed || /^ {2}(anyone|refuse)/.test(now) || now === '{ id: adult').toBe(true);
    expect(at).toBeLessThanOrEqual(text.length);
  });

  it('that is written and read again is the same', () => {
    fc.assert(
      fc.property(policyDocument, (document) => {
        const first = parsePolicy(JSON.stringify(document), 'p.yaml');
        if (!first.ok) throw new Error(first.problems.map(formatProblem).join('\n'));
        expect(parsePolicy(stringify(first.value), 'p.yaml')).toMatchObject({ ok: true, value: first.value });
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
    );
  });
});
