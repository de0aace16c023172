/**
 * What one entry says of a place, in 32 bits:
 *
 *     bits   0–15  target: what the place is in (a category, the places of a rule, crisis, testing, …)
 *           16–17  reach: the host with all below it, alone, or exactly one label below
 *              18  exception: what stands here is not in the target, by this origin
 *
 * Beside every item stands its origin, the list or rule that says so, for exceptions (a list takes back its own) and for
 * the trace. Most of five million hosts say the same few things, so what a host says is a *set*, stored once:
 *
 *     set  setStart   setItem                                   setOrigin
 *       0     0       [ subtree games                           games.list
 *       1     1         subtree games, except subtree ads       games.list, ads.list
 *             3       ]
 */
import type { Reach } from '../model/patterns.ts';

export const REACH = { subtree: 0, exact: 1, children: 2 } as const satisfies Record<Reach, number>;
export const MAX_TARGETS = 0x1_0000;
export const MAX_SETS = 0x1_0000;
/** An item and its origin are one exact double. */
export const MAX_ORIGINS = 0x100_0000;

/** Why there is no image: more different things are said than numbers can tell apart. */
export class TooLarge extends Error {}

const EXCEPT = 0x4_0000;

export const itemOf = (reach: Reach, target: number, except = false): number =>
  target | (REACH[reach] << 16) | (except ? EXCEPT : 0);
export const targetOf = (item: number): number => item & 0xffff;
export const isExcept = (item: number): boolean => (item & EXCEPT) !== 0;

/** Whether an item of a host reaches the host that is `below` labels further down. */
export function reaches(item: number, below: number): boolean {
  const reach = (item >>> 16) & 3;
  return reach === REACH.subtree || (reach === REACH.exact ? below === 0 : below === 1);
}

/** Numbers every different set of (item, origin) once. */
export class SetBuilder {
  readonly #pairs: number[] = [];
  readonly #pairNumbers = new Map<number, number>();
  #lastKey = -1;
  #lastPair = -1;
  readonly #setOfPair: number[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #starts: number[] = [0];
  readonly #members: number[] = [];

  get count(): number {
    return this.#starts.length - 1;
  }

  /** A number for (item, origin): entries come in runs of the same. */
  pair(item: number, origin: number): number {
    if (origin >= MAX_ORIGINS) throw new TooLarge('the entries have too many different origins');
    const key = item * MAX_ORIGINS + origin;
    if (key === this.#lastKey) return this.#lastPair;
    let pair = this.#pairNumbers.get(key);
    if (pair === undefined) {
      pair = this.#pairs.push(key) - 1;
      this.#pairNumbers.set(key, pair);
    }
    this.#lastKey = key;
    this.#lastPair = pair;
    return pair;
  }

  /** @param pairs at least one, in any order, perhaps with repetitions */
  of(pairs: readonly number[]): number {
    const [first = 0] = pairs;
    if (pairs.length === 1) return (this.#setOfPair[first] ??= this.#add([first]));
    const different = [...new Set(pairs)].sort((a, b) => (this.#pairs[a] ?? 0) - (this.#pairs[b] ?? 0));
    if (different.length === 1) return this.of(different);
    const key = different.join();
    let number = this.#numbers.get(key);
    if (number === undefined) this.#numbers.set(key, (number = this.#add(different)));
    return number;
  }

  #add(pairs: readonly number[]): number {
    for (const pair of pairs) this.#members.push(pair);
    return this.#starts.push(this.#members.length) - 2;
  }

  columns() {
    const key = (pair: number) => this.#pairs[pair] ?? 0;
    return {
      setStart: Uint32Array.from(this.#starts),
      setItem: Uint32Array.from(this.#members, (pair) => Math.floor(key(pair) / MAX_ORIGINS)),
      setOrigin: Uint32Array.from(this.#members, (pair) => key(pair) % MAX_ORIGINS),
    };
  }
}
