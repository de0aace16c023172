/**
 * Counts of failed sign-ins. Per account and address first: after so many distinct wrong passwords the address is refused
 * for that account without a bind, and nobody else is. An account with as many from all addresses is sought: guard.ts slows
 * down what is tried for it. Per address only by the number of distinct failing accounts, since thirty children share one;
 * from then on the address counts as crowded, and pace.ts measures what it may still try. All state is bounded; the least
 * recently touched is forgotten first.
 */
import { LRUCache } from 'lru-cache';
import { holderOf } from '../threads/holder.ts';
import type { PasswordMark } from './remembered.ts';

export interface FailureLimits {
  /** Milliseconds. */
  readonly window: number;
  readonly passwordsPerAccount: number;
  readonly accountsPerAddress: number;
}

/** Distinct wrong passwords of an account that are told apart in all. */
const mostTold = 32;

export class Failures {
  readonly #most: number;
  readonly #accounts: Ledger;
  /** Logins that nobody has, apart from the accounts: inventing names must not push an account's count out of memory. */
  readonly #strangers: Ledger;
  readonly #addresses: Counts;

  constructor({ window, passwordsPerAccount, accountsPerAddress }: FailureLimits) {
    this.#most = passwordsPerAccount;
    this.#accounts = new Ledger(window, passwordsPerAccount);
    this.#strangers = new Ledger(window, passwordsPerAccount);
    this.#addresses = new Counts(window, accountsPerAddress);
  }

  /**
   * Milliseconds until the address may try another password for the account; 0 when it may now.
   *
   * @param share passwords that it may try, where that is fewer than `passwordsPerAccount`
   */
  accountWait(account: string, ip: string, now: number, share = this.#most): number {
    const wait = ({ here }: Ledger) => here.wait(at(account, ip), now, share);
    return Math.max(wait(this.#accounts), wait(this.#strangers));
  }

  /** Milliseconds until a login that nobody has, with so many passwords from all addresses, may be tried again. */
  strangerWait(account: string, now: number, most: number): number {
    return this.#strangers.inAll.wait(account, now, Math.min(most, mostTold));
  }

  /** Whether the account has a wrong password to its name that came from this address. */
  hasFailed(account: string, ip: string, now: number): boolean {
    const key = at(account, ip);
    return this.#accounts.here.has(key, now) || this.#strangers.here.has(key, now);
  }

  /** Whether so many wrong passwords came from all addresses that somebody may be guessing. */
  isSought(account: string, now: number): boolean {
    const isSought = ({ inAll }: Ledger) => inAll.wait(account, now, this.#most) > 0;
    return isSought(this.#accounts) || isSought(this.#strangers);
  }

  /** Whether too many accounts have failed at the address. */
  isCrowded(ip: string, now: number): boolean {
    return this.#addresses.wait(ip, now) > 0;
  }

  /** A wrong password of an account. @returns whether it was the one that made the address crowded */
  failed(account: string, mark: PasswordMark, ip: string, now: number): boolean {
    this.#accounts.add(account, mark, ip, now);
    return this.#addresses.add(ip, account, now);
  }

  /**
   * A password for a login that nobody has. It is limited like an account, so that the limit does not tell which logins
   * there are, and counts against no address: inventing names endangers nobody's password.
   */
  unknown(account: string, mark: PasswordMark, ip: string, now: number): void {
    this.#strangers.add(account, mark, ip, now);
  }

  /** What came from elsewhere counts on: whoever guesses there must not begin anew with each sign-in of the owner. */
  succeeded(account: string, ip: string): void {
    this.#accounts.here.delete(at(account, ip));
  }
}

const at = (account: string, ip: string): string => `${account}\n${holderOf(ip)}`;

/** The wrong passwords of accounts: from each address, and in all. */
class Ledger {
  readonly here: Counts;
  readonly inAll: Counts;

  constructor(window: number, most: number) {
    this.here = new Counts(window, most);
    this.inAll = new Counts(window, Math.max(most, mostTold));
  }

  add(account: string, mark: PasswordMark, ip: string, now: number): void {
    this.here.add(at(account, ip), mark, now);
    this.inAll.add(account, mark, now);
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

  /** Milliseconds until the window of a key with `enough` values ends; 0 for any other. */
  wait(key: string, now: number, enough = this.#most): number {
    const count = this.#current(key, now);
    return count !== undefined && count.distinct.size >= enough ? count.until - now : 0;
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
