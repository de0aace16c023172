/** A rule as decisions need it: its conditions ready to ask, its decisions made beforehand. */
import type { Action, Decision, Need, Obligation, Tier } from '../decision.ts';
import type { RequestFacts } from '../request.ts';
import { LiveNarrowing } from './narrowing.ts';
import type { Program, ProgramRule } from './program.ts';
import type { ScheduleClock } from './schedules.ts';

/** Every combination of the bits of outcome.ts. */
const ALL_NEEDS = [0, 1, 2, 3, 4, 5, 6, 7];

const needsOf = (bits: number): readonly Need[] =>
  Object.freeze((['identity', 'url', 'response'] as const).filter((_, i) => (bits & (1 << i)) !== 0));
const needsOfBits = ALL_NEEDS.map(needsOf);
const none: readonly never[] = Object.freeze([]);

interface Outcome {
  readonly action: Action;
  readonly tier: Tier;
  readonly rule: string;
  readonly clause: string | null;
  readonly log: boolean;
  readonly enforced: boolean;
  readonly quiet: boolean;
  readonly inspect: boolean;
}

function decision(
  outcome: Outcome,
  needs: number,
  grantsUsed: readonly string[],
  obligations: readonly Obligation[],
): Decision {
  return Object.freeze({
    ...outcome,
    needs: needsOfBits[needs] ?? none,
    obligations,
    grantsUsed,
    inner: null,
  });
}

/** The decisions that an outcome can be, by their needs (as bits) and by what the request must be given. */
export class Decisions {
  readonly #outcome: Outcome;
  /** Made when they are first come to: five hundred rules could bring sixteen thousand, and few of them are ever met. */
  readonly #plain: (Decision | undefined)[] = [];
  readonly #obliged = new Map<readonly Obligation[], (Decision | undefined)[]>();

  constructor(outcome: Outcome) {
    this.#outcome = outcome;
  }

  /** Whether the request goes on, so that it may be given something on its way. */
  get goesOn(): boolean {
    return this.#outcome.action === 'allow' || !this.#outcome.enforced;
  }

  /** @param obligations one frozen array per combination: decisions are kept by it */
  of(needs: number, obligations: readonly Obligation[]): Decision {
    let known = this.#plain;
    if (obligations.length > 0) {
      known = this.#obliged.get(obligations) ?? [];
      if (known.length === 0) this.#obliged.set(obligations, known);
    }
    return (known[needs] ??= decision(this.#outcome, needs, none, obligations));
  }

  /** The same outcome, resting on grants; and recorded where one of them says so. */
  granted(
    needs: number,
    obligations: readonly Obligation[],
    grantsUsed: readonly string[],
    log: boolean,
  ): Decision {
    const outcome = { ...this.#outcome, log: this.#outcome.log || log };
    return decision(outcome, needs, Object.freeze(grantsUsed), obligations);
  }
}

/** How the policy as a whole acts. */
type Manner = Pick<Program, 'mode' | 'tunnelWarn'>;

export class LiveRule {
  /** Position among the rules; -1 for a default. */
  readonly index: number;
  readonly source: ProgramRule;
  readonly #decisions: Decisions;
  readonly #young: Decisions;
  /** Null where a tunnel makes no difference. */
  readonly #inTunnel: Decisions | null;
  /** The decision where the person went on past this warn. */
  readonly continued: Decisions;
  /** Whether it brings an allow that nobody records: then it makes no difference who asks. */
  readonly plain: boolean;
  /** Whether a grant to continue can turn it into an allow. Above the grants stand the floor and what is illegal. */
  readonly grantable: boolean;
  readonly schedules: readonly ScheduleClock[] | null;
  readonly narrowing: LiveNarrowing | null;
  /** Whether it has no condition besides people and places. */
  readonly unconditional: boolean;
  readonly opens: boolean;

  constructor(source: ProgramRule, index: number, schedules: readonly ScheduleClock[], program: Manner) {
    const { action, tier, id, clause, log, quiet, inspect, when } = source;
    this.index = index;
    this.source = source;
    const floor = tier === 'locked' || tier === 'illegal';
    const stands = action === 'allow' || floor;
    const enforced = stands || (program.mode === 'enforce' && !source.observe);
    const outcome: Outcome = { action, tier, rule: id, clause, log, enforced, quiet, inspect };
    const warns = action === 'warn';
    this.#decisions = new Decisions(outcome);
    this.#young = warns ? new Decisions({ ...outcome, action: 'block' }) : this.#decisions;
    this.#inTunnel =
      warns && !stands && program.tunnelWarn === 'allow'
        ? new Decisions({ ...outcome, enforced: false })
        : null;
    this.continued = new Decisions({
      ...outcome,
      ...{ action: 'allow', tier: 'grant', log: source.logGranted, enforced: true, quiet: false },
    });
    this.plain = action === 'allow' && !log && inspect;
    this.grantable = warns && !floor;
    this.schedules = when === null ? null : when.flatMap((i) => schedules[i] ?? []);
    this.narrowing = source.narrowing === null ? null : new LiveNarrowing(source.narrowing, source.id);
    this.unconditional = [source.ports, source.methods, source.expires, when, source.narrowing].every(
      (condition) => condition === null,
    );
    this.opens = action === 'allow';
  }

  /** @param young whether pages speak to the subject as to the youngest */
  decisions(young: boolean, facts: RequestFacts): Decisions {
    if (young) return this.#young;
    return this.#inTunnel !== null && facts.url === 'unobtainable' ? this.#inTunnel : this.#decisions;
  }
}

export function liveRules(program: Program, schedules: readonly ScheduleClock[]): LiveRule[] {
  return program.rules.map((rule, index) => new LiveRule(rule, index, schedules, program));
}

const open = { clause: null, log: false, enforced: true, quiet: false, inspect: true } as const;

/** The one decision of the places that stand above every rule; no filter looks into them. */
export function exemption(tier: 'crisis' | 'testing'): Decision {
  return decision({ ...open, action: 'allow', tier, rule: tier, inspect: false }, 0, none, none);
}

/** What an override brings. */
export const overridden = new Decisions({ ...open, action: 'allow', tier: 'grant', rule: 'override' });
