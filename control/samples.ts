/**
 * The sample of decisions, put together from all proxy threads hour by hour. An hour stays in memory until it is over; then
 * its cells of at least five people are written, and everything else of it is forgotten.
 */
import { addTo, countIn, merge } from '../policy/kmv.ts';
import type { Sketch } from '../policy/kmv.ts';
import { bucketOf } from '../policy/sample.ts';
import type { CellKey, SampleCell } from '../policy/sample.ts';
import type { SampledCell } from '../proxy/protocol.ts';
import type { SampleStore } from '../store/sample/sample.ts';

export interface SamplesParts {
  readonly store: Pick<SampleStore, 'add' | 'purge'>;
  readonly onError: (error: unknown) => void;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
/** What a thread tells last of an hour comes within this time. */
const grace = 2 * minute;
const keptFor = 14 * day;
/** Cells in memory; where there are more, the one that was met longest ago is lost. */
const mostOpen = 30_000;
/** Cells of one hour that are written, the most frequent: 1.3 million in 14 days. */
const mostWritten = 4_000;
/** In one transaction, so that no sign-in waits longer than some milliseconds. */
const slice = 250;

interface Open {
  readonly key: CellKey;
  count: number;
  readonly people: Sketch;
}

export class Samples {
  readonly #parts: SamplesParts;
  readonly #now: () => number;
  readonly #hours = new Map<number, Map<string, Open>>();
  #turn: Promise<void> = Promise.resolve();

  constructor(parts: SamplesParts) {
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
  }

  /** @returns a function that ends it */
  start(): () => void {
    const timer = setInterval(() => void this.close(), minute);
    timer.unref();
    return () => clearInterval(timer);
  }

  /** @param at epoch milliseconds at which the hour began */
  sampled(at: number, cells: readonly SampledCell[]): void {
    let open = this.#hours.get(at);
    if (open === undefined) this.#hours.set(at, (open = new Map<string, Open>()));
    for (const { count, people, ...key } of cells) {
      const text = JSON.stringify(key);
      const known = open.get(text);
      if (known === undefined) {
        if (open.size >= mostOpen) dropOldest(open);
        const sketch: Sketch = [];
        for (const value of people) addTo(sketch, value);
        open.set(text, { key, count, people: sketch });
        continue;
      }
      open.delete(text);
      known.count += count;
      merge(known.people, people);
      open.set(text, known);
    }
  }

  /** Writes the hours that are over; all of them at the end. Resolves when they are on disk. */
  close(all = false): Promise<void> {
    const over = [...this.#hours].filter(([at]) => all || this.#now() >= at + hour + grace);
    for (const [at] of over) this.#hours.delete(at);
    if (over.length === 0) return this.#turn;
    this.#turn = this.#turn
      .then(async () => {
        for (const [at, open] of over) await this.#write(at, open, all);
        if (!all) await this.#purge();
      })
      .catch(this.#parts.onError);
    return this.#turn;
  }

  async #write(at: number, open: ReadonlyMap<string, Open>, atOnce: boolean): Promise<void> {
    const cells = cellsOf(at, open);
    for (let i = 0; i < cells.length; i += slice) {
      this.#parts.store.add(cells.slice(i, i + slice));
      if (!atOnce) await new Promise(setImmediate);
    }
  }

  async #purge(): Promise<void> {
    while (this.#parts.store.purge(this.#now() - keptFor, slice) === slice) await new Promise(setImmediate);
  }
}

function dropOldest(open: Map<string, Open>): void {
  const [oldest] = open.keys();
  if (oldest !== undefined) open.delete(oldest);
}

/** What of an hour may be kept. */
function cellsOf(at: number, open: ReadonlyMap<string, Open>): readonly SampleCell[] {
  const cells = [...open.values()].flatMap(({ key, count, people }) => {
    const bucket = bucketOf(countIn(people));
    return bucket === null ? [] : [{ ...key, at, count, people: bucket }];
  });
  return cells.sort((a, b) => b.count - a.count).slice(0, mostWritten);
}
