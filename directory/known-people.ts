/** The people whom the directory has verified since the start, and the logins by which they came. */
import { LRUCache } from 'lru-cache';
import type { Person } from '../policy/subject.ts';
import type { PasswordMark } from './remembered.ts';

export interface KnownPerson {
  person: Person;
  /** The last password that the directory accepted; null once it no longer does. */
  mark: PasswordMark | null;
  /** Epoch milliseconds of the bind that accepted it. */
  verifiedAt: number;
  /** Epoch milliseconds at which entry and groups were last read. */
  refreshedAt: number;
  /** Epoch milliseconds of the last sign-in, from memory or not. */
  usedAt: number;
}

const mostPeople = 100_000;

export class KnownPeople {
  readonly #people = new LRUCache<string, KnownPerson>({ max: mostPeople });
  readonly #keys = new LRUCache<string, string>({ max: 2 * mostPeople });

  /** What limits and marks are kept by: the person's key as soon as the login is known to be theirs. */
  accountOf(login: string): string {
    return this.#keys.get(login) ?? `login:${login}`;
  }

  nameAs(login: string, key: string): void {
    this.#keys.set(login, key);
  }

  get(account: string): KnownPerson | undefined {
    return this.#people.get(account);
  }

  verified(person: Person, mark: PasswordMark, now: number): void {
    this.#people.set(person.key, { person, mark, verifiedAt: now, refreshedAt: now, usedAt: now });
  }

  forget(key: string): void {
    this.#people.delete(key);
  }

  get size(): number {
    return this.#people.size;
  }

  /** The keys of those not refreshed since a time, out of those used since another. Does not count as use. */
  due(refreshedBefore: number, usedSince: number): string[] {
    const keys: string[] = [];
    for (const [key, known] of this.#people.entries()) {
      if (known.refreshedAt <= refreshedBefore && known.usedAt >= usedSince) keys.push(key);
    }
    return keys;
  }
}
