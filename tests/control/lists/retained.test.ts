import { describe, expect, test } from 'vitest';
import { neededSince, settling, successions } from '../../../control/lists/retained.ts';

/** The last first, as the repository gives them. */
const published = [
  { at: 40, lists: { a: 'a3', b: 'b2' } },
  { at: 30, lists: { a: 'a2', b: 'b2' } },
  { at: 20, lists: { a: 'a2', b: 'b1' } },
  { at: 10, lists: { a: 'a1', b: 'b1' } },
];

describe('a list is needed', () => {
  test.each([
    [5, ['a3', 'b2', 'a2', 'b1', 'a1']],
    [15, ['a3', 'b2', 'a2', 'b1', 'a1']],
    [20, ['a3', 'b2', 'a2', 'b1']],
    [35, ['a3', 'b2', 'a2']],
    [50, ['a3', 'b2']],
  ])('for records since %i while an edition of that time had it', (since, digests) => {
    expect([...neededSince(published, since)].sort()).toEqual(digests.toSorted());
  });
});

describe('what took the place of what', () => {
  test('is told from the oldest on, so that each becomes a delta while the next is whole', () => {
    expect(successions(published, { a: 'a4', b: 'b2' })).toEqual([
      { older: 'a1', newer: 'a2' },
      { older: 'b1', newer: 'b2' },
      { older: 'a2', newer: 'a3' },
      { older: 'a3', newer: 'a4' },
    ]);
  });

  test('leaves out what is in force again, by whatever name', () => {
    expect(successions(published, { a: 'a1', c: 'b1' })).toEqual([
      { older: 'a2', newer: 'a3' },
      { older: 'a3', newer: 'a1' },
    ]);
  });
});

test('what is held back is needed, too', () => {
  const version = { digest: 'held', entries: 1, bytes: 1, at: 1 };
  const { needed } = settling([], [{ lists: {}, held: { a: version, b: null } }], 0);
  expect(needed).toEqual(['held']);
});
