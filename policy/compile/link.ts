/** Policy and list entries → program and host entries: names become numbers, places become targets of the host table. */
import type { EditionId } from '../edition.ts';
import type { ListEntry } from '../lists/own.ts';
import type { Aup } from '../model/aup.ts';
import { parseHostPattern, parseUrlPattern } from '../model/patterns.ts';
import type { Reach } from '../model/patterns.ts';
import { usualContinue } from '../model/policy.ts';
import type { Policy, Rule } from '../model/policy.ts';
import type { HostEntry } from './host-table-build.ts';
import { itemOf } from './host-table.ts';
import type { Origin, Program, ProgramRule, ProgramUrl } from './program.ts';

export interface Linked {
  readonly program: Program;
  readonly entries: readonly HostEntry[];
  /** How many targets the host table has. */
  readonly targets: number;
}

/** @param lists entries of categories that the policy knows */
export function link(policy: Policy, aup: Aup, lists: readonly ListEntry[], id: EditionId): Linked {
  const linker = new Linker(policy);
  for (const entry of lists) linker.listed(entry);
  const named = <T>(record: Readonly<Record<string, T>>) =>
    Object.entries(record).map(([name, value]) => ({ ...value, name }));
  const program: Program = {
    id,
    title: policy.title,
    timeZone: policy.timeZone,
    mode: policy.mode,
    tunnelWarn: policy.tunnelWarn,
    audiences: named(policy.audiences),
    networks: named(policy.networks),
    schedules: named(policy.schedules),
    categories: named(policy.categories),
    rules: [
      ...policy.locked.map((rule) => linker.rule(rule, 'locked')),
      ...policy.rules.map((rule) => linker.rule(rule, 'ordered')),
    ],
    default: defaultRule(policy),
    urls: linker.urls,
    crisis: linker.place(policy.crisis, 'the policy, crisis') ?? [],
    testing: linker.place(policy.testing, 'the policy, testing') ?? [],
    origins: linker.origins,
    aup,
  };
  return { program, entries: linker.entries, targets: linker.targets };
}

class Linker {
  readonly entries: HostEntry[] = [];
  readonly origins: Origin[] = [];
  readonly urls: ProgramUrl[] = [];
  targets: number;
  readonly #policy: Policy;
  readonly #categories: readonly string[];
  readonly #originNumbers = new Map<string, number>();

  constructor(policy: Policy) {
    this.#policy = policy;
    this.#categories = Object.keys(policy.categories);
    this.targets = this.#categories.length;
    for (const [name, list] of Object.entries(policy.lists))
      this.#hosts(list.hosts, this.#categories.indexOf(list.category), {
        list: `the policy, list ${name}`,
        source: list.source ?? null,
      });
  }

  listed({ host, exact, category, list, source, line }: ListEntry): void {
    const item = itemOf(exact ? 'exact' : 'subtree', this.#categories.indexOf(category));
    this.entries.push({ host, item, origin: this.#origin({ list, source }), line });
  }

  /** The targets that mean a place; null where nothing is named. */
  place(
    { categories, hosts }: { categories: readonly string[]; hosts: readonly string[] },
    list: string,
  ): number[] | null {
    if (categories.length + hosts.length === 0) return null;
    const targets = categories.map((name) => this.#categories.indexOf(name));
    if (hosts.length > 0) {
      const own = this.targets++;
      this.#hosts(hosts, own, { list, source: null });
      targets.push(own);
    }
    return targets;
  }

  rule(rule: Rule, tier: 'locked' | 'ordered'): ProgramRule {
    const { match } = rule;
    const places = this.place(match, `the policy, rule ${rule.id}`);
    const urls = match.urls.map((text) => this.#url(text, rule.id));
    const indexes = (names: readonly string[], known: Readonly<Record<string, unknown>>) =>
      names.map((name) => Object.keys(known).indexOf(name));
    const none = <T>(values: readonly T[]): readonly T[] | null => (values.length === 0 ? null : values);
    return {
      id: rule.id,
      title: rule.title,
      publicTitle: rule.publicTitle,
      clause: rule.clause ?? null,
      noClause: rule.noClause ?? null,
      publicRule: rule.publicRule ?? null,
      publicClause: rule.publicClause ?? null,
      sensitive: match.categories.some((name) => this.#policy.categories[name]?.sensitive === true),
      action: rule.action,
      log: rule.log ?? rule.action !== 'allow',
      logGranted: rule.log ?? false,
      continue: continueOf(rule),
      tier,
      audiences: rule.for.includes('anyone') ? null : indexes(rule.for, this.#policy.audiences),
      places: places ?? (urls.length > 0 ? [] : null),
      urls,
      methods: none(match.methods),
      ports: none(match.ports),
      when: rule.when === undefined ? null : indexes(rule.when, this.#policy.schedules),
    };
  }

  #url(text: string, rule: string): number {
    const read = parseUrlPattern(text);
    if (!read.ok) throw new Error(`\`${text}\` was not checked: ${read.hint}`);
    const { host, path } = read.value;
    const [, stars = '', rest = ''] = /^(\*\*?\.)?([^*]+)$/.exec(host) ?? [];
    let target: number | null = null;
    if (rest !== '') {
      target = this.targets++;
      const reach: Reach = stars === '**.' ? 'subtree' : stars === '*.' ? 'children' : 'exact';
      this.entries.push({
        host: rest,
        item: itemOf(reach, target),
        origin: this.#origin({ list: `the policy, rule ${rule}`, source: null }),
        line: 0,
      });
    }
    return this.urls.push({ host, path, target }) - 1;
  }

  #hosts(patterns: readonly string[], target: number, origin: Origin): void {
    for (const text of patterns) {
      const read = parseHostPattern(text);
      if (!read.ok) throw new Error(`\`${text}\` was not checked: ${read.hint}`);
      const { host, reach } = read.value;
      this.entries.push({ host, item: itemOf(reach, target), origin: this.#origin(origin), line: 0 });
    }
  }

  #origin(origin: Origin): number {
    const key = `${origin.list}\0${origin.source ?? ''}`;
    const known = this.#originNumbers.get(key);
    if (known !== undefined) return known;
    const number = this.origins.push(origin) - 1;
    this.#originNumbers.set(key, number);
    return number;
  }
}

/** How long going on holds, where that is possible at all. */
const continueOf = (rule: Pick<Rule, 'action' | 'continue'>): number | null =>
  rule.action === 'warn' ? (rule.continue ?? usualContinue) : null;

function defaultRule({ default: fallback }: Policy): ProgramRule {
  const { action, publicTitle, clause, noClause, log } = fallback;
  const nothing = { audiences: null, places: null, urls: [], methods: null, ports: null, when: null };
  const names = {
    id: 'default',
    title: 'Default',
    publicTitle,
    clause: clause ?? null,
    noClause: noClause ?? null,
  };
  const shown = { publicRule: null, publicClause: null, sensitive: false };
  return {
    ...names,
    ...shown,
    ...nothing,
    action,
    log: log ?? action !== 'allow',
    logGranted: log ?? false,
    continue: continueOf(fallback),
    tier: 'default',
  };
}
