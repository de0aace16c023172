/** From a login to exactly one entry, and from keys to the entries as they are now. */
import { AndFilter, EqualityFilter, OrFilter } from 'ldapts';
import type { Entry, Filter } from 'ldapts';
import { stateAttributes, stateOf } from './account-state.ts';
import type { SearchDirectory } from './connection.ts';
import { BirthDates } from './birth-date.ts';
import { firstValue, guidOctets, keyOf, octets, values } from './entry.ts';
import { countAttributes, wrongPasswordsOf } from './lockout.ts';
import type { WrongPasswords } from './lockout.ts';
import { noLog } from './log.ts';
import type { DirectoryLog } from './log.ts';
import type { Login } from './login.ts';
import type { RejectionReason } from './protocol.ts';
import { schoolMapping } from './schools.ts';
import type { SchoolsOf } from './schools.ts';
import type { Settings } from './settings.ts';

export interface FoundPerson {
  readonly dn: string;
  /** Immutable key, as in `Person`. */
  readonly key: string;
  /** The login as the directory spells it. */
  readonly login: string;
  readonly name: string;
  readonly schools: readonly string[];
  /** ISO date; null where the entry has none, or none that can be read. */
  readonly born: string | null;
  /** Why the account may not sign in, as far as its entry shows. */
  readonly state: RejectionReason | null;
  /** As the directory counts them. */
  readonly wrong: WrongPasswords;
  /** DNs of direct groups; read only where groups are found by `memberOf`. */
  readonly memberOf: readonly string[];
  /** SID of the primary group, which no `member` names (Active Directory). */
  readonly primaryGroup: Buffer | undefined;
}

export class PersonFinder {
  readonly #search: SearchDirectory;
  readonly #settings: Settings;
  readonly #schoolsOf: SchoolsOf;
  readonly #attributes: readonly string[];
  /** Null where nobody is asked for one. */
  readonly #birthDates: BirthDates | null;
  readonly #now: () => number;

  constructor(search: SearchDirectory, settings: Settings, now: () => number, log: DirectoryLog = noLog) {
    this.#search = search;
    this.#settings = settings;
    this.#schoolsOf = schoolMapping(settings.schools);
    this.#attributes = attributesOf(settings);
    const { birthDate, birthDateForm } = settings.attributes;
    this.#birthDates = birthDate === undefined ? null : new BirthDates(birthDate, birthDateForm, log, now);
    this.#now = now;
  }

  /** `ambiguous`: more than one entry has this login, so none of them may sign in with it. @throws DirectoryError */
  async byLogin(login: Login): Promise<FoundPerson | 'unknown' | 'ambiguous'> {
    const names = namesOf(login, this.#settings);
    if (names.length === 0) return 'unknown';
    const entries = await this.#entries(new OrFilter({ filters: names }), 2);
    const [entry] = entries;
    if (entry === undefined) return 'unknown';
    return entries.length === 1 ? this.#read(entry) : 'ambiguous';
  }

  /** The people of these keys who are still there. @throws DirectoryError */
  async byKeys(keys: readonly string[]): Promise<FoundPerson[]> {
    const { key: attribute } = this.#settings.people;
    const binary = attribute.toLowerCase() === 'objectguid';
    const filters = keys.map(
      (key) => new EqualityFilter({ attribute, value: binary ? guidOctets(key) : key }),
    );
    const entries = await this.#entries(new OrFilter({ filters }));
    return entries.map((entry) => this.#read(entry));
  }

  #entries(who: Filter, limit?: number): Promise<Entry[]> {
    const { base, filter } = this.#settings.people;
    return this.#search({
      base,
      scope: 'sub',
      filter: new AndFilter({ filters: [filter, who] }),
      attributes: this.#attributes,
      ...(limit === undefined ? {} : { limit }),
    });
  }

  #read(entry: Entry): FoundPerson {
    const { people, attributes } = this.#settings;
    const login = people.login
      .map((attribute) => firstValue(entry, attribute))
      .find((value) => value !== undefined);
    return {
      dn: entry.dn,
      key: keyOf(entry, people.key),
      login: login ?? entry.dn,
      name: firstValue(entry, people.name) ?? firstValue(entry, 'cn') ?? login ?? entry.dn,
      schools: this.#schoolsOf(entry),
      born: this.#birthDates?.read(firstValue(entry, attributes.birthDate ?? '')) ?? null,
      state: stateOf(entry, this.#now()),
      wrong: wrongPasswordsOf(entry),
      memberOf: values(entry, 'memberOf'),
      primaryGroup: primaryGroupOf(entry),
    };
  }
}

const attributesOf = ({
  people,
  groups,
  schools,
  attributes,
  activeDirectory,
}: Settings): readonly string[] => [
  ...new Set([
    ...people.login,
    people.name,
    'cn',
    people.key,
    ...stateAttributes(activeDirectory),
    ...countAttributes(activeDirectory),
    ...(schools.attribute === undefined ? [] : [schools.attribute]),
    ...(attributes.birthDate === undefined ? [] : [attributes.birthDate]),
    ...(groups.find === 'memberOf' ? ['memberOf'] : []),
    ...(activeDirectory ? ['objectSid', 'primaryGroupID'] : []),
  ]),
];

/** What the entry of this login may say. Filters are built as objects, so nothing typed can become filter syntax. */
const namesOf = (login: Login, settings: Settings): Filter[] => {
  const whole = settings.people.login;
  const short = whole.filter((attribute) => attribute.toLowerCase() !== 'userprincipalname');
  const equal = (attributes: readonly string[], value: string) =>
    attributes.map((attribute) => new EqualityFilter({ attribute, value }));
  switch (login.form) {
    case 'plain':
      return equal(short, login.user);
    case 'domain':
      return settings.domain === undefined || settings.domain.toLowerCase() === login.domain
        ? equal(short, login.user)
        : [];
    case 'realm':
      // In its own realm everyone has the name `login@realm`, whether an attribute says so or not.
      return [
        ...equal(whole, login.text),
        ...(login.domain === settings.realm ? equal(short, login.user) : []),
      ];
  }
};

/** The primary group's SID is that of the account with another last part (MS-DTYP §2.4.2.2, little-endian). */
const primaryGroupOf = (entry: Entry): Buffer | undefined => {
  const sid = octets(entry, 'objectSid');
  const rid = Number(firstValue(entry, 'primaryGroupID'));
  if (sid === undefined || sid.length < 12 || !Number.isInteger(rid) || rid <= 0) return undefined;
  const group = Buffer.from(sid);
  group.writeUInt32LE(rid, group.length - 4);
  return group;
};
