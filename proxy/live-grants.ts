/**
 * The grants that are live in this thread, by person. Control hands over those that it knows when the thread starts, and
 * each new one as it is made. A grant ends by the clock: decisions look at its time themselves, and what was opened by it
 * and is still open is found by {@link LiveGrants.sweep}.
 */
import { LRUCache } from 'lru-cache';
import type { ContinueGrant } from '../policy/decision.ts';

/** More than all who go on past a notice within the twelve hours that a grant can last. */
const mostPeople = 50_000;
/** Of one person: the oldest goes first, and its person is asked again. */
const mostOfOne = 200;
const none: readonly ContinueGrant[] = Object.freeze([]);
const second = 1_000;

export class LiveGrants {
  readonly #byPerson = new LRUCache<string, readonly ContinueGrant[]>({ max: mostPeople });
  /** People by the second in which a grant of theirs ends. */
  readonly #ends = new Map<number, Set<string>>();
  /** The second of the last sweep. */
  #swept = 0;

  /** Never allocates. */
  of(person: string): readonly ContinueGrant[] {
    return this.#byPerson.get(person) ?? none;
  }

  /** A later grant takes the place of one for the same rule and host. */
  add(grant: ContinueGrant, now: number): void {
    if (grant.expires <= now) return;
    const others = this.of(grant.subject).filter(
      ({ rule, host, expires }) => expires > now && (rule !== grant.rule || host !== grant.host),
    );
    this.#byPerson.set(grant.subject, Object.freeze([...others.slice(1 - mostOfOne), Object.freeze(grant)]));
    const end = Math.ceil(grant.expires / second);
    const people = this.#ends.get(end);
    if (people === undefined) this.#ends.set(end, new Set([grant.subject]));
    else people.add(grant.subject);
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

  #drop(person: string, now: number): void {
    const live = this.of(person).filter(({ expires }) => expires > now);
    if (live.length === 0) this.#byPerson.delete(person);
    else this.#byPerson.set(person, Object.freeze(live));
  }
}

const nobody: ReadonlySet<string> = new Set();
