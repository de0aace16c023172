import { expect, test } from 'vitest';
import type { ContinueGrant } from '../../policy/decision.ts';
import { LiveGrants } from '../../proxy/live-grants.ts';

const grant = (id: string, more: Partial<ContinueGrant> = {}): ContinueGrant => ({
  ...{ id, kind: 'continue', subject: 'ann', rule: 'video', host: 'video.test', expires: 10_000 },
  ...more,
});
const ids = (grants: LiveGrants, person = 'ann') => grants.of(person).map(({ id }) => id);

test('a person has their own grants and nobody else’s', () => {
  const grants = new LiveGrants();
  grants.add(grant('a'), 0);
  grants.add(grant('b', { subject: 'bob' }), 0);
  expect([ids(grants), ids(grants, 'bob'), ids(grants, 'cy')]).toEqual([['a'], ['b'], []]);
});

test('a later grant takes the place of one for the same rule and host', () => {
  const grants = new LiveGrants();
  grants.add(grant('a'), 0);
  grants.add(grant('other-host', { host: 'music.test' }), 0);
  grants.add(grant('b', { expires: 20_000 }), 0);
  expect(ids(grants)).toEqual(['other-host', 'b']);
});

test('one that has ended already is not taken', () => {
  const grants = new LiveGrants();
  grants.add(grant('a'), 10_000);
  expect(ids(grants)).toEqual([]);
});

test('the sweep drops what has ended, and says whose it was, once', () => {
  const grants = new LiveGrants();
  grants.add(grant('short', { expires: 5_500 }), 0);
  grants.add(grant('long', { host: 'music.test', expires: 60_000 }), 0);
  grants.add(grant('bob', { subject: 'bob', expires: 60_000 }), 0);
  expect([...grants.sweep(5_400)]).toEqual([]);
  expect([...grants.sweep(5_499)]).toEqual([]);
  expect([...grants.sweep(6_000)]).toEqual(['ann']);
  expect([ids(grants), ids(grants, 'bob')]).toEqual([['long'], ['bob']]);
  expect([...grants.sweep(7_000)]).toEqual([]);
});

test('one person has at most 200, the newest', () => {
  const grants = new LiveGrants();
  for (let i = 0; i < 250; i += 1) grants.add(grant(`g${i}`, { host: `h${i}.test` }), 0);
  expect(ids(grants)).toHaveLength(200);
  expect(ids(grants).at(-1)).toBe('g249');
  expect(ids(grants)).not.toContain('g49');
});

test('whose account is gone has none', () => {
  const grants = new LiveGrants();
  grants.add(grant('a'), 0);
  grants.forget(['ann']);
  expect(ids(grants)).toEqual([]);
});
