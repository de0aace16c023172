/**
 * When the directory itself would lock an account: after so many wrong passwords, of which ours are only some. Its own count
 * stands in the entry; the limit in the domain's (Active Directory), or in the options, since elsewhere nothing names it.
 * The last wrong password before a lock is never spent here, and no one address may spend the one before that.
 */
import { PresenceFilter } from 'ldapts';
import type { Entry } from 'ldapts';
import { fileTime } from './account-state.ts';
import type { SearchDirectory } from './connection.ts';
import { firstValue, values } from './entry.ts';

export interface LockoutLimit {
  /** Wrong passwords after which the account is locked. */
  readonly threshold: number;
  /** Milliseconds from the last one until they are forgotten. */
  readonly window: number;
}

/** Wrong passwords that the directory holds against an account. */
export interface WrongPasswords {
  readonly count: number;
  /** Epoch milliseconds of the last one. */
  readonly last: number;
}

/** Attributes that `wrongPasswordsOf` reads. */
export const countAttributes = (activeDirectory: boolean): readonly string[] =>
  activeDirectory ? ['badPwdCount', 'badPasswordTime'] : ['pwdFailureTime'];

export const wrongPasswordsOf = (entry: Entry): WrongPasswords => {
  const times = values(entry, 'pwdFailureTime').map(generalizedTime);
  const last = fileTime(firstValue(entry, 'badPasswordTime')) ?? 0;
  const count = times.length + Number(firstValue(entry, 'badPwdCount') ?? 0);
  return { count, last: Math.max(last, ...times) };
};

/** `20260901120000.123456Z` (RFC 4517 §3.3.13), as OpenLDAP writes it; epoch milliseconds, 0 for any other. */
const generalizedTime = (text: string): number => {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?Z$/.exec(text) ?? [];
  return year === undefined
    ? 0
    : Date.UTC(+year, Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
};

/**
 * Milliseconds until another password may be tried without the risk of a lock; 0 when one may now, or when the account is
 * locked already: then the directory says so, and counts no more.
 */
export const lockoutWait = (
  { count, last }: WrongPasswords,
  limit: LockoutLimit | null,
  now: number,
): number => {
  const isNext = limit !== null && count >= mostSpent(limit) && count < limit.threshold;
  return isNext ? Math.max(0, last + limit.window - now) : 0;
};

/** Wrong passwords of an account that may be tried here in all. */
export const mostSpent = ({ threshold }: LockoutLimit): number => Math.max(1, threshold - 1);

/** Of these, what one address may try: it leaves one for whoever is the account's owner. */
export const shareOf = (limit: LockoutLimit | null, most: number): number =>
  limit === null ? most : Math.min(most, Math.max(2, limit.threshold - 2));

export interface LockoutOptions {
  /** As the options say it. */
  readonly threshold: number | undefined;
  readonly window: number;
  /** DN of the Active Directory domain, whose entry says it; null elsewhere. */
  readonly domain: string | null;
}

const keptFor = 10 * 60_000;

export class Lockout {
  readonly #search: SearchDirectory;
  readonly #options: LockoutOptions;
  readonly #now: () => number;
  #read: { readonly until: number; readonly limit: Promise<LockoutLimit | null> } | null = null;

  constructor(search: SearchDirectory, options: LockoutOptions, now: () => number) {
    this.#search = search;
    this.#options = options;
    this.#now = now;
  }

  /** Null where nothing locks accounts, as far as is known. */
  async limit(): Promise<LockoutLimit | null> {
    const { threshold, window, domain } = this.#options;
    const said = threshold === undefined ? null : { threshold, window };
    const read = domain === null ? null : await this.#ofDomain(domain);
    return read === null || (said !== null && said.threshold < read.threshold) ? said : read;
  }

  #ofDomain(domain: string): Promise<LockoutLimit | null> {
    const now = this.#now();
    if (this.#read === null || this.#read.until <= now) {
      const limit = this.#ask(domain).catch(() => {
        this.#read = null;
        return null;
      });
      this.#read = { until: now + keptFor, limit };
    }
    return this.#read.limit;
  }

  async #ask(domain: string): Promise<LockoutLimit | null> {
    const [entry] = await this.#search({
      ...{ base: domain, scope: 'base', filter: new PresenceFilter({ attribute: 'objectClass' }), limit: 1 },
      attributes: ['lockoutThreshold', 'lockOutObservationWindow'],
    });
    const threshold = Number(entry === undefined ? 0 : (firstValue(entry, 'lockoutThreshold') ?? 0));
    if (entry === undefined || !(threshold > 0)) return null;
    // A negative number of ticks of 100 ns (MS-ADA1, lockOutObservationWindow).
    const window = Math.abs(Number(firstValue(entry, 'lockOutObservationWindow') ?? 0)) / 10_000;
    return { threshold, window: window > 0 ? window : this.#options.window };
  }
}
