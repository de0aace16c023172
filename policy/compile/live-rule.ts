/** A rule as decisions need it: its conditions ready to ask, its decisions made beforehand. */
import type { Action, Decision, Need, Tier } from '../decision.ts';
import type { RequestFacts } from '../request.ts';
import type { Program, ProgramRule } from './program.ts';
import type { ScheduleClock } from './schedules.ts';

/** Needs as bits, so that collecting them allocates nothing. */
export const NEED_IDENTITY = 1;
export const NEED_URL = 2;

const needsOfBits: readonly (readonly Need[])[] = [[], ['identity'], ['url'], ['identity', 'url']].map(
  (needs) => Object.freeze(needs as Need[]),
);
const none: readonly never[] = Object.freeze([]);

interface Outcome {
  readonly action: Action;
  readonly tier: Tier;
  readonly rule: string;
  readonly clause: string | null;
  readonly log: boolean;
  readonly enforced: boolean;
}

function decision(outcome: Outcome, needs: number, grantsUsed: readonly string[]): Decision {
  return Object.freeze({ ...outcome, needs: needsOfBits[needs] ?? none, obligations: none, grantsUsed });
}

/** The four decisions that an outcome can be, by their needs (as bits). */
export type Decisions = readonly Decision[];
const decisionsOf = (outcome: Outcome): Decisions =>
  [0, 1, 2, 3].map((needs) => decision(outcome, needs, none));

/** How the policy as a whole acts. */
type Manner = Pick<Program, 'mode' | 'tunnelWarn'>;

export class LiveRule {
  /** Position among the rules; -1 for the default. */
  readonly index: number;
  readonly source: ProgramRule;
  readonly #decisions: Decisions;
  readonly #young: Decisions;
  /** Null where a tunnel makes no difference. */
  readonly #inTunnel: Decisions | null;
  /** Whether it brings an allow that nobody records: then it makes no difference who asks. */
  readonly plain: boolean;
  /** Whether a grant to continue can turn it into an allow. Above the grants stand the locked rules; no child is asked. */
  readonly grantable: boolean;
  readonly schedules: readonly ScheduleClock[] | null;

  constructor(source: ProgramRule, index: number, schedules: readonly ScheduleClock[], program: Manner) {
    const { action, tier, id, clause, log, when } = source;
    this.index = index;
    this.source = source;
    const stands = action === 'allow' || tier === 'locked';
    const enforced = stands || program.mode === 'enforce';
    const outcome: Outcome = { action, tier, rule: id, clause, log, enforced };
    const warns = action === 'warn';
    this.#decisions = decisionsOf(outcome);
    this.#young = warns ? decisionsOf({ ...outcome, action: 'block' }) : this.#decisions;
    this.#inTunnel =
      warns && !stands && program.tunnelWarn === 'allow'
        ? decisionsOf({ ...outcome, enforced: false })
        : null;
    this.plain = action === 'allow' && !log;
    this.grantable = warns && tier !== 'locked';
    this.schedules = when === null ? null : when.flatMap((i) => schedules[i] ?? []);
  }

  /** @param young whether pages speak to the subject as to the youngest */
  decisions(young: boolean, facts: RequestFacts): Decisions {
    if (young) return this.#young;
    return this.#inTunnel !== null && facts.url === 'unobtainable' ? this.#inTunnel : this.#decisions;
  }

  /** The decision where the grant holds. */
  granted(grant: string, needs: number): Decision {
    const { id, clause, logGranted } = this.source;
    return decision(
      { action: 'allow', tier: 'grant', rule: id, clause, log: logGranted, enforced: true },
      needs,
      Object.freeze([grant]),
    );
  }
}

export function liveRules(program: Program, schedules: readonly ScheduleClock[]): LiveRule[] {
  return program.rules.map((rule, index) => new LiveRule(rule, index, schedules, program));
}

/** The one decision of the places that stand above every rule. */
export function exemption(tier: 'crisis' | 'testing'): Decision {
  return decision({ action: 'allow', tier, rule: tier, clause: null, log: false, enforced: true }, 0, none);
}
