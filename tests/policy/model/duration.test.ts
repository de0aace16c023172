import { describe, expect, it } from 'vitest';
import { duration, durationBetween, formatDuration } from '../../../policy/model/duration.ts';

describe('a duration', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['12h', 43_200_000],
    ['90d', 7_776_000_000],
    ['0ms', 0],
    ['1500ms', 1_500],
  ])('%s is %i milliseconds, and is written so again', (text, ms) => {
    expect(duration.parse(text)).toBe(ms);
    expect(duration.parse(formatDuration(ms))).toBe(ms);
  });

  it('is a number of milliseconds too', () => expect(duration.parse(250)).toBe(250));

  it.each(['', 's', '30', '30 s', '-5s', '1.5h', '5w', '5M', -1, 0.5])('is not %j', (value) =>
    expect(duration.safeParse(value).success).toBe(false),
  );

  it('has bounds, and says them as people write them', () => {
    const bounded = durationBetween(1_000, 300_000);
    expect(bounded.parse('1s')).toBe(1_000);
    expect(bounded.safeParse('999ms').error?.issues).toMatchObject([{ message: 'at least 1s' }]);
    expect(bounded.safeParse('6m').error?.issues).toMatchObject([{ message: 'at most 5m' }]);
  });

  it.each([
    [0, '0ms'],
    [90_000, '90s'],
    [86_400_000, '1d'],
  ])('of %i milliseconds is written %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
});
