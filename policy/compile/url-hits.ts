/** What an address is in, as far as its path and query say: filled by the URL index, owned by whoever asks. */
import { isExcept, targetOf } from './items.ts';

/** The hit is by another spelling of the address than the canonical one. What opens a place must not go by it. */
export const LOOSE = 0x8_0000;
/** Of rules of Adblock Plus: stronger than any exception. */
export const IMPORTANT = 0x10_0000;

const KEPT = 0x1f_ffff & ~0x3_0000;

export class UrlHits {
  /** How many places of the columns are filled; no (item, origin) stands twice. */
  count = 0;
  /** Target, exception, {@link LOOSE} and {@link IMPORTANT}; reach means nothing any more. */
  items = new Uint32Array(64);
  origins = new Uint32Array(64);
  /** What was matched, for `UrlIndex.textOf`. */
  sources = new Uint32Array(64);

  target(i: number): number {
    return targetOf(this.items[i] ?? 0);
  }

  /** The hit takes the target back, for the entries of the same origin. */
  isExcept(i: number): boolean {
    return isExcept(this.items[i] ?? 0);
  }

  isLoose(i: number): boolean {
    return ((this.items[i] ?? 0) & LOOSE) !== 0;
  }

  isImportant(i: number): boolean {
    return ((this.items[i] ?? 0) & IMPORTANT) !== 0;
  }

  clear(): void {
    this.count = 0;
  }

  /** For the index: the same again changes nothing, nor does a loose hit beside a strict one. */
  add(item: number, origin: number, source: number): void {
    const kept = item & KEPT;
    for (let i = 0; i < this.count; i++)
      if (this.origins[i] === origin && (this.items[i] === kept || this.items[i] === (kept & ~LOOSE))) return;
    if (this.count === this.items.length) this.#grow();
    const i = this.count++;
    this.items[i] = kept;
    this.origins[i] = origin;
    this.sources[i] = source;
  }

  #grow(): void {
    for (const name of ['items', 'origins', 'sources'] as const) {
      const larger = new Uint32Array(2 * this.count);
      larger.set(this[name]);
      this[name] = larger;
    }
  }
}

/** The targets that could come if the path and query were known. */
export class PossibleTargets {
  count = 0;
  targets = new Uint32Array(64);

  clear(): void {
    this.count = 0;
  }

  add(target: number): void {
    for (let i = 0; i < this.count; i++) if (this.targets[i] === target) return;
    if (this.count === this.targets.length) {
      const larger = new Uint32Array(2 * this.count);
      larger.set(this.targets);
      this.targets = larger;
    }
    this.targets[this.count++] = target;
  }
}
