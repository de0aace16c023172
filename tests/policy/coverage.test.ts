/** Whether the written policy and the rules cover each other. */
import { describe, expect, it } from 'vitest';
import { coverageOf } from '../../policy/coverage.ts';
import { parseAups } from '../../policy/model/parse-aup.ts';
import { parsePolicy } from '../../policy/model/parse.ts';
import { textOf } from '../rules/read.ts';

function starter() {
  const aup = parseAups([{ text: textOf('starter', 'aup.md'), file: 'aup.md' }]);
  const policy = parsePolicy(textOf('starter', 'policy.yaml'), 'policy.yaml');
  if (!aup.ok || !policy.ok) throw new Error('the starter does not parse');
  return { aup: aup.aup, policy: policy.value };
}
const { aup, policy } = starter();
const rules = [...policy.locked, ...policy.rules];

describe('the coverage of the starter policy', () => {
  const coverage = coverageOf(policy, aup, new Map([['games', 3]]));

  it('has each clause with the rules that stand on it, and those without', () => {
    const of = (id: string) => coverage.clauses.find((clause) => clause.id === id)?.rules;
    expect(of('shopping')).toEqual(['shopping-k-5', 'shopping-6-12']);
    expect(of('learning')).toEqual(['education', 'assistive', 'default']);
    expect(of('messages')).toEqual([]);
    expect(coverage.clauses).toHaveLength(aup.texts[0].clauses.length);
  });

  it('has the rules without a clause, and why', () => {
    expect(coverage.rulesWithoutClause.map(({ rule }) => rule)).toEqual(['no-sign-in']);
  });

  it('has the rules that never fired, and those of which nobody can tell', () => {
    expect(coverage.neverFired).toContain('gambling');
    expect(coverage.neverFired).not.toContain('games');
    expect(coverage.unrecorded).toEqual(expect.arrayContaining(['doh', 'education']));
    expect([...(coverage.neverFired ?? []), ...coverage.unrecorded, 'games'].sort()).toEqual(
      rules.map(({ id }) => id).sort(),
    );
    expect(coverageOf(policy, aup, null).neverFired).toBeNull();
  });

  it('has a clause for each topic that CIPA asks for', () => {
    expect(coverage.topics).toHaveLength(7);
    expect(coverage.topics.filter(({ clauses }) => clauses.length === 0)).toEqual([]);
    expect(coverage.topics.find(({ topic }) => topic === 'harmful-material')).toMatchObject({
      clauses: ['harmful'],
      rules: ['adult'],
    });
  });
});

it('a topic that no clause serves is told by its empty list', () => {
  const [text] = aup.texts;
  const silent = {
    texts: [{ ...text, clauses: text.clauses.filter(({ id }) => id !== 'teaching') }] as const,
  };
  expect(coverageOf(policy, silent, null).topics.at(-1)).toMatchObject({ topic: 'education', clauses: [] });
});

it('the Spanish text says the same topics', () => {
  const spanish = parseAups([{ text: textOf('starter', 'aup.es.md'), file: 'aup.es.md' }]);
  if (!spanish.ok) throw new Error('it does not parse');
  const topicsOf = (clauses: (typeof aup)['texts'][0]['clauses']) =>
    clauses.map(({ id, topics }) => [id, topics]);
  expect(topicsOf(spanish.aup.texts[0].clauses)).toEqual(topicsOf(aup.texts[0].clauses));
});
