import type { BlockRecord } from '../record.ts';

/** Records that wait in memory for the disk, oldest first. Bounded: what no longer fits is dropped and counted. */
export class Spool {
  readonly #limit: number;
  #records: BlockRecord[] = [];
  #dropped = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#records.length;
  }

  get dropped(): number {
    return this.#dropped;
  }

  add(records: readonly BlockRecord[]): void {
    const room = this.#limit - this.#records.length;
    for (const record of records.slice(0, room)) this.#records.push(record);
    this.#dropped += Math.max(0, records.length - room);
  }

  first(count: number): readonly BlockRecord[] {
    return this.#records.slice(0, count);
  }

  remove(count: number): void {
    this.#records = this.#records.slice(count);
  }

  dropAll(): void {
    this.#dropped += this.#records.length;
    this.#records = [];
  }
}
