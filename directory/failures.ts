/**
 * Limits of failed sign-ins. Per account first: after so many distinct wrong passwords it is refused without a bind, so
 * that guessing through Hallpass locks nobody out of the directory. Per address only by the number of distinct failing
 * accounts, since thirty children share one: it stops one password being tried on everybody, and spares accounts that
 * have signed in from that address before. All state is bounded; the least recently touched is forgotten first.
 */
import { LRUCache } from 'lru-cache';
import type { PasswordMark } from './remembered.ts';

export interface FailureLimits {
  /** Milliseconds. */
  readonly window: number;
  readonly passwordsPerAccount: number;
  readonly accountsPerAddress: number;
}

interface Count {
  readonly until: number;
  readonly distinct: Set<string>;
}

const mostCounted = 50_000;

export class Failures {
  readonly #limits: FailureLimits;
  readonly #accounts = new LRUCache<string, Count>({ max: mostCounted });
  readonly #addresses = new LRUCache<string, Count>({ max: mostCounted });
  readonly #atHome = new LRUCache<string, true>({ max: mostCounted });

  constructor(limits: FailureLimits) {
    this.#limits = limits;
  }

  /** Milliseconds until the account may try another password; 0 when it may now. */
  accountWait(account: string, now: number): number {
    return waitOf(this.#accounts.get(account), this.#limits.passwordsPerAccount, now);
  }

  /** Milliseconds until this account may try from this address; 0 when it may now. */
  addressWait(ip: string, account: string, now: number): number {
    const wait = waitOf(this.#addresses.get(ip), this.#limits.accountsPerAddress, now);
    return wait > 0 && this.#atHome.has(`${ip} ${account}`) ? 0 : wait;
  }

  failed(account: string, mark: PasswordMark, ip: string, now: number): void {
    this.#count(this.#accounts, account, mark, this.#limits.passwordsPerAccount, now);
    this.#count(this.#addresses, ip, account, this.#limits.accountsPerAddress, now);
  }

  succeeded(account: string, ip: string): void {
    this.#accounts.delete(account);
    this.#atHome.set(`${ip} ${account}`, true);
  }

  #count(counts: LRUCache<string, Count>, key: string, value: string, most: number, now: number): void {
    let count = counts.get(key);
    if (count === undefined || count.until <= now) {
      count = { until: now + this.#limits.window, distinct: new Set() };
      counts.set(key, count);
    }
    if (count.distinct.size < most) count.distinct.add(value);
  }
}

const waitOf = (count: Count | undefined, most: number, now: number): number =>
  count !== undefined && count.until > now && count.distinct.size >= most ? count.until - now : 0;
