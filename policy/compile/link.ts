/**
 * The policy and the lists, put together: every name becomes a number, every place a *target* under which the indexes keep
 * what is said of hosts and requests.
 *
 * A category is several targets, because what a list takes back (`! entry`) it takes back of itself alone: one target for
 * the policy's own short lists, and for each list file one, with a second for its exceptions where it has any.
 */
import type { EditionId } from '../edition.ts';
import type { ExtractorSource } from '../extract/source.ts';
import { parseAbpRule } from '../lists/abp-rule.ts';
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

/** Who keeps what is said of places. Expressions and filters that cannot be used are answered with the reason. */
export interface PlaceSink {
  host(host: string, reach: Reach, target: number, origin: number, line: number): void;
  path(host: string, exact: boolean, path: string, target: number, origin: number): void;
  glob(host: string, path: string, target: number, origin: number): void;
  regex(source: string, target: number, origin: number): string | null;
  abp(rule: string, target: number, origin: number): string | null;
}

/** Told what of a list counts for nothing, and why. */
export interface ListTrouble {
  /** Once for each category that the policy does not have. */
  unknown(category: string, line: number): void;
  refused(line: number, why: string): void;
}

type Places = Pick<Match, 'categories' | 'hosts'> & Partial<Pick<Match, 'urls' | 'expressions' | 'topLevel'>>;
type RuleTier = 'illegal' | 'locked' | 'ordered';

/** What one list file says of one category; it is a place of the category, and may get its exceptions later. */
interface OpenList {
  readonly category: number;
  readonly place: { readonly target: number; except: number | null };
  /** Of filters that are stronger than any exception. */
  important: number | null;
}

export class Linker {
  targets: number;
  /** Expressions of the policy's own that cannot be used. */
  readonly refused: { readonly where: string; readonly source: string; readonly why: string }[] = [];
  readonly #policy: Policy;
  readonly #sink: PlaceSink;
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

  constructor(policy: Policy, sink: PlaceSink) {
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

  /** Takes the entries of one list file. */
  list(name: string, trouble: ListTrouble): ListSink {
    let open: OpenList | null = null;
    let category = '';
    const told = new Set<string>();
    const openOf = (place: EntryPlace): OpenList | null => {
      if (place.category !== category || category === '')
        open = this.#openList(name, (category = place.category));
      if (open === null && !told.has(category)) trouble.unknown(category, place.line);
      told.add(category);
      return open;
    };
    return {
      host: (host, reach, place) => {
        const list = openOf(place);
        if (list === null) return;
        const target = place.except ? this.#exceptOf(list) : list.place.target;
        this.#sink.host(host, reach, target, this.#originOf(name, place), place.line);
      },
      other: (pattern, place) => {
        const list = openOf(place);
        if (list === null) return;
        const why = this.#listed(pattern, place.except, list, this.#originOf(name, place));
        if (why !== null) trouble.refused(place.line, why);
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
    const place = { target: this.#newTarget(category), except: null };
    const open = { category, place, important: null };
    this.#places[category]?.push(place);
    this.#lists.set(key, open);
    return open;
  }

  #exceptOf({ place }: OpenList): number {
    return (place.except ??= this.#newTarget(-1));
  }

  #importantOf(list: OpenList): number {
    if (list.important !== null) return list.important;
    const target = this.#newTarget(list.category);
    this.#places[list.category]?.push({ target, except: null });
    return (list.important = target);
  }

  #newTarget(category: number): number {
    this.#categoryOf.push(category);
    return this.targets++;
  }

  /** @returns why it cannot be used, or null */
  #listed(entry: OtherPattern, except: boolean, list: OpenList, origin: number): string | null {
    const target = except ? this.#exceptOf(list) : list.place.target;
    const at = { target, origin };
    switch (entry.kind) {
      case 'path':
        this.#sink.path(entry.host, entry.exact, entry.path, target, origin);
        return null;
      case 'glob':
        return this.#glob(entry.glob, target, origin);
      case 'regex':
        return this.#sink.regex(entry.regex, target, origin);
      case 'abp':
        return this.#sink.abp(entry.rule, isImportant(entry.rule) ? this.#importantOf(list) : target, origin);
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

  #add(pattern: ProgramPattern): null {
    this.#patterns.push(pattern);
    return null;
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
      if (read.ok) this.#sink.host(read.value, 'subtree', target, origin, 0);
    }
    for (const text of urls) this.#glob(text, target, origin);
    for (const source of expressions) {
      const why = this.#sink.regex(source, target, origin);
      if (why !== null) this.refused.push({ where: list, source, why });
    }
    return [...found, { target, except: null }];
  }

  #service({ id, hosts }: Service): number {
    const target = this.#newTarget(-1);
    this.#hosts(hosts, target, this.#origin({ list: `services, ${id}`, source: null }));
    return target;
  }

  #glob(text: string, target: number, origin: number): string | null {
    const read = parseUrlPattern(text);
    if (!read.ok) return read.hint;
    this.#sink.glob(read.value.host, read.value.path, target, origin);
    return null;
  }

  #hosts(patterns: readonly string[], target: number, origin: number): void {
    for (const text of patterns) {
      const read = parseHostPattern(text);
      if (!read.ok) throw new Error(`\`${text}\` was not checked: ${read.hint}`);
      this.#sink.host(read.value.host, read.value.reach, target, origin, 0);
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

/** A filter that no exception takes back. */
function isImportant(text: string): boolean {
  const read = parseAbpRule(text);
  return read.ok && read.rule.important && !read.rule.exception;
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
