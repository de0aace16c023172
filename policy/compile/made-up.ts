/**
 * People who are nobody in particular: in exactly these audiences, on every network and every day. For questions such as
 * what a draft would do to the sixth grade, which no directory has to answer.
 */
import type { Person } from '../subject.ts';
import { NO, UNKNOWN, YES } from './audiences.ts';
import type { Audiences } from './audiences.ts';
import type { Program } from './program.ts';

export class MadeUp {
  readonly #program: Program;
  readonly #audiences: Audiences;
  readonly #people = new Map<string, Person>();

  constructor(program: Program, audiences: Audiences) {
    this.#program = program;
    this.#audiences = audiences;
  }

  /**
   * The same person for the same audiences. A name that the policy does not have counts for nothing, so that a draft
   * without an audience can still be asked about who was in it.
   * @param whole false where nobody asked who it was: whether they are in any other audience is unknown
   */
  in(names: readonly string[], whole: boolean): Person {
    const key = `${String(whole)} ${names.join(' ')}`;
    const known = this.#people.get(key);
    if (known !== undefined) return known;
    const others = whole ? NO : UNKNOWN;
    const states = Uint8Array.from(this.#program.audiences, ({ name }) =>
      names.includes(name) ? YES : others,
    );
    const person = somebody([]);
    this.#audiences.enrol(person, states);
    this.#people.set(key, person);
    return person;
  }
}

/** Somebody in these groups, by name, DN or key. */
export const somebody = (groups: readonly string[]): Person =>
  Object.freeze({
    ...{ key: 'somebody made up', login: '', name: 'somebody made up', schools: Object.freeze([]) },
    groups: Object.freeze(groups.map((group) => ({ key: group, name: group, dn: group }))),
  });
