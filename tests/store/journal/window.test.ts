import { describe, expect, it } from 'vitest';
import { RepeatWindow, sameness, windowLength } from '../../../store/journal/window.ts';

describe('the window of repeats', () => {
  it('forgets what is older than two minutes', () => {
    const window = new RepeatWindow();
    for (let n = 0; n < 1_000; n += 1)
      window.open(`key ${String(n)}`, { seq: n, id: String(n), at: n * 1_000 });
    expect(window.size).toBe((2 * windowLength) / 1_000 + 1);
    expect(window.find('key 999', 999_500)).toMatchObject({ seq: 999 });
    expect(window.find('key 1', 999_500)).toBe(undefined);
  });

  it('finds a record whose repeat was stamped a little earlier by another thread', () => {
    const window = new RepeatWindow();
    window.open('key', { seq: 1, id: 'a', at: 5_000 });
    expect(window.find('key', 4_990)).toMatchObject({ id: 'a' });
  });

  it('never takes an address for a person', () => {
    expect(sameness({ person: 'x', ip: 'y', rule: 'r', host: 'h', grants: null })).not.toBe(
      sameness({ person: null, ip: 'x', rule: 'r', host: 'h', grants: null }),
    );
  });
});
