import { describe, expect, it } from 'vitest';
import { TrustedClock } from '../../../store/journal/clock.ts';

const [hour, day] = [3_600_000, 86_400_000];
const now = Date.UTC(2026, 8, 1);

describe('the clock that says what is past retention', () => {
  it('is believed in a new journal, and as long as it runs like time itself', () => {
    const clock = new TrustedClock(null, now, 0);
    expect(clock.trusts(now, 0)).toBe(true);
    expect(clock.trusts(now + 3 * day, 3 * day)).toBe(true);
    expect(clock.trusts(now + 3 * day + hour, 3 * day + 1_000), 'daylight saving, a leap second').toBe(true);
  });

  it.each([
    ['forward', 2 * day],
    ['backward', -2 * day],
  ])('is not believed for six hours after a jump %s', (_, jump) => {
    const clock = new TrustedClock(null, now, 0);
    expect(clock.trusts(now + jump, 1_000)).toBe(false);
    expect(clock.trusts(now + jump + 5 * hour, 1_000 + 5 * hour)).toBe(false);
    expect(clock.trusts(now + jump + 6 * hour, 1_000 + 6 * hour)).toBe(true);
  });

  it('begins to wait anew when it is set right again', () => {
    const clock = new TrustedClock(null, now, 0);
    clock.trusts(now + 9 * day, 1_000);
    expect(clock.trusts(now + 5 * hour, 5 * hour)).toBe(false);
    expect(clock.trusts(now + 10 * hour, 10 * hour)).toBe(false);
    expect(clock.trusts(now + 11 * hour, 11 * hour)).toBe(true);
  });

  it('waits after a start that comes days later, or earlier, than the last stop', () => {
    expect(new TrustedClock(now - 12 * hour, now, 0).trusts(now, 0)).toBe(true);
    expect(new TrustedClock(now - 2 * day, now, 0).trusts(now, 0)).toBe(false);
    expect(new TrustedClock(now + 2 * day, now, 0).trusts(now, 0)).toBe(false);
  });
});
