/**
 * Counts of failed sign-ins. Per account first: after so many distinct wrong passwords it is refused without a bind, so
 * that guessing through Hallpass locks nobody out of the directory. Per address only by the number of distinct failing
 * accounts, since thirty children share one; from then on the address counts as crowded, and pace.ts measures what it may
 * still try. All state is bounded; the least recently touched is forgotten first.
 */
import { LRUCache } from 'lru-cache';
import type { PasswordMark } from './remembered.ts';

export interface FailureLimits {
  /** Milliseconds. */
  readonly window: number;
  readonly passwordsPerAccount: number;
  readonly accountsPerAddress: number;
}

export class Failures {
  readonly #accounts: Counts;
  /** Logins that nobody has, apart from the accounts: inventing names must not push an account's count out of memory. */
  readonly #strangers: Counts;
  readonly #addresses: Counts;

  constructor({ window, passwordsPerAccount, accountsPerAddress }: FailureLimits) {
    this.#accounts = new Counts(window, passwordsPerAccount);
    this.#strangers = new Counts(window, passwordsPerAccount);
    this.#addresses = new Counts(window, accountsPerAddress);
  }

  /** Milliseconds until the account may try another password; 0 when it may now. */
  accountWait(account: string, now: number): number {
    return Math.max(this.#accounts.wait(account, now), this.#strangers.wait(account, now));
  }

  /** Whether the account has a wrong password to its name. */
  hasFailed(account: string, now: number): boolean {
    return this.#accounts.has(account, now) || this.#strangers.has(account, now);
  }

  /** Whether too many accounts have failed at the address. */
  isCrowded(ip: string, now: number): boolean {
    return this.#addresses.wait(ip, now) > 0;
  }

  /** A wrong password of an account. @returns whether it was the one that made the address crowded */
  failed(account: string, mark: PasswordMark, ip: string, now: number): boolean {
    this.#accounts.add(account, mark, now);
    return this.#addresses.add(ip, account, now);
  }

  /**
   * A password for a login that nobody has. It is limited like an account, so that the limit does not tell which logins
   * there are, and counts against no address: inventing names endangers nobody's password.
   */
  unknown(account: string, mark: PasswordMark, now: number): void {
    this.#strangers.add(account, mark, now);
  }

  succeeded(account: string): void {
    this.#accounts.delete(account);
  }
}

interface Count {
  readonly until: number;
  readonly distinct: Set<string>;
}

const mostCounted = 50_000;

/** Distinct values by key, up to `most`, each key within a window of its own that its first value opens. */
class Counts {
  readonly #window: number;
  readonly #most: number;
  readonly #counts = new LRUCache<string, Count>({ max: mostCounted });

  constructor(window: number, most: number) {
    this.#window = window;
    this.#most = most;
  }

  /** @returns whether `most` was reached by it */
  add(key: string, value: string, now: number): boolean {
    let count = this.#current(key, now);
    if (count === undefined) {
      count = { until: now + this.#window, distinct: new Set() };
      this.#counts.set(key, count);
    }
    if (count.distinct.size >= this.#most || count.distinct.has(value)) return false;
    count.distinct.add(value);
    return count.distinct.size === this.#most;
  }

  /** Milliseconds until the window of a key with `most` values ends; 0 for any other. */
  wait(key: string, now: number): number {
    const count = this.#current(key, now);
    return count !== undefined && count.distinct.size >= this.#most ? count.until - now : 0;
  }

  has(key: string, now: number): boolean {
    return this.#current(key, now) !== undefined;
  }

  delete(key: string): void {
    this.#counts.delete(key);
  }

  #current(key: string, now: number): Count | undefined {
    const count = this.#counts.get(key);
    return count !== undefined && count.until > now ? count : undefined;
  }
}
