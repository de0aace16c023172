/**
 * What has changed of the things that decisions rest on, counted, so that whoever decided a while ago can see whether to
 * decide again: editions, schedule boundaries, accounts that are gone.
 */
import { LRUCache } from 'lru-cache';

/** Accounts remembered as gone; a sign-in under way takes seconds, and a term ends for a few thousand at once. */
const maxGone = 50_000;

export class Changes {
  #revision = 0;
  readonly #gone = new LRUCache<string, number>({ max: maxGone });

  /** Grows with every change. */
  get revision(): number {
    return this.#revision;
  }

  /** An edition was published, or a schedule opened or closed. */
  rules(): void {
    this.#revision++;
  }

  /** Accounts were disabled or removed, by {@link Person.key}. */
  accountsGone(keys: Iterable<string>): void {
    this.#revision++;
    for (const key of keys) this.#gone.set(key, this.#revision);
  }

  /** Whether the account went after `revision`. */
  goneSince(key: string, revision: number): boolean {
    return (this.#gone.get(key) ?? 0) > revision;
  }
}
