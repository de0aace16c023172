/** What is put over the policy for a while. */
import { describe, expect, test } from 'vitest';
import { decide } from '../../policy/decide.ts';
import { emergencyAt, emergencyEnd, noEmergency } from '../../policy/emergency.ts';
import type { Emergency } from '../../policy/emergency.ts';
import { explain } from '../../policy/explain.ts';
import { requestFacts } from '../../policy/facts.ts';
import type { RequestFacts } from '../../policy/request.ts';
import { image } from './compile/fixture.ts';

const policy = `
hallpass: 1
title: T
timeZone: UTC
audiences: { staff: { title: Staff, groups: [staff], voice: staff } }
categories: { crisis: { title: C }, adult: { title: A } }
lists: { help: { category: crisis, hosts: [help.test] }, adult: { category: adult, hosts: [adult.test] } }
crisis: { categories: [crisis] }
locked: [{ id: adult, title: A, publicTitle: A, noClause: x, match: { categories: [adult] }, action: block }]
rules: [{ id: games, title: G, publicTitle: G, noClause: x, match: { hosts: [games.test] }, action: block }]
default: { action: block, publicTitle: D, noClause: x }
`;
const base = image(policy);
const get = (host: string): RequestFacts => {
  const read = requestFacts({
    scheme: 'http',
    rawHost: host,
    port: 80,
    method: 'GET',
    rawPath: '/',
    rawQuery: '',
  });
  if (!read.ok) throw new Error(read.code);
  return read.facts;
};
const nobody = { ip: '10.0.0.1', identity: 'unidentified' } as const;
const floor: Emergency = { floorOnly: { id: 'f', began: 0, until: 100 }, closed: [] };
const closed: Emergency = { floorOnly: null, closed: [{ id: 'c', host: 'bad.test', until: 100 }] };
const decided = (emergency: Emergency, host: string) => {
  const { action, rule, tier } = decide(base.under(emergency), get(host), nobody, [], 0);
  return `${action} ${tier} ${rule}`;
};

describe('with floor-only', () => {
  test.each([
    ['adult.test', 'block locked adult'],
    ['games.test', 'allow default default'],
    ['other.test', 'allow default default'],
    ['help.test', 'allow crisis crisis'],
  ])('%s: %s', (host, wanted) => {
    expect(decided(floor, host)).toBe(wanted);
  });

  test('the trace says so', () => {
    const { trace } = explain(base.under(floor), get('games.test'), nobody, [], 0);
    expect(trace.at(-1)?.reason).toContain('only the locked rules hold for now');
  });
});

describe('with a host closed now', () => {
  test.each([
    ['bad.test', 'block locked closed-now'],
    ['deep.www.bad.test', 'block locked closed-now'],
    ['notbad.test', 'block default default'],
    ['games.test', 'block ordered games'],
    ['adult.test', 'block locked adult'],
  ])('%s: %s', (host, wanted) => {
    expect(decided(closed, host)).toBe(wanted);
  });

  test('help in a crisis stays open', () => {
    const attempt = { ...closed, closed: [{ id: 'c', host: 'help.test', until: null }] };
    expect(decided(attempt, 'help.test')).toBe('allow crisis crisis');
  });

  test('the rule can be shown, and the trace says so', () => {
    const under = base.under(closed);
    expect(under.ruleInfo('closed-now')).toMatchObject({ tier: 'locked', clause: null, action: 'block' });
    const { trace } = explain(under, get('bad.test'), nobody, [], 0);
    expect(trace).toMatchObject([{ rule: 'closed-now', outcome: 'matched' }]);
    expect(trace[0]?.reason).toContain('somebody in charge has closed this site');
  });
});

test('what may be said of a rule is known while it is set aside, and of an emergency when it is over', () => {
  expect(base.under(floor).ruleInfo('games')).toEqual(base.ruleInfo('games'));
  expect(base.ruleInfo('closed-now')).toEqual(base.under(closed).ruleInfo('closed-now'));
});

test('the image without it is as it was, and keeps its name', () => {
  expect(base.under(noEmergency)).toBe(base);
  const under = base.under(floor);
  expect(under.under(noEmergency).rules).toHaveLength(base.rules.length);
  expect(under.id).toBe(base.id);
  expect(decided(noEmergency, 'games.test')).toBe('block ordered games');
});

test('each part ends by its own time', () => {
  const both: Emergency = { ...closed, floorOnly: { id: 'f', began: 0, until: 50 } };
  expect(emergencyAt(both, 49)).toEqual(both);
  expect(emergencyAt(both, 50)).toEqual(closed);
  expect(emergencyAt(both, 100)).toBe(noEmergency);
  expect([emergencyEnd(both, 0), emergencyEnd(both, 50), emergencyEnd(both, 100)]).toEqual([
    50,
    100,
    Infinity,
  ]);
  const approved = { floorOnly: null, closed: [{ id: 'c', host: 'bad.test', until: null }] };
  expect(emergencyAt(approved, 1e15)).toEqual(approved);
  expect(emergencyEnd(approved, 0)).toBe(Infinity);
});

test('a clock that is set back does not make floor-only last, and opens no closed host', () => {
  const [began, until, minute] = [86_400_000, 86_400_000 + 50, 60_000];
  const both: Emergency = {
    floorOnly: { id: 'f', began, until },
    closed: [{ id: 'c', host: 'bad.test', until }],
  };
  expect(emergencyAt(both, began)).toEqual(both);
  expect(emergencyAt(both, began - minute)).toEqual(both);
  expect(emergencyAt(both, began - minute - 1)).toEqual({ ...both, floorOnly: null });
});
