/**
 * What can be said of a host before anything else is known: which class it is in, and which rules can be about it.
 * Worked out when such a host is first asked for, then remembered: of most hosts the same few things are said, and these
 * have one number and one plan. Hosts of which more is said than a number holds (three of their parents are in the host
 * index, or globs with a loose host are there) are remembered by name.
 */
import { LRUCache } from 'lru-cache';
import type { Decision } from '../decision.ts';
import { isClosedNow } from '../emergency.ts';
import type { Emergency } from '../emergency.ts';
import type { RequestFacts } from '../request.ts';
import type { Service } from '../services.ts';
import { exemption } from './live-rule.ts';
import { NEED_URL } from './outcome.ts';
import type { LiveRule } from './live-rule.ts';
import { closedTarget } from './overlay.ts';
import type { Place, Program } from './program.ts';
import { ruleBits } from './rule-bits.ts';
import type { RuleBits } from './rule-bits.ts';

/** A place of which the host alone does not tell. */
export interface OpenPlace {
  readonly target: number;
  /** Whether the host is in the target; else `needs` says what of the request may be. */
  readonly byHost: boolean;
  readonly needs: number;
  /** Null where nothing takes it away again. */
  readonly except: { readonly target: number; readonly needs: number } | null;
}

export interface Step {
  readonly rule: LiveRule;
  /** Null when the host alone is the place; else any one of these is enough. */
  readonly open: readonly OpenPlace[] | null;
  /** Whether only the address of a request can make it match: where that is known and in nothing, it does not. */
  readonly byAddress: boolean;
}

export interface Plan {
  /** The decision of a crisis or testing host. */
  readonly exempt: Decision | null;
  /** By index of the rule; undefined where no request to the host can be in a place of it. */
  readonly steps: readonly (Step | undefined)[];
  /** The rules that have a step, and those of them that the address alone does not tell: sets of bits (rule-bits.ts). */
  readonly asked: RuleBits;
  readonly askedByHost: RuleBits;
  /** What decides where no rule does. */
  readonly fallback: LiveRule;
  /** Services that the host belongs to; one array per combination, null where there is none. */
  readonly services: readonly Service[] | null;
}

/** Where the policy and the lists say something of a host. */
export interface HostTargets {
  /** A number of all that is said of a host, the same for any two of which the same is said; -1 where there is none. */
  keyOf(host: string): number;
  /** Adds the targets of everything that is said of `host`, directly or by a parent. */
  targets(host: string, found: Set<number>): void;
  /** Targets that more of a request to any host may put it into, with the bits of what would tell. */
  readonly possibleAnywhere: ReadonlyMap<number, number>;
  /** Adds the targets that only the address of a request to `host` may put it into. */
  possible(host: string, found: Set<number>): void;
}

/**
 * About 20 MB at most; a school's day has fewer hosts. Counted as a size, since with `max` the cache takes all its memory at
 * once, and eight milliseconds of a thread that opens an image.
 */
const MAX_HOSTS = 100_000;

export interface PlansParts {
  readonly program: Program;
  readonly hosts: HostTargets;
  readonly rules: readonly LiveRule[];
  readonly fallbacks: { readonly default: LiveRule; readonly uncategorised: LiveRule | null };
  readonly emergency: Emergency;
}

type HostFacts = Pick<RequestFacts, 'host' | 'hostKind' | 'mixedScript'>;

/** What is known of a host. */
interface Known {
  readonly targets: ReadonlySet<number>;
  /** What only an address at it may be in. */
  readonly here: ReadonlySet<number>;
  /** Whether it is the host that was asked for: of another name of it nothing but the name counts. */
  readonly asked: boolean;
  readonly uncategorised: boolean;
  readonly bareAddress: boolean;
  readonly mixedScript: boolean;
}

export class Plans {
  readonly #parts: PlansParts;
  /** By number of what is said; and by host, where a number is not enough. */
  readonly #bySaid = new Map<number, Plan>();
  readonly #known = new LRUCache<string, Plan>({ maxSize: MAX_HOSTS, sizeCalculation: () => 1 });
  /** Hosts of which the same is said share one plan; there are only as many as the policy makes differences. */
  readonly #shared = new Map<string, Plan>();
  readonly #services = new Map<string, readonly Service[]>();
  readonly #exempt = { crisis: exemption('crisis'), testing: exemption('testing') };

  constructor(parts: PlansParts) {
    this.#parts = parts;
  }

  of(facts: RequestFacts): Plan {
    const key = this.#isPlain(facts) ? this.#parts.hosts.keyOf(facts.host) : -1;
    if (key < 0) return this.#ofHost(facts);
    let plan = this.#bySaid.get(key);
    if (plan === undefined) this.#bySaid.set(key, (plan = this.#workOut(facts)));
    return plan;
  }

  /** Whether what the indexes say of its name is all that there is to say of a host. */
  #isPlain({ hostKind, mixedScript }: RequestFacts): boolean {
    return hostKind === 'name' && !mixedScript && this.#parts.emergency.closed.length === 0;
  }

  #ofHost(facts: RequestFacts): Plan {
    const known = this.#known.get(facts.host);
    if (known !== undefined) return known;
    const plan = this.#workOut(facts);
    this.#known.set(facts.host, plan);
    return plan;
  }

  /**
   * The plan where DNS calls the host by other names too: what closes one of those, by naming it, closes the host, in the
   * order of the rules.
   */
  withAliases(facts: RequestFacts): Plan {
    const plan = this.of(facts);
    if (plan.exempt !== null) return plan;
    const steps = [...plan.steps];
    for (const host of facts.aliases)
      for (const step of this.#workOut({ host, hostKind: 'name', mixedScript: false }, false).steps)
        if (step?.open === null && step.rule.source.action !== 'allow' && namesPlaces(step.rule))
          steps[step.rule.index] = step;
    return { ...plan, ...stepsOf(steps) };
  }

  /** @param asked whether it is the host that was asked for, and no other name of it */
  #workOut({ host, hostKind, mixedScript }: HostFacts, asked = true): Plan {
    const { hosts, program, emergency } = this.#parts;
    const [targets, here] = [new Set<number>(), new Set<number>()];
    hosts.targets(host, targets);
    if (asked) hosts.possible(host, here);
    const uncategorised = asked && ![...targets].some((target) => (program.categoryOf[target] ?? -1) >= 0);
    if (isClosedNow(emergency, host)) targets.add(closedTarget);
    const bareAddress = hostKind !== 'name';
    const known: Known = { targets, here, asked, uncategorised, bareAddress, mixedScript };
    const sorted = (all: ReadonlySet<number>) => [...all].sort((a, b) => a - b).join();
    const flags = [asked, uncategorised, bareAddress, mixedScript].map(Number).join('');
    const key = `${sorted(targets)};${sorted(here)};${flags}`;
    let plan = this.#shared.get(key);
    if (plan === undefined) this.#shared.set(key, (plan = this.#build(known)));
    return plan;
  }

  #build(known: Known): Plan {
    const { program, rules, fallbacks } = this.#parts;
    const fallback =
      known.uncategorised && fallbacks.uncategorised !== null ? fallbacks.uncategorised : fallbacks.default;
    for (const tier of ['crisis', 'testing'] as const)
      if (program[tier].some((place) => isInside(place, known)))
        return { exempt: this.#exempt[tier], ...stepsOf([]), fallback, services: null };
    const { possibleAnywhere } = this.#parts.hosts;
    const steps = rules.map((rule) => stepOf(rule, known, possibleAnywhere));
    return { exempt: null, ...stepsOf(steps), fallback, services: this.#servicesOf(known) };
  }

  #servicesOf({ targets }: Known): readonly Service[] | null {
    const found = this.#parts.program.services.filter(({ target }) => targets.has(target));
    if (found.length === 0) return null;
    const key = found.map(({ target }) => target).join();
    let services = this.#services.get(key);
    if (services === undefined)
      this.#services.set(key, (services = Object.freeze(found.map(({ service }) => service))));
    return services;
  }
}

/** Whether it is about certain places, and not about all of them. */
const namesPlaces = ({ source }: LiveRule): boolean => source.places !== null && source.places.length > 0;

const stepsOf = (steps: readonly (Step | undefined)[]) => ({
  steps,
  asked: ruleBits(steps.length, (i) => steps[i] !== undefined),
  askedByHost: ruleBits(steps.length, (i) => steps[i]?.byAddress === false),
});

type Possible = ReadonlyMap<number, number>;

function stepOf(rule: LiveRule, known: Known, anywhere: Possible): Step | undefined {
  const { places, bareAddress, uncategorised, mixedScript } = rule.source;
  const special =
    (bareAddress && known.bareAddress) ||
    (uncategorised && known.uncategorised) ||
    (mixedScript && known.mixedScript);
  if (places === null || special) return { rule, open: null, byAddress: false };
  const open: OpenPlace[] = [];
  for (const place of places) {
    const found = openPlace(place, known, anywhere);
    if (found === 'inside') return { rule, open: null, byAddress: false };
    if (found !== 'outside') open.push(found);
  }
  const byAddress = open.every(({ byHost, needs }) => !byHost && needs === NEED_URL);
  return open.length === 0 ? undefined : { rule, open, byAddress };
}

/** By the host alone: what stands above every rule does not wait for more to be known. */
const isInside = ({ target, except }: Place, { targets }: Known): boolean =>
  targets.has(target) && (except === null || !targets.has(except));

function openPlace(
  { target, except }: Place,
  { targets, here, asked }: Known,
  anywhere: Possible,
): OpenPlace | 'inside' | 'outside' {
  const needsOf = (of: number) => (asked ? (anywhere.get(of) ?? 0) | (here.has(of) ? NEED_URL : 0) : 0);
  const byHost = targets.has(target);
  const needs = needsOf(target);
  if (!byHost && needs === 0) return 'outside';
  if (except !== null && targets.has(except)) return 'outside';
  const taken = except === null ? 0 : needsOf(except);
  if (except === null || taken === 0) return byHost ? 'inside' : { target, byHost, needs, except: null };
  return { target, byHost, needs, except: { target: except, needs: taken } };
}
