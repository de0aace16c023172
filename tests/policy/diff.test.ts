/** What changes between two policies, in sentences. */
import { describe, expect, it, test } from 'vitest';
import { diffPolicies } from '../../policy/diff.ts';
import { difference } from '../../policy/diff/aup.ts';
import { parseAups } from '../../policy/model/parse-aup.ts';
import { parsePolicy } from '../../policy/model/parse.ts';

const policyText = `hallpass: 1
title: T
timeZone: UTC
audiences:
  kids: { title: Kids, groups: [kids] }
  teens: { title: Teens, groups: [teens] }
schedules:
  lessons: { title: Lessons, windows: [{ days: [mon], from: '08:00', to: '12:00' }] }
categories: { games: { title: Games }, social: { title: Social media } }
lists: { ours: { category: games, hosts: [a.test] } }
crisis: { hosts: [help.test] }
locked:
  - { id: floor, title: Floor, publicTitle: F, clause: c1, match: { hosts: [bad.test] }, action: block }
rules:
  - { id: one, title: One, publicTitle: One, clause: c1, for: [kids], match: { categories: [games] }, action: block }
  - { id: two, title: Two, publicTitle: Two, clause: c1, match: { hosts: [b.test] }, action: allow }
  - { id: three, title: Three, publicTitle: Three, noClause: none, action: warn }
default: { action: allow, publicTitle: Open, clause: c1 }
`;
const aupText = `---
title: AUP
adopted: 2026-08-03
language: en
---

## 1 Games {#c1}

Games wait until the last lesson of the day is over.

## 2 Records {#c2}

Records are kept for a while.
`;

function documents(policy: string, aup: string) {
  const texts = parseAups([{ text: aup, file: 'aup.md' }]);
  if (!texts.ok) throw new Error(JSON.stringify(texts.problems));
  const read = parsePolicy(policy, 'p.yaml', texts.aup);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return { policy: read.value, aup: texts.aup };
}

function changes(
  edits: readonly (readonly [string, string])[],
  aupEdits: readonly (readonly [string, string])[] = [],
) {
  const edited = (text: string, all: typeof edits) =>
    all.reduce((now, [from, to]) => {
      if (!now.includes(from)) throw new Error(`\`${from}\` is not there`);
      return now.replace(from, to);
    }, text);
  return diffPolicies(
    documents(policyText, aupText),
    documents(edited(policyText, edits), edited(aupText, aupEdits)),
  );
}

const said = (...args: Parameters<typeof changes>) => changes(...args).map(({ text }) => text);

it('is empty where both mean the same', () => {
  expect(
    changes([
      ['hallpass: 1', '# a comment\nhallpass: 1'],
      ['for: [kids], ', 'for: ["kids"], '],
    ]),
  ).toEqual([]);
});

describe('rules', () => {
  const one = `  - { id: one, title: One, publicTitle: One, clause: c1, for: [kids], match: { categories: [games] }, action: block }\n`;
  const three = `  - { id: three, title: Three, publicTitle: Three, noClause: none, action: warn }\n`;

  test.each<[string, readonly (readonly [string, string])[], readonly string[]]>([
    [
      'added',
      [[one, `${one}${one.replace('id: one', 'id: new')}`]],
      ['New rule `new` among the ordered rules, after `one`: Kids may not open “Games”.'],
    ],
    ['removed', [[one, '']], ['Rule `one` is gone. It said: Kids may not open “Games”.']],
    [
      'moved',
      [
        [three, ''],
        [one, three + one],
      ],
      ['Rule `three` moved: it is among the ordered rules now, before all others.'],
    ],
    [
      'moved to the floor',
      [
        [one, ''],
        ['rules:\n', `${one}rules:\n`],
      ],
      ['Rule `one` moved: it is among the locked rules now, after `floor` (it was among the ordered rules).'],
    ],
    [
      'with another action',
      [['[games] }, action: block', '[games] }, action: warn']],
      [
        'Rule `one` (One) is now one that gives a notice, and no longer one that closes. It says now: Kids: a notice before “Games”; one may go on for 30 minutes.',
      ],
    ],
    [
      'for others',
      [['for: [kids]', 'for: [teens]']],
      [
        'Rule `one` (One) is now also for Teens; no longer for Kids. It says now: Teens may not open “Games”.',
      ],
    ],
    [
      'about other places',
      [['hosts: [b.test]', 'hosts: [=c.test], categories: [social]']],
      [
        'Rule `two` (Two) is now also about “Social media” or c.test itself; no longer about b.test. It says now: Everyone may open “Social media” or c.test itself.',
      ],
    ],
    [
      'about everything',
      [[', match: { hosts: [b.test] }', '']],
      [
        'Rule `two` (Two) is now about any site, and no longer only about b.test. It says now: Everyone may open any site.',
      ],
    ],
    [
      'at other times',
      [['action: warn', 'when: [lessons], action: warn']],
      [
        'Rule `three` (Three) is now only during “Lessons”. It says now: Everyone: a notice before any site during “Lessons”; one may go on for 30 minutes.',
      ],
    ],
    [
      'narrower',
      [['hosts: [b.test] }', 'hosts: [b.test], methods: [GET] }']],
      ['Rule `two` (Two) is now only by `GET`. It says now: Everyone may open b.test by GET.'],
    ],
    [
      'on another clause',
      [['noClause: none', 'clause: c2']],
      ['Rule `three` (Three) is now standing on clause `c2`, and no longer on no clause (none).'],
    ],
    [
      'on trial',
      [['[games] }, action: block', '[games] }, action: block, observe: true']],
      [
        'Rule `one` (One) is now on trial: it stops nothing. It says now: Kids may not open “Games”. On trial: it is counted and stops nothing.',
      ],
    ],
    [
      'with another title',
      [['title: One,', 'title: Uno,']],
      ['Rule `one` (Uno) is reworded: its title is now “Uno” (it was “One”).'],
    ],
  ])('%s', (_name, edits, expected) => {
    expect(said(edits)).toEqual(expected);
  });

  it('name as few moves as there were', () => {
    const found = changes([
      ['id: one,', 'id: two,'],
      ['id: two, title: Two', 'id: one, title: Two'],
    ]);
    expect(found.filter(({ kind }) => kind === 'moved')).toHaveLength(1);
  });
});

test.each<[string, readonly [string, string], string]>([
  [
    'an audience',
    ['groups: [teens]', 'groups: [teens, clubs]'],
    'Audience `teens`: now also the group `clubs`.',
  ],
  [
    'a schedule',
    ["to: '12:00'", "to: '13:00'"],
    'Schedule `lessons`: now also open mon 08:00 to 13:00; no longer open mon 08:00 to 12:00.',
  ],
  ['a category', ['title: Games', 'title: Games, sensitive: false'], ''],
  ['a list', ['[a.test]', '[a.test, d.test]'], 'List `ours`: now also naming `d.test`.'],
  [
    'the default',
    ['default: { action: allow', 'default: { action: block'],
    'The default changed: it says now: Everything else is closed. It said: Everything else is open.',
  ],
  [
    'the mode',
    ['timeZone: UTC', 'timeZone: UTC\nmode: observe'],
    'The mode: the policy only observes now: what it closes is recorded and stays open, but for the floor.',
  ],
  [
    'what is above',
    ['[help.test]', '[line.test]'],
    'What is under `crisis`: now also open line.test; no longer open help.test. Everyone may open line.test, always; no visit is recorded, and nobody is asked to sign in.',
  ],
])('%s', (_name, edit, expected) => {
  expect(said([edit])).toEqual(expected === '' ? [] : [expected]);
});

describe('the AUP', () => {
  test.each<[string, readonly [string, string], string]>([
    [
      'reworded',
      ['last lesson', 'second lesson'],
      'Clause 1 “Games” (`c1`): it reads now: Games wait until the [-last-] [+second+] lesson of the day is over.',
    ],
    [
      'removed',
      ['## 2 Records {#c2}\n\nRecords are kept for a while.\n', ''],
      'Clause 2 “Records” (`c2`) is gone.',
    ],
    [
      'added',
      ['## 2 Records', '## 3 Calm {#c3}\n\nBe calm.\n\n## 2 Records'],
      'New clause 3 “Calm” (`c3`): Be calm.',
    ],
    [
      'renumbered',
      ['## 2 Records', '## 2.1 Records'],
      'Clause 2.1 “Records” (`c2`): its number is now “2.1” (it was “2”)',
    ],
    [
      'adopted again',
      ['2026-08-03', '2027-08-03'],
      'The written policy: the day on which it was adopted is now “2027-08-03” (it was “2026-08-03”).',
    ],
  ])('%s', (_name, edit, expected) => {
    expect(said([], [edit])).toEqual([expected]);
  });

  it('shows what came and went, and little around it', () => {
    const words = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => String(from + i)).join(' ');
    expect(difference(words(0, 60), `${words(0, 30)} new ${words(32, 60)}`)).toBe(
      `… ${words(18, 30)} [-30 31-] [+new+] ${words(32, 44)} …`,
    );
    expect(difference('a b', 'a b c')).toBe('a b [+c+]');
  });
});
