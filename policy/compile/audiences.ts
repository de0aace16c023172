/** Who belongs to which audience, and so which rules are for them: worked out once per person and network. */
import type { Identity, Person } from '../subject.ts';
import type { Program } from './program.ts';

export const NO = 0;
export const YES = 1;
/** It depends on who it is, which nobody has asked yet. */
export const UNKNOWN = 2;

interface Names {
  readonly groups: ReadonlySet<string>;
  readonly users: ReadonlySet<string>;
  readonly schools: ReadonlySet<string>;
  readonly size: number;
}

function namesOf({
  groups,
  users,
  schools,
}: {
  groups: readonly string[];
  users: readonly string[];
  schools: readonly string[];
}): Names {
  const lower = (names: readonly string[]) => new Set(names.map((name) => name.toLowerCase()));
  return {
    groups: lower(groups),
    users: lower(users),
    schools: new Set(schools),
    size: groups.length + users.length + schools.length,
  };
}

function isNamed({ groups, users, schools }: Names, person: Person): boolean {
  const has = (names: ReadonlySet<string>, name: string) => names.has(name.toLowerCase());
  return (
    has(users, person.login) ||
    has(users, person.key) ||
    person.schools.some((school) => schools.has(school)) ||
    person.groups.some(({ key, name, dn }) => has(groups, name) || has(groups, dn) || has(groups, key))
  );
}

/** Per audience, and per rule: NO, YES or UNKNOWN. */
export interface Membership {
  readonly audiences: Uint8Array;
  readonly rules: Uint8Array;
  /** Whether pages speak to them as to the youngest, to whom a warn is a block. */
  readonly young: boolean;
}

export class Audiences {
  readonly #program: Program;
  readonly #members: readonly Names[];
  readonly #except: readonly Names[];
  readonly #people = new WeakMap<Person, Membership[]>();
  readonly #unknown: Membership[] = [];
  readonly #unidentified: Membership[] = [];

  constructor(program: Program) {
    this.#program = program;
    this.#members = program.audiences.map(namesOf);
    this.#except = program.audiences.map(({ except }) => namesOf(except));
  }

  /** @param network index of the client's network, or -1 */
  membership(identity: Identity, network: number): Membership {
    const known =
      identity === 'unknown'
        ? this.#unknown
        : identity === 'unidentified'
          ? this.#unidentified
          : this.#of(identity);
    return (known[network + 1] ??= this.#workOut(identity, network));
  }

  #of(person: Person): Membership[] {
    let known = this.#people.get(person);
    if (known === undefined) this.#people.set(person, (known = []));
    return known;
  }

  #workOut(identity: Identity, network: number): Membership {
    const { audiences, rules } = this.#program;
    const states = Uint8Array.from(audiences, (_, i) => this.#state(i, identity, network));
    const ofRule = (indexes: readonly number[] | null): number => {
      if (indexes === null) return YES;
      const found = indexes.map((i) => states[i] ?? NO);
      return found.includes(YES) ? YES : found.includes(UNKNOWN) ? UNKNOWN : NO;
    };
    const young = audiences[states.indexOf(YES)]?.voice === 'young';
    return { audiences: states, rules: Uint8Array.from(rules, (rule) => ofRule(rule.audiences)), young };
  }

  #state(index: number, identity: Identity, networkIndex: number): number {
    const audience = this.#program.audiences[index];
    const [members, except] = [this.#members[index], this.#except[index]];
    if (audience === undefined || members === undefined || except === undefined) return NO;
    const network = this.#program.networks[networkIndex];
    const byNetwork =
      network !== undefined &&
      (audience.networks.includes(network.name) || network.audiences.includes(audience.name));
    if (typeof identity !== 'string')
      return !isNamed(except, identity) && (byNetwork || isNamed(members, identity)) ? YES : NO;
    if (identity === 'unknown' && network?.signIn !== 'never') {
      if (byNetwork) return except.size === 0 ? YES : UNKNOWN;
      return members.size > 0 || network?.unidentified === audience.name ? UNKNOWN : NO;
    }
    return byNetwork || network?.unidentified === audience.name ? YES : NO;
  }
}
