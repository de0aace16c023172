/** Who belongs to which audience, and so which rules are for them: worked out once per person and network. */
import type { Obligation } from '../decision.ts';
import type { Audience } from '../model/policy.ts';
import type { Identity, Person } from '../subject.ts';
import { Ages } from './ages.ts';
import { Obliged } from './obligations.ts';
import type { Program } from './program.ts';
import { ruleBits } from './rule-bits.ts';
import type { RuleBits } from './rule-bits.ts';

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
  /** The rules that are for them or may be: few of many. */
  readonly candidates: RuleBits;
  /** How pages speak to them: as the first audience says that they are in for certain. */
  readonly voice: Audience['voice'];
  /** Whether pages speak to them as to the youngest: to these a warn is a block. */
  readonly young: boolean;
  readonly obliged: Obliged;
  /** Whether it is unknown who they are, and they may be asked. */
  readonly askable: boolean;
  /** Whether it holds at any time; else epoch milliseconds between which it does: somebody may be a year older afterwards. */
  readonly always: boolean;
  readonly from: number;
  readonly until: number;
}

/** Beyond so many kinds of people they are forgotten; a district has a few dozen. */
const MAX_KINDS = 10_000;

/**
 * What is said of one person on one network is one look away from them, and the same object for everybody of whom the same
 * is said: a thousand pupils of three schools are a dozen objects, which stay near the processor.
 */
export class Audiences {
  readonly #program: Program;
  readonly #members: readonly Names[];
  readonly #except: readonly Names[];
  readonly #ages: Ages;
  readonly #obligations = new Map<string, readonly Obligation[]>();
  /** By index of the network, and first those on none. */
  readonly #people: readonly WeakMap<Person, Membership>[];
  readonly #unknown: (Membership | undefined)[] = [];
  readonly #unidentified: (Membership | undefined)[] = [];
  readonly #kinds = new Map<string, Membership>();

  constructor(program: Program) {
    this.#program = program;
    this.#members = program.audiences.map(namesOf);
    this.#except = program.audiences.map(({ except }) => namesOf(except));
    this.#ages = new Ages(program);
    this.#people = [null, ...program.networks].map(() => new WeakMap());
  }

  /** @param network index of the client's network, or -1 */
  membership(identity: Identity, network: number, at: number): Membership {
    const known =
      typeof identity === 'string'
        ? this.#ofNobody(identity)[network + 1]
        : this.#people[network + 1]?.get(identity);
    if (known !== undefined && (known.always || (known.from <= at && at < known.until))) return known;
    const found = this.#workOut(identity, network, at);
    if (typeof identity === 'string') this.#ofNobody(identity)[network + 1] = found;
    else this.#people[network + 1]?.set(identity, found);
    return found;
  }

  #ofNobody(identity: Exclude<Identity, Person>): (Membership | undefined)[] {
    return identity === 'unknown' ? this.#unknown : this.#unidentified;
  }

  /** Somebody made up: in these audiences on every network and every day, whatever the directory would say. */
  enrol(person: Person, states: Uint8Array): void {
    const membership = this.#kindOf(states, false);
    for (const people of this.#people) people.set(person, membership);
  }

  #workOut(identity: Identity, network: number, at: number): Membership {
    const { audiences, networks } = this.#program;
    const age = this.#ages.of(identity, at);
    const states = Uint8Array.from(audiences, (_, i) => this.#state(i, identity, network, age.years));
    const askable = identity === 'unknown' && networks[network]?.signIn !== 'never';
    return age.until === Infinity
      ? this.#kindOf(states, askable)
      : this.#membershipOf(states, askable, age.from, age.until);
  }

  /** One object for all of whom the same is said. */
  #kindOf(states: Uint8Array, askable: boolean): Membership {
    const key = `${states.join('')}${askable ? '?' : ''}`;
    let kind = this.#kinds.get(key);
    if (kind === undefined) {
      if (this.#kinds.size === MAX_KINDS) this.#kinds.clear();
      this.#kinds.set(key, (kind = this.#membershipOf(states, askable, -Infinity, Infinity)));
    }
    return kind;
  }

  #membershipOf(states: Uint8Array, askable: boolean, from: number, until: number): Membership {
    const { audiences, rules } = this.#program;
    const ofRule = (indexes: readonly number[] | null): number => {
      if (indexes === null) return YES;
      const found = indexes.map((i) => states[i] ?? NO);
      return found.includes(YES) ? YES : found.includes(UNKNOWN) ? UNKNOWN : NO;
    };
    const membership = Uint8Array.from(rules, (rule) => ofRule(rule.audiences));
    const voice = audiences[states.indexOf(YES)]?.voice ?? 'student';
    return {
      audiences: states,
      rules: membership,
      candidates: ruleBits(membership.length, (i) => membership[i] !== NO),
      voice,
      young: voice === 'young',
      obliged: new Obliged(this.#program, states, this.#obligations),
      askable,
      always: until === Infinity,
      from,
      until,
    };
  }

  #state(index: number, identity: Identity, networkIndex: number, years: number | null): number {
    const audience = this.#program.audiences[index];
    const [members, except] = [this.#members[index], this.#except[index]];
    if (audience === undefined || members === undefined || except === undefined) return NO;
    const network = this.#program.networks[networkIndex];
    const { age } = audience;
    const byNetwork =
      network !== undefined &&
      (audience.networks.includes(network.name) || network.audiences.includes(audience.name));
    const byAgeAlone = age !== undefined && members.size === 0 && audience.networks.length === 0;
    if (typeof identity !== 'string') {
      if (identity.audiences !== undefined) return identity.audiences.includes(audience.name) ? YES : NO;
      const named = byNetwork || byAgeAlone || isNamed(members, identity);
      return named && !isNamed(except, identity) && isOfAge(age, years) ? YES : NO;
    }
    const fallback = network?.unidentified === audience.name;
    if (identity === 'unknown' && network?.signIn !== 'never') {
      if (byNetwork) return except.size === 0 && age === undefined ? YES : UNKNOWN;
      return members.size > 0 || byAgeAlone || fallback ? UNKNOWN : NO;
    }
    return (byNetwork && isOfAge(age, null)) || fallback ? YES : NO;
  }
}

function isOfAge(age: Audience['age'], years: number | null): boolean {
  if (age === undefined) return true;
  if (years === null) return age.unknown;
  return (age.from === undefined || years >= age.from) && (age.under === undefined || years < age.under);
}
