/**
 * Reads people who are signed in again from time to time, so that a changed group counts and a closed account ends
 * without waiting for the next password. Everybody known within the grace is read, a hundred in one search; groups only
 * of those who are using it now.
 */
import { DirectoryError, reasonOf } from './errors.ts';
import type { FoundPerson, PersonFinder } from './find-person.ts';
import type { GroupFinder } from './groups.ts';
import type { KnownPeople } from './known-people.ts';
import type { DirectoryLog } from './log.ts';
import type { DirectoryOptions } from './options.ts';
import { personOf } from './person.ts';

export interface RefreshParts {
  readonly finder: PersonFinder;
  readonly groups: GroupFinder;
  readonly known: KnownPeople;
  readonly options: Pick<DirectoryOptions, 'groupsTtl' | 'remember' | 'grace'>;
  readonly now: () => number;
  readonly log: DirectoryLog;
  readonly gone: (keys: readonly string[]) => void;
}

const peoplePerSearch = 100;
const longestPause = 30_000;
/** So many people do not leave at the same moment; a server that has lost them does that. */
const suspiciousLoss = 10;

export class Refresher {
  readonly #parts: RefreshParts;
  #timer: NodeJS.Timeout | undefined;
  #running = false;

  constructor(parts: RefreshParts) {
    this.#parts = parts;
  }

  start(): void {
    const pause = Math.min(longestPause, this.#parts.options.groupsTtl / 4);
    this.#timer = setInterval(() => void this.#sweep(), pause).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Forgets accounts that may no longer sign in, and says so where they were signed in. */
  gone(keys: readonly string[]): void {
    const signedIn = keys.filter((key) => this.#parts.known.get(key) !== undefined);
    for (const key of signedIn) this.#parts.known.forget(key);
    if (signedIn.length > 0) this.#parts.gone(signedIn);
  }

  /** Reads everybody who is due. An outage ends it; what is known then lasts until the grace is over. */
  async #sweep(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      const { known, options, now } = this.#parts;
      const due = known.due(now() - options.groupsTtl, now() - Math.max(options.grace, options.remember));
      for (let at = 0; at < due.length; at += peoplePerSearch) {
        await this.#refresh(due.slice(at, at + peoplePerSearch));
      }
    } catch (error) {
      if (!(error instanceof DirectoryError && error.code === 'directory/unavailable')) {
        this.#parts.log.warn({ error: reasonOf(error) }, 'directory refresh failed');
      }
    } finally {
      this.#running = false;
    }
  }

  async #refresh(keys: readonly string[]): Promise<void> {
    const people = await this.#parts.finder.byKeys(keys);
    const byKey = new Map(people.map((person) => [person.key, person]));
    const lost = keys.filter((key) => !byKey.has(key));
    if (lost.length >= suspiciousLoss && lost.length > keys.length / 2) {
      this.#parts.log.warn(
        { lost: lost.length, of: keys.length },
        'directory shows few of the people it knew; kept',
      );
      return;
    }
    const closed = people.filter(({ state }) => state !== null).map(({ key }) => key);
    this.gone([...lost, ...closed]);
    for (const person of people) if (person.state === null) await this.#renew(person);
  }

  async #renew(found: FoundPerson): Promise<void> {
    const { known, options, now, groups } = this.#parts;
    const before = known.get(found.key);
    if (before === undefined) return;
    const active = before.usedAt >= now() - options.remember - options.groupsTtl;
    const person = personOf(found, active ? await groups.of(found) : before.person.groups, before.person);
    // Somebody may have signed in or been shut out in the meantime.
    const current = known.get(found.key);
    if (current !== before) return;
    current.person = person;
    current.refreshedAt = now();
  }
}
