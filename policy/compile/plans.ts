/**
 * What can be said of a host before anything else is known: which class it is in, and which rules can be about it.
 * Worked out when the host is first asked for, then remembered; a warm decision only walks its few steps.
 */
import { LRUCache } from 'lru-cache';
import type { Decision } from '../decision.ts';
import { isClosedNow } from '../emergency.ts';
import type { Emergency } from '../emergency.ts';
import type { HostTable } from './host-table.ts';
import { exemption } from './live-rule.ts';
import type { LiveRule } from './live-rule.ts';
import { closedTarget } from './overlay.ts';
import type { Program } from './program.ts';
import type { UrlGlob } from './url-glob.ts';

export interface Step {
  readonly rule: LiveRule;
  /** Null when the host alone is the place; else the globs of which the path must match one. */
  readonly globs: readonly UrlGlob[] | null;
}

export interface Plan {
  /** The decision of a crisis or testing host. */
  readonly exempt: Decision | null;
  /** In the order of precedence. */
  readonly steps: readonly Step[];
}

/** About 20 MB at most; a school's day has fewer hosts. */
const MAX_HOSTS = 100_000;

export class Plans {
  readonly #program: Program;
  readonly #emergency: Emergency;
  readonly #table: HostTable;
  readonly #rules: readonly LiveRule[];
  readonly #globs: readonly UrlGlob[];
  /** Globs whose host the table cannot express. */
  readonly #loose: readonly number[];
  readonly #known = new LRUCache<string, Plan>({ max: MAX_HOSTS });
  /** Hosts of which the same is said share one plan; there are only as many as the policy makes differences. */
  readonly #shared = new Map<string, Plan>();
  readonly #exempt = { crisis: exemption('crisis'), testing: exemption('testing') };

  constructor(
    program: Program,
    table: HostTable,
    rules: readonly LiveRule[],
    globs: readonly UrlGlob[],
    emergency: Emergency,
  ) {
    this.#emergency = emergency;
    this.#program = program;
    this.#table = table;
    this.#rules = rules;
    this.#globs = globs;
    this.#loose = globs.flatMap((glob, i) => (glob.target === null ? [i] : []));
  }

  of(host: string): Plan {
    const known = this.#known.get(host);
    if (known !== undefined) return known;
    const plan = this.#workOut(host);
    this.#known.set(host, plan);
    return plan;
  }

  #workOut(host: string): Plan {
    const targets = new Set<number>();
    this.#table.targets(host, targets);
    if (isClosedNow(this.#emergency, host)) targets.add(closedTarget);
    const loose = this.#loose.filter((i) => this.#globs[i]?.matchesHost(host));
    const key = `${[...targets].sort((a, b) => a - b).join()};${loose.join()}`;
    let plan = this.#shared.get(key);
    if (plan === undefined) this.#shared.set(key, (plan = this.#build(targets, loose)));
    return plan;
  }

  #build(targets: ReadonlySet<number>, loose: readonly number[]): Plan {
    for (const tier of ['crisis', 'testing'] as const)
      if (this.#program[tier].some((target) => targets.has(target)))
        return { exempt: this.#exempt[tier], steps: [] };
    const hit = (i: number) => {
      const target = this.#globs[i]?.target ?? null;
      return target === null ? loose.includes(i) : targets.has(target);
    };
    const steps = this.#rules.flatMap((rule): Step[] => {
      const { places, urls } = rule.source;
      if (places === null || places.some((target) => targets.has(target))) return [{ rule, globs: null }];
      const globs = urls.filter(hit).flatMap((i) => this.#globs[i] ?? []);
      return globs.length === 0 ? [] : [{ rule, globs }];
    });
    return { exempt: null, steps };
  }
}
