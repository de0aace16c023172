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

export interface Attributes {
  /** Key. */
  readonly person: string | null;
  readonly ip: string;
  readonly rule: string;
  readonly host: string;
  /** As {@link grantsText} gives them. */
  readonly grants: string | null;
}

/** What makes two requests the same: who (or, when nobody is signed in, where), rule, host and the grants that they rest on. */
export function sameness({ person, ip, rule, host, grants }: Attributes): string {
  return `${person === null ? `ip ${ip}` : `person ${person}`}\0${rule}\0${host}\0${grants ?? ''}`;
}

export function samenessOf({ person, ip, rule, host, grants }: BlockRecord): string {
  return sameness({ person: person?.key ?? null, ip, rule, host, grants: grantsText(grants) });
}

/** As they are stored: hardly any record has some. */
export const grantsText = (grants: readonly string[]): string | null =>
  grants.length === 0 ? null : JSON.stringify(grants);

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
