/**
 * What a directory that nobody has described yet looks like: which kind it is, how its people and groups are made, and
 * what could tell a school. For the first set-up; it reads only, and what it finds are proposals.
 */
import { AndFilter, FilterParser, PresenceFilter } from 'ldapts';
import type { Entry, Filter } from 'ldapts';
import { Connection } from './connection.ts';
import { keyOf, values } from './entry.ts';
import { DirectoryError } from './errors.ts';
import type { DirectoryOptions } from './options.ts';
import { presets, settingsOf } from './settings.ts';

export type DirectoryKind = DirectoryOptions['preset'];

export interface RootFound {
  readonly kind: DirectoryKind;
  /** DNs under which entries are kept; only the server's own favourite where it has one. */
  readonly bases: readonly string[];
}

/** A way to tell somebody's school: an attribute, or a part of the DN. */
export interface SchoolSource {
  readonly attribute: string | null;
  /** What it says, the most frequent first: a value of the attribute, or an RDN such as `ou=north-high`. */
  readonly values: readonly string[];
  /** How many of a hundred people it says something of. */
  readonly covers: number;
}

export interface PeopleFound {
  readonly count: number;
  /** LDAP filter that they match; null where it is the preset's. */
  readonly filter: string | null;
  readonly login: readonly string[];
  readonly key: string;
  readonly name: string;
  readonly schools: readonly SchoolSource[];
  /** Logins spread over all people, for a trial. */
  readonly sample: readonly string[];
  /** Whether they carry `memberOf`. */
  readonly knowGroups: boolean;
}

export interface GroupsFound {
  readonly names: readonly string[];
  /** Attributes by which groups name members. */
  readonly members: readonly ('member' | 'uniqueMember' | 'memberUid')[];
}

const activeDirectory = '1.2.840.113556.1.4.800';
const mostPeople = 500;

/** One connection, bound as the account that searches. */
export class Survey {
  readonly #connection: Connection;
  /** Whether the server has shown less than there is. */
  limited = false;

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** @throws DirectoryError saying why the server cannot be reached, or what it says to the account */
  static async open(options: DirectoryOptions): Promise<Survey> {
    const settings = settingsOf(options);
    const [endpoint] = settings.endpoints;
    if (endpoint === undefined) throw new DirectoryError('directory/bad-options', 'no server is named');
    const connection = await Connection.open(endpoint, settings);
    try {
      await connection.bindService(settings.service);
    } catch (error) {
      connection.close();
      throw error;
    }
    return new Survey(connection);
  }

  close(): void {
    this.#connection.close();
  }

  /** By the root DSE (RFC 4512 §5.1). */
  async root(): Promise<RootFound> {
    const attributes = ['namingContexts', 'defaultNamingContext', 'supportedCapabilities'];
    const [root] = await this.#connection.search({
      ...{ base: '', scope: 'base', filter: present('objectClass'), attributes, limit: 1 },
    });
    if (root === undefined) return { kind: 'openldap', bases: [] };
    const isActive = values(root, 'supportedCapabilities').includes(activeDirectory);
    const favourite = values(root, 'defaultNamingContext');
    const bases = favourite.length > 0 ? favourite : values(root, 'namingContexts');
    const kept = bases.filter((base) => /=/.test(base) && !/^cn=(config|monitor|schema)/i.test(base));
    return { kind: isActive ? 'active-directory' : 'openldap', bases: [...new Set(kept)] };
  }

  /** Null where nobody is found below the base. */
  async people(base: string, kind: DirectoryKind): Promise<PeopleFound | null> {
    for (const filter of peopleFilters(kind)) {
      const read = [...logins(kind), ...keys, ...names, ...schoolAttributes, 'memberOf'];
      const found = await this.#all(base, filterOf(`(&${filter}(|${presenceOf(logins(kind))}))`), read);
      if (found.length > 0)
        return peopleOf(found, base, kind, filter === presets[kind].people.filter ? null : filter);
    }
    return null;
  }

  async groups(base: string, kind: DirectoryKind): Promise<GroupsFound> {
    const by = kind === 'active-directory' ? (['member'] as const) : memberAttributes;
    const found = await Promise.all(
      by.map(async (attribute) => {
        const filter = new AndFilter({ filters: [present(attribute), present('cn')] });
        return { attribute, entries: await this.#all(base, filter, ['cn']) };
      }),
    );
    const used = found.filter(({ entries }) => entries.length > 0);
    const all = new Set(
      used.flatMap(({ entries }) => entries.flatMap((each) => values(each, 'cn').slice(0, 1))),
    );
    return {
      names: [...all].sort((a, b) => a.localeCompare(b, 'en')),
      members: used.map(({ attribute }) => attribute),
    };
  }

  /** All of them, or as many as a server gives that limits searches. */
  async #all(base: string, filter: Filter, attributes: readonly string[]): Promise<Entry[]> {
    const search = { base, scope: 'sub', filter, attributes } as const;
    try {
      return await this.#connection.search(search);
    } catch (error) {
      if (!(error instanceof DirectoryError) || error.code !== 'directory/refused') throw error;
      this.limited = true;
      return this.#connection.search({ ...search, limit: mostPeople });
    }
  }
}

const memberAttributes = ['member', 'uniqueMember', 'memberUid'] as const;
/** Those of the preset first; where nobody is found, what else people may be. */
const peopleFilters = (kind: DirectoryKind): readonly string[] => [
  presets[kind].people.filter,
  ...(kind === 'openldap' ? ['(objectClass=posixAccount)', '(objectClass=account)'] : []),
];
const logins = (kind: DirectoryKind): readonly string[] =>
  kind === 'openldap' ? ['uid', 'mail', 'cn'] : presets[kind].people.login;
const keys = ['entryUUID', 'objectGUID', 'ipaUniqueID', 'apple-generateduid'];
const names = ['displayName', 'cn'];
/** The likeliest first. */
const schoolAttributes = [
  'physicalDeliveryOfficeName',
  'department',
  'departmentNumber',
  'company',
  'businessCategory',
  'o',
  'l',
  'ou',
];

const present = (attribute: string): Filter => new PresenceFilter({ attribute });
const presenceOf = (attributes: readonly string[]): string =>
  attributes.map((attribute) => `(${attribute}=*)`).join('');
const filterOf = (text: string): Filter => FilterParser.parseString(text);

function peopleOf(
  people: readonly Entry[],
  base: string,
  kind: DirectoryKind,
  filter: string | null,
): PeopleFound {
  const covered = (attribute: string) => coverage(people, (each) => values(each, attribute).length > 0);
  const login = loginsOf(kind, covered);
  const key = keys.find((attribute) => people.every((each) => hasKey(each, attribute)));
  if (key === undefined)
    throw new DirectoryError(
      'directory/no-key',
      `not every person shows the same immutable key (${keys.join(', ')}): let the account that searches read one`,
    );
  const step = Math.max(1, Math.floor(people.length / 24));
  const spread = people.filter((_, index) => index % step === 0);
  return {
    ...{ count: people.length, filter, login, key },
    name: names.find((attribute) => covered(attribute) > 50) ?? 'cn',
    schools: schoolsOf(people, base),
    sample: spread.flatMap((each) => values(each, login[0] ?? 'uid').slice(0, 1)),
    knowGroups: covered('memberOf') > 0,
  };
}

function loginsOf(kind: DirectoryKind, covered: (attribute: string) => number): readonly string[] {
  if (kind !== 'openldap') return logins(kind);
  const [first = 'uid', ...others] = logins(kind);
  const main = covered(first) >= 50 ? first : (others.find((attribute) => covered(attribute) >= 50) ?? first);
  return [main, ...others.filter((each) => each !== main && each !== 'cn' && covered(each) >= 50)];
}

function hasKey(entry: Entry, attribute: string): boolean {
  try {
    return keyOf(entry, attribute) !== '';
  } catch {
    return false;
  }
}

const coverage = (people: readonly Entry[], test: (entry: Entry) => boolean): number =>
  Math.round((100 * people.filter(test).length) / people.length);

/** What has at least two values, each shared by several people; grades are none. */
function schoolsOf(people: readonly Entry[], base: string): readonly SchoolSource[] {
  const attributes = schoolAttributes.map((attribute) =>
    sourceOf(attribute, people, (each) => values(each, attribute)),
  );
  const depth = Math.max(...people.map(({ dn }) => placesOf(dn, base).length));
  const places = Array.from({ length: depth }, (_, level) =>
    sourceOf(null, people, (each) => placesOf(each.dn, base).slice(level, level + 1)),
  );
  return [...places, ...attributes]
    .filter((source) => source !== null)
    .sort((a, b) => likeness(b) - likeness(a));
}

function sourceOf(
  attribute: string | null,
  people: readonly Entry[],
  read: (entry: Entry) => readonly string[],
): SchoolSource | null {
  const counts = new Map<string, number>();
  for (const person of people)
    for (const value of read(person)) counts.set(value, (counts.get(value) ?? 0) + 1);
  const found = [...counts].filter(([, count]) => count > 1).sort((a, b) => b[1] - a[1]);
  const covers = coverage(people, (each) => read(each).length > 0);
  const few = found.length >= 2 && found.length <= Math.max(8, people.length / 4) && found.length <= 200;
  if (!few || covers < 30 || found.every(([value]) => grade.test(bare(value)))) return null;
  return { attribute, covers, values: found.map(([value]) => value) };
}

/** `ou` parts of a DN below the base, the highest first. The base is counted, not compared: a DN can be written in many ways. */
function placesOf(dn: string, base: string): string[] {
  const parts = rdnsIn(dn);
  const below = parts.slice(0, parts.length - rdnsIn(base).length);
  return below.filter((part) => /^ou\s*=/i.test(part)).reverse();
}

/** As they are written; dn.ts has them in a form to compare. */
const rdnsIn = (dn: string): string[] =>
  dn.trim() === '' ? [] : dn.split(/(?<!\\),/).map((part) => part.trim());

const bare = (value: string): string => value.replace(/^ou=/i, '');
const grade = /^(k|pk|kg|(grade|gr|g|year|yr)?[-_ ]?\d{1,2}(st|nd|rd|th)?|(class[-_ ]of[-_ ])?20\d\d)$/i;
const school = /school|elementary|middle|high|primary|academy|campus|junior|escuela|primaria|secundaria/i;
const role = /^(students?|staff|teachers?|faculty|employees?|people|users|accounts|groups|alumni|guests?)$/i;

/** How much the values look like schools, and not like roles. */
function likeness({ values: found, covers, attribute }: SchoolSource): number {
  const like = found.filter((value) => school.test(bare(value))).length / found.length;
  const unlike = found.filter((value) => role.test(bare(value))).length / found.length;
  const usual = attribute === null ? 0 : 1 - schoolAttributes.indexOf(attribute) / schoolAttributes.length;
  return 3 * like - 3 * unlike + covers / 100 + usual;
}
