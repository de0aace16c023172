/** What lint says of policies that may be published. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import type { LintContext } from '../../../policy/lint/context.ts';
import { formatFinding } from '../../../policy/lint/finding.ts';
import type { LintFinding } from '../../../policy/lint/finding.ts';
import { lintPolicy } from '../../../policy/lint/lint.ts';
import { readSubjects } from '../../../policy/lint/subjects.ts';
import { parseAups } from '../../../policy/model/parse-aup.ts';
import { parsePolicy } from '../../../policy/model/parse.ts';
import { textOf } from '../../rules/read.ts';

const day = 86_400_000;
const now = Date.parse('2026-10-13T14:00:00Z');
const subjects = readSubjects(textOf('protected-subjects.yaml'), 'protected-subjects.yaml');
if (!subjects.ok) throw new Error(JSON.stringify(subjects.problems));

interface Parts {
  /** Rules as lines of YAML in flow form; `id`, titles and `noClause` are added. */
  readonly rules?: readonly string[];
  readonly locked?: readonly string[];
  readonly audiences?: string;
  readonly more?: string;
}

const ruleLine = (rule: string, i: number, prefix: string) =>
  `  - { id: ${prefix}${String(i + 1)}, title: T, publicTitle: T, ${rule.includes('clause:') ? '' : 'noClause: none, '}${rule} }`;

function policyText({ rules = [], locked = [], audiences, more = '' }: Parts): string {
  const lines = (all: readonly string[], prefix: string) =>
    all.length === 0 ? ' []' : `\n${all.map((rule, i) => ruleLine(rule, i, prefix)).join('\n')}`;
  return `hallpass: 1
title: T
timeZone: UTC
audiences: ${audiences ?? '{ kids: { title: Kids, groups: [kids] }, teens: { title: Teens, groups: [teens] } }'}
schedules:
  lessons: { windows: [{ days: [mon, tue, wed, thu, fri], from: '08:00', to: '15:00' }] }
  exam: { windows: [{ days: [mon], dates: [{ from: 2026-05-04, to: 2026-05-08 }] }] }
categories:
  games: { title: Games }
  social: { title: Social }
  help: { title: Help }
  faith: { title: { en: Faith and worship } }
crisis: { categories: [help], hosts: [lifeline.test] }
${more}
locked:${lines(locked, 'l')}
rules:${lines(rules, 'r')}
default: { action: allow, publicTitle: D, noClause: none }
`;
}

function lint(parts: Parts, context: Partial<LintContext> = {}): LintFinding[] {
  const parsed = parsePolicy(policyText(parts), 'p.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return lintPolicy({ policy: parsed.value, positions: parsed.positions }, null, {
    now,
    subjects: subjects.ok ? subjects.subjects : [],
    ...context,
  }).filter(({ code }) => code !== 'rule-without-clause');
}

const codes = (found: readonly LintFinding[]) =>
  found.map(({ code, rule }) => (rule === undefined ? code : `${code} ${rule}`));

describe('rules that never decide', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    [
      'the same rule twice',
      ['action: block, match: { categories: [games] }', 'action: block, match: { categories: [games] }'],
      ['unreachable-rule r2'],
    ],
    [
      'a part of what an earlier one closes',
      [
        'action: block, match: { hosts: [a.test] }',
        'action: warn, match: { hosts: [=b.a.test, "*.a.test"] }, for: [kids], when: [lessons]',
      ],
      ['unreachable-rule r2'],
    ],
    [
      'more than what an earlier one closes',
      ['action: block, match: { hosts: [b.a.test] }', 'action: warn, match: { hosts: [a.test] }'],
      [],
    ],
    [
      'two earlier ones together',
      [
        'action: block, for: [kids], match: { categories: [games] }',
        'action: warn, for: [teens], match: { categories: [games] }',
        'action: block, for: [kids, teens], match: { categories: [games] }',
      ],
      ['unreachable-rule r3'],
    ],
    [
      'other people',
      [
        'action: block, for: [kids], match: { categories: [games] }',
        'action: block, for: [teens], match: { categories: [games] }',
      ],
      [],
    ],
    [
      'another time',
      [
        'action: block, when: [lessons], match: { categories: [games] }',
        'action: block, match: { categories: [games] }',
      ],
      [],
    ],
    [
      'an earlier one that is narrower',
      [
        'action: block, match: { categories: [games], methods: [POST] }',
        'action: block, match: { categories: [games] }',
      ],
      [],
    ],
    [
      'an earlier one that is as narrow',
      [
        'action: block, match: { categories: [games], methods: [POST, PUT] }',
        'action: block, match: { categories: [games], methods: [POST], files: [exe] }',
      ],
      ['unreachable-rule r2'],
    ],
    [
      'an earlier one that ends sooner',
      [
        'action: block, expires: "2026-12-01T00:00:00Z", match: { categories: [games] }',
        'action: block, match: { categories: [games] }',
      ],
      [],
    ],
    [
      'a rule for everything before all others',
      ['action: allow', 'action: allow, match: { categories: [games] }'],
      ['unreachable-rule r2', 'unreachable-rule'],
    ],
    [
      'what an earlier one opens, but for aliases',
      [
        'action: allow, match: { categories: [games, social] }',
        'action: block, match: { categories: [games] }',
      ],
      ['shadowed-rule r2'],
    ],
    [
      'an URL that is not the same one',
      ['action: block, match: { urls: ["a.test/x/**"] }', 'action: block, match: { urls: ["a.test/x/y"] }'],
      [],
    ],
    [
      'a last label',
      ['action: block, match: { topLevel: [zip] }', 'action: block, match: { hosts: [a.zip] }'],
      ['unreachable-rule r2'],
    ],
    [
      'what stands above the rules',
      ['action: block, match: { hosts: [www.lifeline.test] }'],
      ['unreachable-rule r1'],
    ],
    [
      'categories that stand above the rules',
      ['action: allow, match: { categories: [help] }'],
      ['shadowed-rule r1'],
    ],
  ])('%s', (_name, rules, expected) => {
    expect(codes(lint({ rules }))).toEqual(expected);
  });

  it('say what is left of a rule below the floor', () => {
    const found = lint({
      locked: ['action: block, match: { categories: [games] }'],
      rules: ['action: block, match: { categories: [games] }'],
    });
    expect(found.map(({ message }) => message)).toEqual([
      '`l1` (locked) before it decides nearly everything that `r1` is about: an adult for whom the floor is lifted is left',
    ]);
  });

  it('say so of a rule on trial that hides another', () => {
    const rules = [
      'action: block, observe: true, match: { hosts: [a.test] }',
      'action: block, match: { hosts: [a.test] }',
    ];
    expect(lint({ rules })[0]?.message).toContain('(a rule on trial counts as one that matches)');
  });
});

describe('rules that never match', () => {
  test.each<[string, Parts, Partial<LintContext>, readonly string[]]>([
    [
      'expired',
      { rules: ['action: allow, expires: "2026-10-13T13:00:00Z", match: { hosts: [a.test] }'] },
      {},
      ['expired r1'],
    ],
    [
      'about to expire',
      { rules: ['action: allow, expires: "2026-10-19T13:00:00Z", match: { hosts: [a.test] }'] },
      {},
      ['expires-soon r1'],
    ],
    [
      'expiring later',
      { rules: ['action: allow, expires: "2026-11-19T13:00:00Z", match: { hosts: [a.test] }'] },
      {},
      [],
    ],
    [
      'in windows of last year',
      { rules: ['action: block, when: [exam], match: { hosts: [a.test] }'] },
      {},
      ['schedule-over r1'],
    ],
    [
      'in other windows too',
      { rules: ['action: block, when: [exam, lessons], match: { hosts: [a.test] }'] },
      {},
      [],
    ],
    [
      'for nobody',
      {
        audiences: '{ none: { title: None } }',
        rules: ['action: block, for: [none], match: { hosts: [a.test] }'],
      },
      {},
      ['audience-empty', 'rule-for-nobody r1'],
    ],
    [
      'for an impossible age',
      { audiences: '{ none: { title: None, users: [a], age: { from: 18, under: 10 } } }' },
      {},
      ['audience-empty'],
    ],
    [
      'for groups that are not there',
      { rules: ['action: block, for: [kids], match: { hosts: [a.test] }'] },
      { groupExists: (group) => group === 'teens' },
      ['audience-empty', 'group-not-found', 'rule-for-nobody r1'],
    ],
    ['for groups of which nobody knows', {}, { groupExists: () => null }, []],
    [
      'for whom a network names',
      {
        audiences: '{ lab: { title: Lab } }',
        more: "networks: { l: { title: L, cidrs: ['10.0.0.0/8'], audiences: [lab] } }",
      },
      {},
      [],
    ],
    [
      'about categories that no list fills',
      {
        rules: [
          'action: block, match: { categories: [games] }',
          'action: block, match: { categories: [social], hosts: [a.test] }',
        ],
      },
      { filled: new Set(['help', 'faith']) },
      ['category-without-entry', 'category-without-entry', 'rule-without-places r1'],
    ],
  ])('%s', (_name, parts, context, expected) => {
    expect(codes(lint(parts, context))).toEqual(expected);
  });
});

describe('patterns that reach too much', () => {
  const broad = (match: string) =>
    lint({ rules: [`action: block, reason: x, match: { ${match} }`] }).map(
      ({ code, severity }) => `${code} ${severity}`,
    );
  test.each([
    'hosts: [co.uk]',
    'hosts: ["*.com.au"]',
    'hosts: [k12.ca.us]',
    'topLevel: [com]',
    'urls: ["*.com/**"]',
    'urls: ["**/ad*"]',
    'urls: ["x*.test/*"]',
    'expressions: ["[?&]q="]',
    'expressions: ["games|x"]',
    'expressions: ["(abc)?\\\\d"]',
    'search: [hi, ab cd]',
    'userAgents: ["*a*"]',
  ])('%s', (match) => {
    expect(new Set(broad(match))).toEqual(new Set(['broad-pattern warning']));
  });
  test.each([
    'urls: ["**/**"]',
    'urls: ["**/"]',
    'expressions: [".*"]',
    'expressions: ["/"]',
    'userAgents: ["*"]',
  ])('%s, everything', (match) => {
    expect(broad(match)).toEqual(['broad-pattern error']);
  });
  test.each([
    'hosts: [example.co.uk, =co.uk]',
    'topLevel: [zip]',
    'urls: ["**/ads/**"]',
    'urls: ["a.test/**"]',
    'urls: ["*.poki.test/*"]',
    'expressions: ["play=1"]',
    'expressions: ["(games|arcade)\\\\d+"]',
    'expressions: ["w{3}\\\\."]',
    'search: [fight club, 赌博]',
    'userAgents: ["*Roblox*"]',
  ])('not %s', (match) => {
    expect(broad(match)).toEqual([]);
  });
});

describe('what a school does not close for no reason', () => {
  test.each([
    ['categories: [faith]', 'religion'],
    ['hosts: [apnews.com]', 'news'],
    ['hosts: [=www.cdc.gov]', 'health'],
    ['urls: ["en.wikipedia.org/wiki/*"]', 'learning'],
    ['search: [gay rights]', 'identity'],
  ])('%s', (match, subject) => {
    const [found, ...others] = lint({ rules: [`action: block, match: { ${match} }`] });
    expect(others).toEqual([]);
    expect(found?.code).toBe('protected-subject');
    expect(found?.message).toContain(`which is about ${subject}`);
    expect(lint({ rules: [`action: block, reason: the board said so, match: { ${match} }`] })).toEqual([]);
    expect(lint({ rules: [`action: monitor, match: { ${match} }`] })).toEqual([]);
  });
});

describe('audiences', () => {
  it('by an age that the directory does not tell', () => {
    const audiences = '{ minors: { title: M, age: { under: 17, unknown: true } } }';
    expect(codes(lint({ audiences }, { knowsBirthDates: false }))).toEqual(['age-not-known']);
    expect(lint({ audiences }, { knowsBirthDates: true })).toEqual([]);
  });

  it('with obligations that change nothing', () => {
    const audiences =
      '{ a: { title: A, users: [a], obligations: { youtube: open } }, b: { title: B, users: [b], obligations: { safeSearch: true } } }';
    expect(codes(lint({ audiences }))).toEqual(['obligation-without-effect']);
    expect(codes(lint({ audiences }, { services: [] }))).toEqual([
      'obligation-without-effect',
      'obligation-without-effect',
    ]);
  });
});

it('lists that have not changed for long', () => {
  const lists = [
    { name: 'new', changed: now - 30 * day },
    { name: 'old', changed: now - 100 * day },
    { name: 'older', changed: now - 400 * day },
    { name: 'unknown', changed: null },
  ];
  expect(lint({}, { lists }).map(({ code, severity }) => [code, severity])).toEqual([
    ['stale-list', 'hint'],
    ['stale-list', 'warning'],
  ]);
});

describe('clauses and rules', () => {
  const read = parseAups([
    {
      text: '---\ntitle: A\nadopted: 2026-08-03\nlanguage: en\n---\n\n# 1 All {#all}\n\n## 1.1 Games {#games}\n\nG.\n\n## 1.2 Kindness {#kind}\n\nK.\n',
      file: 'aup.md',
    },
  ]);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));

  it('name what no rule enforces, but not the heading over an enforced clause', () => {
    const parsed = parsePolicy(
      policyText({
        rules: ['clause: games, action: block, match: { categories: [games] }', 'action: block'],
      }),
      'p.yaml',
      read.aup,
    );
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const places = new Map([...read.lines].map(([id, line]) => [id, { file: 'aup.md', line }]));
    const found = lintPolicy(
      { policy: parsed.value, positions: parsed.positions },
      read.aup,
      { now },
      places,
    );
    expect(found.map(formatFinding).filter((line) => !line.includes('default'))).toEqual([
      'p.yaml:18:51: hint: `r2` stands on no clause of the AUP: “none”: see whether a clause says it by now',
      'aup.md:13:1: hint: no rule enforces clause 1.2 `kind` (Kindness): people keep it, or a rule should: see `hallpass policy coverage`',
    ]);
  });
});

test('the starter policy gives nothing to warn of', () => {
  const folder = join(import.meta.dirname, '../../../rules/starter');
  const aup = parseAups([{ text: readFileSync(join(folder, 'aup.md'), 'utf8'), file: 'aup.md' }]);
  const parsed = parsePolicy(readFileSync(join(folder, 'policy.yaml'), 'utf8'), 'policy.yaml');
  if (!parsed.ok || !aup.ok) throw new Error('the starter does not parse');
  const context = { now, subjects: subjects.ok ? subjects.subjects : [], knowsBirthDates: false };
  const found = lintPolicy(
    { policy: parsed.value, positions: parsed.positions },
    aup.aup,
    context,
    new Map(),
  );
  expect(found.filter(({ severity }) => severity !== 'hint')).toEqual([]);
});
