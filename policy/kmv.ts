/**
 * How many different people, from numbers that stand for them: the least numbers are kept (k minimum values). Exact up to
 * as many as are kept, an estimate beyond, never more than there were below it, and the same however parts of it are put together. The
 * numbers are hashes under a key that is forgotten with the hour, so that none leads back to anybody.
 */

/** Exact up to this many. */
export const kept = 32;
const range = 2 ** 32;

/** Ascending, each once, at most {@link kept}. Numbers are whole, from 0 to below 2³². */
export type Sketch = number[];

/** @returns whether it changed */
export function addTo(sketch: Sketch, value: number): boolean {
  let at = sketch.length;
  if (at === kept && value >= (sketch[at - 1] ?? 0)) return false;
  while (at > 0 && (sketch[at - 1] ?? 0) > value) at -= 1;
  if (at > 0 && sketch[at - 1] === value) return false;
  sketch.splice(at, 0, value);
  if (sketch.length > kept) sketch.pop();
  return true;
}

export function merge(into: Sketch, other: readonly number[]): void {
  for (const value of other)
    if (!addTo(into, value) && into.length === kept && value >= (into[kept - 1] ?? 0)) return;
}

/** How many different numbers were added. */
export function countIn(sketch: readonly number[]): number {
  if (sketch.length < kept) return sketch.length;
  return Math.max(kept, Math.floor(((kept - 1) * range) / ((sketch[kept - 1] ?? 0) + 1)));
}
