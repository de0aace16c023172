/**
 * Whether the person of a session may still be here. The directory is asked again every minute that the session is
 * used, so that a disabled account, a lost group or a new school counts within it. While no directory server answers, what
 * was known goes on for a quarter of an hour, so that an outage does not keep the CTO from the switch that they need.
 */
import type { Person } from '../../../policy/subject.ts';

export interface StandingParts {
  /** See AdminDirectory. */
  readonly current: (key: string) => Promise<Person | null>;
  readonly now: () => number;
}

interface Known {
  readonly person: Person;
  /** Epoch milliseconds. */
  readonly at: number;
}

const [askAgain, longestOutage] = [60_000, 15 * 60_000];
const mostPeople = 10_000;

export class Standing {
  readonly #parts: StandingParts;
  readonly #known = new Map<string, Known>();
  readonly #asked = new Map<string, Promise<Person | null | 'unavailable'>>();

  constructor(parts: StandingParts) {
    this.#parts = parts;
  }

  /** Whom the directory has just verified. */
  verified(person: Person): void {
    if (this.#known.size >= mostPeople) this.#known.clear();
    this.#known.set(person.key, { person, at: this.#parts.now() });
  }

  /** Null where the account is gone or closed; `unavailable` where nobody has been able to tell for too long. */
  async of(key: string): Promise<Person | null | 'unavailable'> {
    const known = this.#known.get(key);
    if (known !== undefined && this.#parts.now() - known.at < askAgain) return known.person;
    const asked = this.#asked.get(key);
    if (asked !== undefined) return asked;
    const answer = this.#ask(key, known).finally(() => this.#asked.delete(key));
    this.#asked.set(key, answer);
    return answer;
  }

  forget(keys: readonly string[]): void {
    for (const key of keys) this.#known.delete(key);
  }

  async #ask(key: string, known: Known | undefined): Promise<Person | null | 'unavailable'> {
    try {
      const person = await this.#parts.current(key);
      if (person === null) this.#known.delete(key);
      else this.verified(person);
      return person;
    } catch {
      const lasts = known !== undefined && this.#parts.now() - known.at < longestOutage;
      return lasts ? known.person : 'unavailable';
    }
  }
}
