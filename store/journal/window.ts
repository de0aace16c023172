import type { BlockRecord } from '../record.ts';

/** How long after a record its repeats count towards it. */
export const windowLength = 60_000;

/** Records that a window remembers at most; beyond it the oldest is forgotten, and its next repeat is a new record. */
const capacity = 200_000;

/** A record that repeats may count towards. */
export interface FirstRecord {
  readonly seq: number;
  readonly id: string;
  readonly at: number;
}

/** What makes two requests the same: who (or, when nobody is signed in, where), rule and host. */
export function sameness(who: { person: string | null; ip: string }, rule: string, host: string): string {
  return `${who.person === null ? `ip ${who.ip}` : `person ${who.person}`}\0${rule}\0${host}`;
}

export function samenessOf(record: BlockRecord): string {
  const { person, ip, rule, host } = record;
  return sameness({ person: person?.key ?? null, ip }, rule, host);
}

/** The latest record of each sameness within the last minute. Insertion order of the map is the order of time. */
export class RepeatWindow {
  readonly #latest = new Map<string, FirstRecord>();

  /** The record that one made `at` repeats. Threads stamp their own records, so that a repeat may be stamped earlier. */
  find(key: string, at: number): FirstRecord | undefined {
    const first = this.#latest.get(key);
    return first !== undefined && Math.abs(at - first.at) <= windowLength ? first : undefined;
  }

  open(key: string, first: FirstRecord): void {
    this.#latest.delete(key);
    this.#latest.set(key, first);
    // Twice the length, for threads whose stamps are out of order.
    this.#forget(first.at - 2 * windowLength);
  }

  #forget(before: number): void {
    for (const [key, { at }] of this.#latest) {
      if (at >= before && this.#latest.size <= capacity) return;
      this.#latest.delete(key);
    }
  }

  get size(): number {
    return this.#latest.size;
  }
}
