/** What the portal is told of the house. */
import { expect, test } from 'vitest';
import { aupVersions } from '../../control/portal.ts';
import type { Publication } from '../../store/repository/repository.ts';

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
