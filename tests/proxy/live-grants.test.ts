import { expect, test } from 'vitest';
import type { ContinueGrant, SharedGrant } from '../../policy/decision.ts';
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

const override = (id: string, expires = 10_000): SharedGrant => ({
  ...{ id, kind: 'override', subject: 'g-7', subjectKind: 'group', host: 'games.test', path: null, expires },
});
const research: SharedGrant = { id: 'r', kind: 'research', subject: 'tina', expires: 5_000 };

test('what is shared is there for everybody, research not for who is not known', () => {
  const grants = new LiveGrants();
  grants.add(grant('a'), 0);
  expect(grants.share([override('o'), research], 0)).toBe(true);
  expect(grants.share([override('o'), research], 0)).toBe(false);
  expect([ids(grants, 'ann'), ids(grants, 'bob')]).toEqual([
    ['o', 'r', 'a'],
    ['o', 'r'],
  ]);
  expect(grants.of(null).map(({ id }) => id)).toEqual(['o']);
});

test('asking makes no new array, neither with shared ones nor without', () => {
  const grants = new LiveGrants();
  grants.add(grant('a'), 0);
  const same = (): boolean => [null, 'ann', 'bob'].every((person) => grants.of(person) === grants.of(person));
  expect(same()).toBe(true);
  expect(grants.of('bob')).toBe(grants.of(null));
  grants.share([override('o')], 0);
  expect(same()).toBe(true);
});

test('what takes their place, and an end, count at once for who was asked about before', () => {
  const grants = new LiveGrants();
  grants.add(grant('a'), 0);
  grants.share([override('o'), research], 0);
  expect([ids(grants), grants.sharedEnd]).toEqual([['o', 'r', 'a'], 5_000]);
  grants.dropShared(5_000);
  expect([ids(grants), grants.sharedEnd]).toEqual([['o', 'a'], 10_000]);
  grants.add(grant('b', { host: 'music.test' }), 0);
  expect(ids(grants)).toEqual(['o', 'a', 'b']);
  grants.share([], 0);
  expect([ids(grants), ids(grants, 'bob'), grants.sharedEnd]).toEqual([['a', 'b'], [], Infinity]);
  expect(grants.share([override('late', 100)], 100)).toBe(false);
});
