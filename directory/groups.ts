/**
 * The groups of a person, direct and nested. Climbing goes breadth first, many groups in one search, so that a person
 * costs one search for each level and not one for each group; a group seen before is not climbed again, so that loops
 * end. What lies above a set of groups is remembered for a short time: a grade of pupils has one such set.
 */
import { AndFilter, EqualityFilter, ExtensibleFilter, OrFilter, PresenceFilter } from 'ldapts';
import type { Entry, Filter } from 'ldapts';
import { LRUCache } from 'lru-cache';
import type { Search } from './connection.ts';
import type { Group } from '../policy/subject.ts';
import { normalDn } from './dn.ts';
import { firstValue, guidOctets, keyOf, values } from './entry.ts';
import type { SearchDirectory } from './connection.ts';
import type { FoundPerson } from './find-person.ts';
import type { Settings } from './settings.ts';

/** LDAP_MATCHING_RULE_IN_CHAIN (MS-ADTS §3.1.1.3.4.4.3). */
const inChain = '1.2.840.113556.1.4.1941';
const dnsPerSearch = 100;
const longestMemory = 60_000;

interface Step {
  readonly groups: readonly Group[];
  /** DNs of groups above, where the entries themselves say so. */
  readonly above: readonly string[];
}

export class GroupFinder {
  readonly #search: SearchDirectory;
  readonly #settings: Settings;
  readonly #above: LRUCache<string, Promise<readonly Group[]>>;
  readonly #entries: LRUCache<string, Promise<Entry | undefined>>;

  constructor(search: SearchDirectory, settings: Settings, ttl: number) {
    this.#search = search;
    this.#settings = settings;
    const memory = { max: 10_000, ttl: Math.min(ttl, longestMemory) };
    this.#above = new LRUCache(memory);
    this.#entries = new LRUCache(memory);
  }

  /** Sorted by name, each once. @throws DirectoryError */
  async of(person: FoundPerson): Promise<readonly Group[]> {
    const { find, depth } = this.#settings.groups;
    const [direct, primary] = await Promise.all([this.#direct(person), this.#primary(person.primaryGroup)]);
    // By the chain rule the server has climbed from the person already; only the primary group is left.
    const from = find === 'chain' ? primary : joined(direct, primary);
    const above = depth === 0 ? [] : await this.#climb(from);
    const unique = new Map(
      [...direct.groups, ...primary.groups, ...above].map((group) => [group.key, group]),
    );
    return Object.freeze(
      [...unique.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
    );
  }

  /**
   * The groups that somebody means by a name, a DN or a key: one, unless several have the name.
   * @throws DirectoryError
   */
  async named(text: string): Promise<readonly Group[]> {
    const { base, filter, key, members } = this.#settings.groups;
    const isGroup =
      filter ?? new OrFilter({ filters: members.map((attribute) => new PresenceFilter({ attribute })) });
    const attributes = this.#attributes;
    const search: Search = isDn(text)
      ? { base: text, scope: 'base', filter: isGroup, attributes, limit: 1 }
      : {
          base,
          scope: 'sub',
          filter: both(isGroup, isKey(text) ? keyed(key, text) : equal('cn', text)),
          attributes,
          limit: 2,
        };
    return (await this.#search(search)).map((entry) => this.#read(entry));
  }

  #direct(person: FoundPerson): Promise<Step> {
    const { find, depth } = this.#settings.groups;
    if (find === 'memberOf') return this.#stepTo(person.memberOf);
    if (find === 'member') return this.#stepBy(this.#memberFilters([person.dn], person.login));
    return this.#stepBy([depth === 0 ? equal('member', person.dn) : chain(person.dn)]);
  }

  /** The primary group is named by its SID only. One for everybody, as a rule: it is read once. */
  async #primary(sid: Buffer | undefined): Promise<Step> {
    if (sid === undefined) return { groups: [], above: [] };
    const { base, filter } = this.#settings.groups;
    const entry = await this.#once(sid.toString('hex'), {
      base,
      scope: 'sub',
      filter: both(filter, equal('objectSid', sid)),
      attributes: this.#attributes,
      limit: 1,
    });
    return this.#step(entry === undefined ? [] : [entry]);
  }

  /** Everything above these groups, from memory where the same set was climbed a moment ago. */
  #climb(from: Step): Promise<readonly Group[]> {
    const set = from.groups
      .map(({ key }) => key)
      .sort()
      .join();
    if (set === '') return Promise.resolve([]);
    const known = this.#above.get(set);
    if (known !== undefined) return known;
    const climbing = this.#climbLevels(from);
    this.#above.set(set, climbing);
    climbing.catch(() => this.#above.delete(set));
    return climbing;
  }

  async #climbLevels(from: Step): Promise<readonly Group[]> {
    const { find, depth } = this.#settings.groups;
    const seen = new Set(from.groups.map(({ key }) => key));
    const found: Group[] = [];
    let step = from;
    // By the chain rule the server climbs all levels itself; one step lifts the primary group too.
    for (let level = 0; level < (find === 'chain' ? 1 : depth) && step.groups.length > 0; level += 1) {
      const next = await this.#stepAbove(step);
      const fresh = next.groups.filter(({ key }) => !seen.has(key));
      for (const group of fresh) seen.add(group.key);
      found.push(...fresh);
      step = { groups: fresh, above: next.above };
    }
    return found;
  }

  async #stepAbove(step: Step): Promise<Step> {
    const { find } = this.#settings.groups;
    if (find === 'memberOf') return this.#stepTo(step.above);
    const dns = step.groups.map(({ dn }) => dn);
    const batches: string[][] = [];
    for (let at = 0; at < dns.length; at += dnsPerSearch) batches.push(dns.slice(at, at + dnsPerSearch));
    const steps = await Promise.all(
      batches.map((batch) => this.#stepBy(find === 'chain' ? batch.map(chain) : this.#memberFilters(batch))),
    );
    return { groups: steps.flatMap(({ groups }) => groups), above: [] };
  }

  async #stepBy(filters: Filter[]): Promise<Step> {
    const { base, filter } = this.#settings.groups;
    const members = new OrFilter({ filters });
    const entries = await this.#search({
      base,
      scope: 'sub',
      filter: both(filter, members),
      attributes: this.#attributes,
    });
    return this.#step(entries);
  }

  /** Reads the entries of these DNs, each once for everybody. */
  async #stepTo(dns: readonly string[]): Promise<Step> {
    const filter = both(this.#settings.groups.filter, new PresenceFilter({ attribute: 'objectClass' }));
    const unique = new Map(dns.map((dn) => [normalDn(dn), dn]));
    const entries = await Promise.all(
      [...unique].map(([normal, base]) =>
        this.#once(normal, { base, scope: 'base', filter, attributes: this.#attributes, limit: 1 }),
      ),
    );
    return this.#step(entries.filter((entry) => entry !== undefined));
  }

  #once(name: string, search: Search): Promise<Entry | undefined> {
    const known = this.#entries.get(name);
    if (known !== undefined) return known;
    const first = this.#search(search).then(([entry]) => entry);
    this.#entries.set(name, first);
    first.catch(() => this.#entries.delete(name));
    return first;
  }

  #step(entries: readonly Entry[]): Step {
    return {
      groups: entries.map((entry) => this.#read(entry)),
      above: entries.flatMap((entry) => values(entry, 'memberOf')),
    };
  }

  #read(entry: Entry): Group {
    const name = firstValue(entry, 'cn') ?? entry.dn;
    return Object.freeze({ key: keyOf(entry, this.#settings.groups.key), name, dn: entry.dn });
  }

  /** `memberUid` names people by their login, never groups. */
  #memberFilters(dns: readonly string[], login?: string): Filter[] {
    return this.#settings.groups.members.flatMap((attribute) => {
      if (attribute !== 'memberUid') return dns.map((dn) => equal(attribute, dn));
      return login === undefined ? [] : [equal(attribute, login)];
    });
  }

  get #attributes(): readonly string[] {
    const { key, find } = this.#settings.groups;
    return find === 'memberOf' ? ['cn', key, 'memberOf'] : ['cn', key];
  }
}

const isDn = (text: string): boolean => /^[a-z][a-z0-9-]*=.*,/i.test(text);

const isKey = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

const keyed = (attribute: string, key: string): Filter =>
  equal(attribute, attribute.toLowerCase() === 'objectguid' ? guidOctets(key) : key.toLowerCase());

const joined = (one: Step, other: Step): Step => ({
  groups: [...one.groups, ...other.groups],
  above: [...one.above, ...other.above],
});

const equal = (attribute: string, value: string | Buffer): Filter => new EqualityFilter({ attribute, value });

const chain = (dn: string): Filter => new ExtensibleFilter({ matchType: 'member', rule: inChain, value: dn });

const both = (filter: Filter | null, other: Filter): Filter =>
  filter === null ? other : new AndFilter({ filters: [filter, other] });
