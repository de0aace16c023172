import { describe, expect, test } from 'vitest';
import { acceptHeld, lossesOf, sift } from '../../../control/lists/shrink.ts';

const version = (entries: number, digest = `d${String(entries)}`) => ({
  digest,
  entries,
  bytes: entries,
  at: 1,
});
const sifted = (before: number, came: number | null, shrink = 0.2, accept = false) =>
  sift({ a: version(before) }, came === null ? {} : { a: version(came) }, shrink, accept);

describe('a list may lose', () => {
  test.each([
    [100, 80, 0.2],
    [100, 500, 0.2],
    [0, 0, 0.2],
    [10, 10, 0],
    [10, 0, 1],
  ])('%i entries → %i where a share of %d may go', (before, came, shrink) => {
    expect(sifted(before, came, shrink)).toMatchObject({
      lists: { a: { entries: came } },
      held: {},
      losses: [],
    });
  });

  test.each([
    [100, 79, 0.2],
    [10, 9, 0],
    [1, 0, 0.2],
  ])('but not %i → %i where a share of %d may go', (before, came, shrink) => {
    expect(sifted(before, came, shrink)).toMatchObject({
      lists: { a: { entries: before } },
      held: { a: { entries: came } },
      losses: [{ list: 'a', from: before, to: came }],
    });
  });

  test('itself only by a yes', () => {
    const gone = sifted(5, null);
    expect(gone).toMatchObject({ lists: { a: { entries: 5 } }, held: { a: null } });
    expect(lossesOf(gone)).toEqual([{ list: 'a', from: 5, to: 0 }]);
    expect(acceptHeld(gone)).toEqual({});
    expect(sifted(5, null, 0.2, true)).toMatchObject({ lists: {}, held: {} });
    expect(sifted(0, null)).toMatchObject({ lists: {}, held: {} });
  });
});

test('a list that is the same keeps when it came', () => {
  const { lists } = sift({ a: version(3, 'x') }, { a: { ...version(3, 'x'), at: 99 } }, 0.2, false);
  expect(lists['a']?.at).toBe(1);
});
