/**
 * The policy and the lists, put together: every name becomes a number, every place a *target* under which the indexes keep
 * what is said of hosts and requests.
 *
 * A category is several targets, because what a list takes back (`! entry`) it takes back of itself alone: one target for
 * the policy's own short lists, and for each list file one, with a second for its exceptions where it has any.
 */
import type { EditionId } from '../edition.ts';
import type { ExtractorSource } from '../extract/source.ts';
import type { ListSink, OtherPattern, Place as EntryPlace } from '../lists/entry.ts';
import type { Aup } from '../model/aup.ts';
import { parseHostPattern, parseTopLevel, parseUrlPattern } from '../model/patterns.ts';
import type { Reach } from '../model/patterns.ts';
import { usualContinue } from '../model/policy.ts';
import type { Fallback, Match, Policy, Rule } from '../model/policy.ts';
import type { Service } from '../services.ts';
import type { Narrowing, Origin, Place, Program, ProgramPattern, ProgramRule } from './program.ts';

/** Of the product, beside the policy and the lists (tables.ts). */
export interface Tables {
  readonly services: readonly Service[];
  readonly extractors: ExtractorSource;
}

/** Who keeps the hosts. */
export interface HostSink {
  add(host: string, reach: Reach, target: number, origin: number, line: number): void;
}

type Places = Pick<Match, 'categories' | 'hosts'> & Partial<Pick<Match, 'urls' | 'expressions' | 'topLevel'>>;
type RuleTier = 'illegal' | 'locked' | 'ordered';

/** What one list file says of one category; it is a place of the category, and may get its exceptions later. */
type OpenList = { -readonly [K in keyof Place]: Place[K] };

export class Linker {
  targets: number;
  readonly #policy: Policy;
  readonly #sink: HostSink;
  readonly #categories: readonly string[];
  /** The places of each category. */
  readonly #places: Place[][];
  readonly #categoryOf: number[];
  readonly #patterns: ProgramPattern[] = [];
  readonly #origins: Origin[] = [];
  readonly #originNumbers = new Map<string, number>();
  readonly #lists = new Map<string, OpenList>();
  #last: { list: string; source: string | null; file: string | null; number: number } = {
    ...{ list: '', source: null, file: null, number: -1 },
  };

  constructor(policy: Policy, sink: HostSink) {
    this.#policy = policy;
    this.#sink = sink;
    this.#categories = Object.keys(policy.categories);
    this.targets = this.#categories.length;
    this.#places = this.#categories.map((_, target) => [{ target, except: null }]);
    this.#categoryOf = this.#categories.map((_, i) => i);
    for (const [name, list] of Object.entries(policy.lists)) {
      const origin = this.#origin({ list: `the policy, list ${name}`, source: list.source ?? null });
      this.#hosts(list.hosts, this.#categories.indexOf(list.category), origin);
    }
  }

  /**
   * Takes the entries of one list file.
   * @param unknown told once for each category that the policy does not have: what is said of it counts for nothing
   */
  list(name: string, unknown: (category: string, line: number) => void): ListSink {
    let open: OpenList | null = null;
    let category = '';
    const told = new Set<string>();
    const target = (place: EntryPlace): number => {
      if (place.category !== category || category === '')
        open = this.#openList(name, (category = place.category));
      if (open !== null) return place.except ? (open.except ??= this.#newTarget(-1)) : open.target;
      if (!told.has(category)) unknown(category, place.line);
      told.add(category);
      return -1;
    };
    return {
      host: (host, reach, place) => {
        const into = target(place);
        if (into >= 0) this.#sink.add(host, reach, into, this.#originOf(name, place), place.line);
      },
      other: (pattern, place) => {
        const into = target(place);
        if (into >= 0) this.#pattern(pattern, into, this.#originOf(name, place));
      },
    };
  }

  /** After every list. */
  program(aup: Aup, id: EditionId, { services, extractors }: Tables): Program {
    const policy = this.#policy;
    const named = <T>(record: Readonly<Record<string, T>>) =>
      Object.entries(record).map(([name, value]) => ({ ...value, name }));
    const rules = (['illegal', 'locked', 'rules'] as const).flatMap((key) =>
      policy[key].map((rule) => this.#rule(rule, key === 'rules' ? 'ordered' : key)),
    );
    const { uncategorised, ...fallback } = policy.default;
    const above = (tier: 'crisis' | 'testing') => this.#place(policy[tier], `the policy, ${tier}`) ?? [];
    const [crisis, testing] = [above('crisis'), above('testing')];
    const serviceTargets = services.map((service) => ({ service, target: this.#service(service) }));
    return {
      id,
      title: policy.title,
      timeZone: policy.timeZone,
      mode: policy.mode,
      tunnelWarn: policy.tunnelWarn,
      audiences: named(policy.audiences),
      networks: named(policy.networks),
      schedules: named(policy.schedules),
      categories: named(policy.categories),
      categoryOf: this.#categoryOf,
      rules,
      default: defaultRule('default', fallback),
      uncategorised: uncategorised === undefined ? null : defaultRule('uncategorised', uncategorised),
      patterns: this.#patterns,
      crisis,
      testing,
      services: serviceTargets,
      extractors,
      freeze: indexesOf(policy.freeze, policy.schedules),
      origins: this.#origins,
      targets: this.targets,
      aup,
    };
  }

  #openList(list: string, name: string): OpenList | null {
    const key = `${list}\0${name}`;
    const known = this.#lists.get(key);
    if (known !== undefined) return known;
    const category = this.#categories.indexOf(name);
    if (category < 0) return null;
    const open = { target: this.#newTarget(category), except: null };
    this.#places[category]?.push(open);
    this.#lists.set(key, open);
    return open;
  }

  #newTarget(category: number): number {
    this.#categoryOf.push(category);
    return this.targets++;
  }

  #pattern(entry: OtherPattern, target: number, origin: number): void {
    const at = { target, origin };
    switch (entry.kind) {
      case 'path':
        return this.#add({ ...at, kind: 'path', host: entry.host, exact: entry.exact, path: entry.path });
      case 'glob':
        return this.#glob(entry.glob, target, origin);
      case 'regex':
        return this.#add({ ...at, kind: 'regex', source: entry.regex });
      case 'abp':
        return this.#add({ ...at, kind: 'abp', rule: entry.rule });
      case 'term':
        return this.#add({ ...at, kind: 'term', words: entry.words });
      case 'extension':
        return this.#add({ ...at, kind: 'extension', extension: entry.extension });
      case 'type':
        return this.#add({ ...at, kind: 'type', type: entry.type });
      case 'ip':
        return this.#add({ ...at, kind: 'ip', from: entry.from, to: entry.to });
    }
  }

  #add(pattern: ProgramPattern): void {
    this.#patterns.push(pattern);
  }

  /** Null where nothing is named. */
  #place(places: Places, list: string): Place[] | null {
    const { categories, hosts, urls = [], expressions = [], topLevel = [] } = places;
    if ([categories, hosts, urls, expressions, topLevel].every(({ length }) => length === 0)) return null;
    const found = categories.flatMap((name) => this.#places[this.#categories.indexOf(name)] ?? []);
    if (hosts.length + urls.length + expressions.length + topLevel.length === 0) return found;
    const target = this.#newTarget(-1);
    const origin = this.#origin({ list, source: null });
    this.#hosts(hosts, target, origin);
    for (const text of topLevel) {
      const read = parseTopLevel(text);
      if (read.ok) this.#sink.add(read.value, 'subtree', target, origin, 0);
    }
    for (const text of urls) this.#glob(text, target, origin);
    for (const source of expressions) this.#add({ kind: 'regex', source, target, origin });
    return [...found, { target, except: null }];
  }

  #service({ id, hosts }: Service): number {
    const target = this.#newTarget(-1);
    this.#hosts(hosts, target, this.#origin({ list: `services, ${id}`, source: null }));
    return target;
  }

  #glob(text: string, target: number, origin: number): void {
    const read = parseUrlPattern(text);
    if (!read.ok) throw new Error(`\`${text}\` was not checked: ${read.hint}`);
    this.#add({ kind: 'glob', ...read.value, target, origin });
  }

  #hosts(patterns: readonly string[], target: number, origin: number): void {
    for (const text of patterns) {
      const read = parseHostPattern(text);
      if (!read.ok) throw new Error(`\`${text}\` was not checked: ${read.hint}`);
      this.#sink.add(read.value.host, read.value.reach, target, origin, 0);
    }
  }

  /** Of an entry of a list; those that follow one another mostly share it. */
  #originOf(list: string, { source, file }: EntryPlace): number {
    const last = this.#last;
    if (last.list === list && last.source === source && last.file === file) return last.number;
    const number = this.#origin({ list, source: source ?? file });
    this.#last = { list, source, file, number };
    return number;
  }

  #origin(origin: Origin): number {
    const key = `${origin.list}\0${origin.source ?? ''}`;
    const known = this.#originNumbers.get(key);
    if (known !== undefined) return known;
    const number = this.#origins.push(origin) - 1;
    this.#originNumbers.set(key, number);
    return number;
  }

  #rule(rule: Rule, tier: RuleTier): ProgramRule {
    const { match } = rule;
    const places = this.#place(match, `the policy, rule ${rule.id}`);
    const special = {
      bareAddress: match.bareAddress === true,
      uncategorised: match.uncategorised === true,
      mixedScript: match.mixedScript === true,
    };
    const placed = Object.values(special).includes(true);
    return {
      id: rule.id,
      title: rule.title,
      publicTitle: rule.publicTitle,
      clause: rule.clause ?? null,
      noClause: rule.noClause ?? null,
      publicRule: rule.publicRule ?? null,
      publicClause: rule.publicClause ?? null,
      sensitive: match.categories.some((name) => this.#policy.categories[name]?.sensitive === true),
      ...actionOf(rule),
      quiet: rule.quiet,
      observe: rule.observe,
      continue: continueOf(rule),
      tier,
      audiences: rule.for.includes('anyone') ? null : indexesOf(rule.for, this.#policy.audiences),
      places: places ?? (placed ? [] : null),
      ...special,
      methods: none(match.methods),
      ports: none(match.ports),
      narrowing: narrowingOf(match),
      when: rule.when === undefined ? null : indexesOf(rule.when, this.#policy.schedules),
      expires: rule.expires === undefined ? null : Date.parse(rule.expires),
    };
  }
}

const none = <T>(values: readonly T[]): readonly T[] | null => (values.length === 0 ? null : values);

const indexesOf = (names: readonly string[], known: Readonly<Record<string, unknown>>): number[] =>
  names.map((name) => Object.keys(known).indexOf(name));

/** What an action means, and what is recorded where the rule does not say. */
function actionOf({ action, log }: Pick<Rule, 'action' | 'log'>) {
  const opens = action !== 'block' && action !== 'warn';
  return {
    action: opens ? ('allow' as const) : action,
    inspect: action !== 'allow-without-inspection',
    log: log ?? (!opens || action === 'monitor'),
    logGranted: log ?? false,
  };
}

function narrowingOf(match: Match): Narrowing | null {
  const { search, files, mediaTypes, upload, schemes, userAgents, headers, fetch } = match;
  const lists = [search, files, mediaTypes, schemes, userAgents, headers];
  if (lists.every(({ length }) => length === 0) && upload === undefined && fetch === undefined) return null;
  const lower = (values: readonly string[]) => values.map((value) => value.toLowerCase());
  return {
    search,
    files: lower(files),
    mediaTypes,
    upload,
    schemes,
    userAgents: lower(userAgents),
    headers: lower(headers),
    fetch,
  };
}

/** How long going on holds, where that is possible at all. */
const continueOf = (rule: Pick<Rule, 'action' | 'continue'>): number | null =>
  rule.action === 'warn' ? (rule.continue ?? usualContinue) : null;

function defaultRule(id: 'default' | 'uncategorised', fallback: Fallback): ProgramRule {
  const { publicTitle, clause, noClause } = fallback;
  return {
    id,
    title: id === 'default' ? 'Default' : 'Sites that no list knows',
    publicTitle,
    clause: clause ?? null,
    noClause: noClause ?? null,
    ...{ publicRule: null, publicClause: null, sensitive: false },
    ...actionOf(fallback),
    ...{ quiet: false, observe: false, bareAddress: false, uncategorised: false, mixedScript: false },
    ...{ audiences: null, places: null, methods: null, ports: null, narrowing: null, when: null },
    continue: continueOf(fallback),
    tier: 'default',
    expires: null,
  };
}
