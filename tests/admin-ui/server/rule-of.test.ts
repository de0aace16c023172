/** Every id that a record can have is told in words, those included that stand in no part of the policy. */
import { expect, test } from 'vitest';
import { ruleOf } from '../../../admin-ui/server/rule-of.ts';
import { parsePolicy } from '../../../policy/model/parse.ts';

const place = (id: string): string =>
  `[{ id: ${id}, title: Rule ${id}, publicTitle: { en: Public ${id}, es: x }, noClause: x, match: { hosts: [${id}.test] }, action: block }]`;
const parsed = parsePolicy(
  `
hallpass: 1
title: T
timeZone: UTC
audiences: {}
crisis: { hosts: [help.test] }
testing: { hosts: [exam.test] }
illegal: ${place('worst')}
locked: ${place('adult')}
rules: ${place('games')}
default:
  action: allow
  publicTitle: Open
  noClause: x
  uncategorised: { action: block, publicTitle: Unknown site, noClause: x }
`,
  'policy.yaml',
);
const policy = parsed.ok ? parsed.value : null;

test.each([
  ['worst', 'Rule worst', 'Public worst', 'Nobody may open worst.test.'],
  ['adult', 'Rule adult', 'Public adult', 'Nobody may open adult.test.'],
  ['games', 'Rule games', 'Public games', 'Nobody may open games.test.'],
  ['default', 'Everything else', 'Open', 'A site that no list knows is closed. Everything else is open.'],
  ['uncategorised', 'Sites that no list knows', 'Unknown site', 'A site that no list knows is closed.'],
  ['crisis', 'Help in a crisis', 'Help in a crisis', 'help.test, always'],
  ['testing', 'Tests and applications', 'Tests and applications', 'exam.test, always'],
  ['closed-now', 'Closed now', 'Closed for now', 'Somebody in charge closed this site'],
  ['override', 'Opened for a while', 'Opened for a while', 'Somebody in charge opened this place'],
  ['older', 'older (not in this policy)', null, 'This policy has no rule `older`: another version had it.'],
])('%s', (id, title, publicTitle, sentence) => {
  expect(policy).not.toBeNull();
  const words = ruleOf(policy, id);
  expect(words).toMatchObject({ title, publicTitle });
  expect(words.sentence).toContain(sentence);
});

test('of a policy that cannot be read any more, what somebody in charge did is known, and the rest is said not to be', () => {
  expect(ruleOf(null, 'closed-now').title).toBe('Closed now');
  expect(ruleOf(null, 'games')).toMatchObject({ title: 'games', publicTitle: null });
  expect(ruleOf(null, 'games').sentence).toContain('cannot be read any more');
});
