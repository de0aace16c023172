/**
 * The grants that are live in this thread. Those by which people went on past a notice are kept by person: control hands over
 * those that it knows when the thread starts, and each new one as it is made. Those that somebody in charge made are few, and
 * are told as a whole. A grant ends by the clock: decisions look at its time themselves, and what was opened by it and is
 * still open is found by {@link LiveGrants.sweep}, and by {@link LiveGrants.sharedEnd}.
 */
import { LRUCache } from 'lru-cache';
import type { ContinueGrant, Grant, SharedGrant } from '../policy/decision.ts';

/** More than all who go on past a notice within the twelve hours that a grant can last. */
const mostPeople = 50_000;
/** Of one person: the oldest goes first, and its person is asked again. */
const mostOfOne = 200;
const none: readonly never[] = Object.freeze([]);
const second = 1_000;

interface Own {
  readonly grants: readonly ContinueGrant[];
  /** The shared ones that `all` was made with. */
  shared: readonly SharedGrant[];
  /** Those and its own. */
  all: readonly Grant[];
}

const ownOf = (grants: readonly ContinueGrant[]): Own => ({ grants, shared: none, all: grants });

export class LiveGrants {
  readonly #byPerson = new LRUCache<string, Own>({ max: mostPeople });
  /** People by the second in which a grant of theirs ends. */
  readonly #ends = new Map<number, Set<string>>();
  /** The second of the last sweep. */
  #swept = 0;
  #shared: readonly SharedGrant[] = none;
  /** Of the shared ones those that could be for whoever it is: research is of a person who is known. */
  #overrides: readonly SharedGrant[] = none;

  /**
   * Allocates nothing, but once for a person who has grants of their own and each change of the shared ones.
   * @param person key; null for who is not known
   */
  of(person: string | null): readonly Grant[] {
    if (person === null) return this.#overrides;
    const own = this.#byPerson.get(person);
    if (own === undefined) return this.#shared;
    if (own.shared !== this.#shared) {
      own.shared = this.#shared;
      own.all = this.#shared.length === 0 ? own.grants : Object.freeze([...this.#shared, ...own.grants]);
    }
    return own.all;
  }

  /** A later grant takes the place of one for the same rule and host. */
  add(grant: ContinueGrant, now: number): void {
    if (grant.expires <= now) return;
    const others = this.#own(grant.subject).filter(
      ({ rule, host, expires }) => expires > now && (rule !== grant.rule || host !== grant.host),
    );
    const grants = Object.freeze([...others.slice(1 - mostOfOne), Object.freeze(grant)]);
    this.#byPerson.set(grant.subject, ownOf(grants));
    const end = Math.ceil(grant.expires / second);
    const people = this.#ends.get(end);
    if (people === undefined) this.#ends.set(end, new Set([grant.subject]));
    else people.add(grant.subject);
  }

  /** Takes the place of those that were shared before. @returns whether anything is different now */
  share(grants: readonly SharedGrant[], now: number): boolean {
    const live = grants.filter(({ expires }) => expires > now);
    if (JSON.stringify(live) === JSON.stringify(this.#shared)) return false;
    this.#shared = live.length === 0 ? none : Object.freeze(live.map((grant) => Object.freeze(grant)));
    const overrides = live.filter(({ kind }) => kind === 'override');
    this.#overrides = overrides.length === 0 ? none : Object.freeze(overrides);
    return true;
  }

  /** Drops those of the shared ones that have ended. */
  dropShared(now: number): void {
    this.share(this.#shared, now);
  }

  /** When the first of the shared ones ends; Infinity when there are none. */
  get sharedEnd(): number {
    return this.#shared.reduce((first, { expires }) => Math.min(first, expires), Infinity);
  }

  /** Whose account is gone has no grants. */
  forget(people: Iterable<string>): void {
    for (const person of people) this.#byPerson.delete(person);
  }

  /** Drops what has ended since the last sweep. @returns the people who had it */
  sweep(now: number): ReadonlySet<string> {
    const at = Math.floor(now / second);
    if (at === this.#swept || this.#ends.size === 0) return nobody;
    this.#swept = at;
    const ended = new Set<string>();
    for (const [end, people] of this.#ends) {
      if (end > at) continue;
      this.#ends.delete(end);
      for (const person of people) ended.add(person);
    }
    for (const person of ended) this.#drop(person, now);
    return ended;
  }

  #own(person: string): readonly ContinueGrant[] {
    return this.#byPerson.get(person)?.grants ?? none;
  }

  #drop(person: string, now: number): void {
    const live = this.#own(person).filter(({ expires }) => expires > now);
    if (live.length === 0) this.#byPerson.delete(person);
    else this.#byPerson.set(person, ownOf(Object.freeze(live)));
  }
}

const nobody: ReadonlySet<string> = new Set();
