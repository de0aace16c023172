/** Rules in plain sentences. */
import { expect, test } from 'vitest';
import { parsePolicy } from '../../policy/model/parse.ts';
import { defaultSentence, exemptSentence, ruleSentence } from '../../policy/sentences.ts';

const policyWith = (rule: string, more = ''): string => `
hallpass: 1
title: T
timeZone: UTC
audiences:
  k-5: { title: { en: Kindergarten to grade 5, es: K }, groups: [a] }
  staff: { title: Staff, groups: [b] }
  twelve: { title: Grade 12, groups: [c] }
schedules:
  class: { title: Class hours, windows: [{ days: [mon] }] }
  night: { windows: [{ days: [mon] }] }
categories: { games: { title: Games }, social: { title: Social media }, help: { title: Help } }
crisis: { categories: [help], hosts: [help.test] }
${more}
rules:
  - { id: r, title: R, publicTitle: R, noClause: none, ${rule} }
default: { action: allow, publicTitle: D, noClause: none }
`;

function policyOf(text: string) {
  const read = parsePolicy(text, 'policy.yaml');
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.value;
}

test.each([
  ['action: block, match: { categories: [games] }', 'Nobody may open “Games”.'],
  ['action: allow, for: [staff]', 'Staff may open any site.'],
  [
    'action: block, for: [k-5, staff, twelve], match: { categories: [games, social], hosts: [a.test, =b.test, "*.c.test"] }, when: [class, night]',
    'Kindergarten to grade 5, Staff and Grade 12 may not open “Games”, “Social media”, a.test, b.test itself or the sites directly below c.test during “Class hours” or `night`.',
  ],
  [
    'action: warn, continue: 1h, match: { hosts: [a.test] }',
    'Everyone: a notice before a.test; one may go on for an hour.',
  ],
  ['action: warn, for: [staff]', 'Staff: a notice before any site; one may go on for 30 minutes.'],
  [
    'action: block, match: { urls: ["a.test/x/**"], methods: [POST, PUT], ports: [25] }, log: false',
    'Nobody may open `a.test/x/**` by POST or PUT on port 25. It is not recorded.',
  ],
  ['action: allow, match: { hosts: [a.test] }, log: true', 'Everyone may open a.test. It is recorded.'],
])('%s', (rule, sentence) => {
  const policy = policyOf(policyWith(rule));
  const [read] = policy.rules;
  expect(read && ruleSentence(policy, read)).toBe(sentence);
});

test('what stands above all rules, and below them', () => {
  const policy = policyOf(policyWith('action: allow'));
  expect(exemptSentence(policy, 'crisis')).toBe(
    'Everyone may open “Help” and help.test, always; no visit is recorded, and nobody is asked to sign in.',
  );
  expect(exemptSentence(policy, 'testing')).toBe('Nothing is named here, and nobody is asked to sign in.');
  expect(defaultSentence(policy)).toBe('Everything else is open.');
  const closed = { ...policy, default: { ...policy.default, action: 'block' as const } };
  expect(defaultSentence(closed)).toBe('Everything else is closed.');
});
