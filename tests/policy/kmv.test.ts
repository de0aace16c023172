/** How many different people. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addTo, countIn, kept, merge } from '../../policy/kmv.ts';
import type { Sketch } from '../../policy/kmv.ts';

const value = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const sketchOf = (values: readonly number[]): Sketch => {
  const sketch: Sketch = [];
  for (const each of values) addTo(sketch, each);
  return sketch;
};

describe('a sketch', () => {
  it('is exact below what it keeps, in whatever order and however often they come', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: kept - 1 }), (values) => {
        expect(countIn(sketchOf([...values, ...values.toReversed()]))).toBe(new Set(values).size);
      }),
    );
  });

  it('is the same however its parts are put together', () => {
    fc.assert(
      fc.property(fc.array(fc.array(value, { maxLength: 100 }), { maxLength: 5 }), (parts) => {
        const together: Sketch = [];
        for (const part of parts) merge(together, sketchOf(part));
        expect(together).toEqual(sketchOf(parts.flat()));
      }),
    );
  });

  it('keeps a few numbers, and estimates beyond', () => {
    const values = Array.from({ length: 10_000 }, (_, i) => Math.imul(i + 1, 2_654_435_761) >>> 0);
    const sketch = sketchOf(values);
    expect(sketch).toHaveLength(kept);
    expect(countIn(sketch)).toBeGreaterThan(3_000);
    expect(countIn(sketch)).toBeLessThan(30_000);
  });
});
