/** A directory tree in memory: which entries lie in a scope, match a filter, and what of them is shown. */
import { normalDn, rdnsOf } from '../directory/dn.ts';
import type { LdifEntry } from './ldif.ts';

export interface DemoEntry extends LdifEntry {
  readonly normal: string;
  /** Attributes in lower case → values in the form in which they are compared. */
  readonly comparable: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The filters that the demo directory understands (RFC 4511 §4.5.1.7), as ldapjs presents them. */
export interface DemoFilter {
  readonly type: string;
  readonly attribute?: string;
  readonly value?: string;
  readonly initial?: string;
  readonly any?: readonly string[];
  readonly final?: string;
  readonly filter?: DemoFilter;
  readonly filters?: readonly DemoFilter[];
}

const dnAttributes = new Set(['member', 'uniquemember', 'owner', 'seealso', 'manager']);
const operational = new Set(['entryuuid', 'entrydn', 'createtimestamp', 'modifytimestamp']);
const secret = 'userpassword';
/** An entry is of the superclasses of its classes too (RFC 4512 §2.4.1), whether its LDIF says so or not. */
const superclasses: ReadonlyMap<string, string> = new Map([
  ['inetorgperson', 'organizationalperson'],
  ['organizationalperson', 'person'],
]);

export class DemoTree {
  readonly #entries: ReadonlyMap<string, DemoEntry>;

  constructor(entries: readonly LdifEntry[]) {
    this.#entries = new Map(entries.map((entry) => [normalDn(entry.dn), comparableEntry(entry)]));
  }

  get(dn: string): DemoEntry | undefined {
    return this.#entries.get(normalDn(dn));
  }

  /** Entries of a scope that match; null when the base is not there. */
  search(base: string, scope: 'base' | 'one' | 'sub', filter: DemoFilter): DemoEntry[] | null {
    const root = this.get(base);
    if (root === undefined) return null;
    const depth = rdnsOf(root.dn).length;
    return [...this.#entries.values()].filter((entry) => {
      if (entry !== root && !entry.normal.endsWith(`,${root.normal}`)) return false;
      const below = rdnsOf(entry.dn).length - depth;
      return (scope === 'sub' || below === (scope === 'one' ? 1 : 0)) && matches(entry, filter);
    });
  }
}

/** Three-valued logic is not needed: every attribute is known, and one that is absent does not match (RFC 4511 §4.5.1.7). */
export const matches = (entry: DemoEntry, filter: DemoFilter): boolean => {
  switch (filter.type) {
    case 'AndFilter':
      return (filter.filters ?? []).every((part) => matches(entry, part));
    case 'OrFilter':
      return (filter.filters ?? []).some((part) => matches(entry, part));
    case 'NotFilter':
      return filter.filter !== undefined && !matches(entry, filter.filter);
    case 'PresenceFilter':
      return valuesOf(entry, filter) !== undefined;
    case 'EqualityFilter':
    case 'ApproximateFilter':
      return valuesOf(entry, filter)?.has(comparable(nameOf(filter), filter.value ?? '')) ?? false;
    case 'SubstringFilter':
      return [...(valuesOf(entry, filter) ?? [])].some((value) => contains(value, filter));
    default:
      return false;
  }
};

/** What a search shows of an entry: never passwords, and operational attributes only when asked for (RFC 4511 §4.5.1.8). */
export const shown = (entry: DemoEntry, asked: readonly string[]): Record<string, string[]> => {
  const wanted = new Set(asked.map((name) => name.toLowerCase()));
  const allUser = wanted.size === 0 || wanted.has('*');
  const result: Record<string, string[]> = {};
  for (const [name, attribute] of entry.attributes) {
    if (name === secret) continue;
    const byClass = operational.has(name) ? wanted.has('+') : allUser;
    if (byClass || wanted.has(name)) result[attribute.name] = [...attribute.values];
  }
  return result;
};

const nameOf = (filter: DemoFilter): string => (filter.attribute ?? '').toLowerCase();

const valuesOf = (entry: DemoEntry, filter: DemoFilter): ReadonlySet<string> | undefined => {
  const name = nameOf(filter);
  return name === secret ? undefined : entry.comparable.get(name);
};

const contains = (value: string, filter: DemoFilter): boolean => {
  const parts = [...(filter.any ?? [])].map(folded);
  const initial = folded(filter.initial ?? '');
  const final = folded(filter.final ?? '');
  if (!value.startsWith(initial)) return false;
  let at = initial.length;
  for (const part of parts) {
    const found = value.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return value.length - final.length >= at && value.endsWith(final);
};

const comparableEntry = (entry: LdifEntry): DemoEntry => {
  const attributes = new Map(
    [...entry.attributes].map(([name, { values }]) => [
      name,
      new Set(values.map((value) => comparable(name, value))),
    ]),
  );
  const classes = attributes.get('objectclass');
  // A set that grows while it is walked is walked to its new end.
  for (const name of classes ?? []) classes?.add(superclasses.get(name) ?? 'top');
  return { ...entry, normal: normalDn(entry.dn), comparable: attributes };
};

const comparable = (name: string, value: string): string =>
  dnAttributes.has(name) ? normalDn(value) : folded(value);

/** caseIgnoreMatch (RFC 4517 §4.2.11), as far as a demo needs it. */
const folded = (value: string): string => value.normalize('NFKC').toLowerCase().trim().replace(/ +/g, ' ');
