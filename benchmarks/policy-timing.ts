/** Time per call, of requests that have just arrived: made in batches beforehand, so that their own text is at hand. */

export interface Timing {
  /** Calls a second, of the median batch. */
  readonly rate: number;
  /** Of single calls, in µs, the clock's own time taken off. */
  readonly p50: number;
  readonly p99: number;
}

const BATCH = 500;
/** In one batch of so many each call is timed by itself. */
const SINGLE = 8;

/** @param make the thing to be decided, by number; `call` is what is timed */
export function time<T>(count: number, make: (number: number) => T, call: (thing: T) => void): Timing {
  const batches: number[] = [];
  const singles: number[] = [];
  for (let at = 0; at < count; at += BATCH) {
    const things = Array.from({ length: Math.min(BATCH, count - at) }, (_, i) => make(at + i));
    if ((at / BATCH) % SINGLE === SINGLE - 1) {
      for (const thing of things) {
        const begin = performance.now();
        call(thing);
        singles.push(performance.now() - begin);
      }
      continue;
    }
    const begin = performance.now();
    for (const thing of things) call(thing);
    batches.push((performance.now() - begin) / things.length);
  }
  const clock = quantile(
    Array.from({ length: 10_000 }, () => {
      const begin = performance.now();
      return performance.now() - begin;
    }),
    0.5,
  );
  // The first batches only warm the compiler.
  const warm = batches.slice(Math.floor(batches.length / 5));
  const later = singles.slice(Math.floor(singles.length / 5));
  return {
    rate: 1_000 / quantile(warm, 0.5),
    p50: Math.max(0, quantile(later, 0.5) - clock) * 1_000,
    p99: Math.max(0, quantile(later, 0.99) - clock) * 1_000,
  };
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
