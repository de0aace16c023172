/** What the portal is told of the house. */
import { expect, test } from 'vitest';
import { aupVersions, earlierRule } from '../../control/portal.ts';
import type { PolicyVersion, Publication } from '../../store/repository/repository.ts';
import { aup, policy } from '../proxy/harness.ts';

/** @param texts of each publication, the first first, one a millisecond */
const versionsOf = (...texts: readonly string[]) =>
  aupVersions({
    listPublications: async () =>
      texts.map((aupVersion, at) => ({ aupVersion, at }) as Publication).reverse(),
  });

test('a text is in force until the next one is, whatever else is published meanwhile', async () => {
  expect(await versionsOf('a', 'a', 'b', 'b', 'c')).toEqual([
    { id: 'c', since: 4, until: null },
    { id: 'b', since: 2, until: 4 },
    { id: 'a', since: 0, until: 2 },
  ]);
});

test('a text that came back counts as it was last, and ends nobody else’s time', async () => {
  expect(await versionsOf('a', 'b', 'c', 'b')).toEqual([
    { id: 'b', since: 3, until: null },
    { id: 'c', since: 2, until: 3 },
    { id: 'a', since: 0, until: 1 },
  ]);
});

test('what an earlier policy says of a rule is read from what is stored of it', async () => {
  const sensitive = policy
    .replace('bad: { title: Closed to all }', 'bad: { title: Closed to all, sensitive: true }')
    .replace(
      'clause: school-use\n',
      'clause: school-use\n    publicRule: network\n    publicClause: games\n',
    );
  const stored = { documents: { policy: sensitive, aup: [aup] } } as unknown as PolicyVersion;
  const repository = { policyVersion: async (id: string) => (id === 'p-then' ? stored : null) };
  const closed = await earlierRule(repository, 'p-then', 'closed');
  expect(closed).toMatchObject({
    publicTitle: 'This is closed',
    publicClause: 'games',
    sensitive: true,
  });
  expect(await earlierRule(repository, 'p-then', 'warned')).toMatchObject({
    sensitive: false,
    continue: null,
  });
  expect(await earlierRule(repository, 'p-then', 'nothing')).toBeNull();
  expect(await earlierRule(repository, 'p-gone', 'closed')).toBeNull();
});
