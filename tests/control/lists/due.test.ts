import { describe, expect, test } from 'vitest';
import { dueAt, staleAfter } from '../../../control/lists/due.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const every = { kind: 'every', every: day } as const;
/** By the clock of this machine, wherever it is. */
const local = (date: number, hours: number, minutes = 0): number =>
  new Date(2026, 8, date, hours, minutes).getTime();
const failed = (count: number) => ({ code: 'source-status', message: '', since: 0, count });

describe('a source is looked at', () => {
  test('at once when it never was, and as often as its schedule says', () => {
    expect(dueAt(every, { checkedAt: null, failure: null })).toBe(0);
    expect(dueAt(every, { checkedAt: 5, failure: null })).toBe(5 + day);
    expect(dueAt({ kind: 'never' }, { checkedAt: null, failure: null })).toBeNull();
  });

  test('at its time of day, today or tomorrow', () => {
    const at = { kind: 'at', minutes: 3 * 60 + 30 } as const;
    expect(dueAt(at, { checkedAt: local(1, 2), failure: null })).toBe(local(1, 3, 30));
    expect(dueAt(at, { checkedAt: local(1, 3, 30), failure: null })).toBe(local(2, 3, 30));
    expect(dueAt(at, { checkedAt: local(1, 22), failure: null })).toBe(local(2, 3, 30));
  });

  test('soon after a failure, then ever later, and no later than regularly', () => {
    const due = (count: number) => dueAt(every, { checkedAt: 0, failure: failed(count) });
    expect([due(1), due(2), due(3), due(20)]).toEqual([5 * minute, 10 * minute, 20 * minute, 1_280 * minute]);
    const hourly = { kind: 'every', every: hour } as const;
    expect(dueAt(hourly, { checkedAt: 0, failure: failed(9) })).toBe(hour);
  });
});

test('it is stale when three of its times have passed, and at least a day', () => {
  expect(staleAfter(every)).toBe(3 * day);
  expect(staleAfter({ kind: 'every', every: 5 * minute })).toBe(day);
  expect(staleAfter({ kind: 'at', minutes: 0 })).toBe(3 * day);
  expect(staleAfter({ kind: 'never' })).toBe(Infinity);
});
