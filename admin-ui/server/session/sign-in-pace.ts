/**
 * How fast passwords are tried from one address at the admin pages. Failures alone count. From thirty in a minute on, what is
 * tried from there waits for a turn, which comes once a second, and after ten seconds is looked at without one: whoever knows
 * the password is slowed down by what a neighbour does, and never refused. What an account may try is up to the directory.
 */
import { LRUCache } from 'lru-cache';
import { Pace } from '../../../directory/pace.ts';
import type { PaceSettings } from '../../../directory/pace.ts';

/** Few people use these pages: ten may be on their way to the directory from one address. */
const adminPace: PaceSettings = { places: 10, reopen: 1_000, patience: 10_000 };

/** Failures of an address within the window, from which on it is slowed down. */
const [mostFailures, window] = [30, 60_000];
const mostAddresses = 10_000;

export class SignInPace {
  readonly #now: () => number;
  readonly #pace: Pace;
  /** Times of the last failures, by address. */
  readonly #failures = new LRUCache<string, readonly number[]>({ max: mostAddresses });

  constructor(now: () => number, settings: PaceSettings = adminPace) {
    this.#now = now;
    this.#pace = new Pace(settings, (address) => this.#isCrowded(address));
  }

  /** Runs `work` at the turn of the address. @param failed whether an answer of it was a failure */
  async run<T extends object>(
    address: string,
    work: () => Promise<T>,
    failed: (answer: T) => boolean,
  ): Promise<T> {
    const counted = async (): Promise<T> => {
      const answer = await work();
      if (failed(answer)) this.#count(address);
      return answer;
    };
    return (await this.#pace.run(address, true, counted, failed)) ?? counted();
  }

  #count(address: string): void {
    const before = this.#failures.get(address) ?? [];
    this.#failures.set(address, [...before, this.#now()].slice(-mostFailures));
  }

  #isCrowded(address: string): boolean {
    const [oldest = 0, ...rest] = this.#failures.get(address) ?? [];
    return rest.length + 1 === mostFailures && this.#now() - oldest < window;
  }
}
