/** Times that threads measure and tell as lines on standard error, from where a bench reads them. */

/**
 * `acknowledged`: a proxy thread waits for its record. `committed`: the record thread writes a transaction; of that it
 * waits for a processor (`processor`) and sleeps until the disk is done (`disk`).
 */
export type What = 'acknowledged' | 'committed' | 'processor' | 'disk';

export interface Sample {
  readonly what: What;
  /** When it was over; epoch milliseconds. */
  readonly at: number;
  /** Milliseconds. */
  readonly took: number;
}

const [mark, every] = ['measured ', 1_000];

/** Once a second a line tells of what came since: no file, which would be a disk's work. */
export class Samples {
  #samples: Sample[] = [];

  constructor() {
    setInterval(() => this.#tell(), every).unref();
  }

  add(what: What, took: number): void {
    this.#samples.push({ what, at: Date.now(), took });
  }

  #tell(): void {
    if (this.#samples.length === 0) return;
    process.stderr.write(`${mark}${JSON.stringify(this.#samples)}\n`);
    this.#samples = [];
  }
}

/** Those of a time. Whoever asks has waited for {@link untilTold}. */
export function samplesIn(log: string, from: number, to: number): readonly Sample[] {
  const lines = log.split('\n').filter((line) => line.startsWith(mark));
  const all = lines.flatMap((line) => JSON.parse(line.slice(mark.length)) as Sample[]);
  return all.filter(({ at }) => at >= from && at <= to);
}

/** Milliseconds within which a sample is told. */
export const untilTold = every + 200;
