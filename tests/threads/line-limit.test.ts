import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LineLimit } from '../../threads/line-limit.ts';

const lines: unknown[][] = [];
const log = { info: (fields: object, message: string) => void lines.push([fields, message]) };

beforeEach(() => {
  lines.length = 0;
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

const limit = (perSecond?: number) => new LineLimit(log, perSecond);
const told = (kind: string, leftOut: number) => [{ kind, leftOut }, 'lines of the log were left out'];

describe('lines that any client can cause', () => {
  it('are one a second of each kind', () => {
    const limited = limit();
    expect([limited.admits('a'), limited.admits('a'), limited.admits('b')]).toEqual([true, false, true]);
    vi.advanceTimersByTime(1_000);
    // The count was this second's line.
    expect(limited.admits('a')).toBe(false);
    expect(limited.admits('b')).toBe(true);
  });

  it('are as many as were asked for', () => {
    const limited = limit(3);
    expect([1, 2, 3, 4].map(() => limited.admits('a'))).toEqual([true, true, true, false]);
  });

  it('are counted where they are left out, also when the flood has ended', () => {
    const limited = limit();
    for (let i = 0; i < 1_000; i++) limited.admits('a');
    expect(lines).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(lines).toEqual([told('a', 999)]);
    vi.advanceTimersByTime(60_000);
    expect(lines).toHaveLength(1);
    expect(limited.admits('a')).toBe(true);
  });

  it('stay one line a second for as long as the flood lasts, and none is lost from the count', () => {
    const limited = limit();
    let written = 0;
    for (let ms = 0; ms < 10_000; ms += 10) {
      if (limited.admits('a')) written += 1;
      vi.advanceTimersByTime(10);
    }
    vi.advanceTimersByTime(1_000);
    expect(written + lines.length).toBeLessThanOrEqual(12);
    const counted = lines.reduce((sum, [fields]) => sum + (fields as { leftOut: number }).leftOut, 0);
    expect(written + counted).toBe(1_000);
  });
});
