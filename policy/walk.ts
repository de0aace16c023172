/**
 * One walk over the rules for one address. HOT.
 *
 * Of most requests it is told beforehand that no rule will match: those that are for the subject (few) are about other
 * places. Only where one may, there is a walk.
 *
 * Of the rules that are for the subject, those are asked that the plan of the host has a step for, in order of precedence
 * until one matches; both are sets of bits (compile/rule-bits.ts). A rule with an unknown condition neither matches nor
 * fails: the walk goes on, and what it lacks becomes a need, except where it could only bring the same unrecorded allow.
 * Between the floor and the ordered rules stand overrides.
 */
import type { Membership } from './compile/audiences.ts';
import { UNKNOWN } from './compile/audiences.ts';
import type { Image } from './compile/image.ts';
import { overridden } from './compile/live-rule.ts';
import type { Decisions, LiveRule } from './compile/live-rule.ts';
import { NEED_IDENTITY, NEED_URL, NO_MATCH } from './compile/outcome.ts';
import type { OpenPlace, Plan, Step } from './compile/plans.ts';
import type { RuleBits } from './compile/rule-bits.ts';
import type { Decision, Grant } from './decision.ts';
import { continueFor, liftsFloor, overrideFor } from './grants.ts';
import type { RequestFacts } from './request.ts';
import type { Subject } from './subject.ts';

/** What is decided, and by which image. */
export interface Question {
  readonly image: Image;
  readonly facts: RequestFacts;
  readonly subject: Subject;
  readonly grants: readonly Grant[];
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Sees every rule that was asked, for the trace; `facts` are those of the address inside where there is one. */
export type Observer = (step: Step, result: number, facts: RequestFacts) => void;

/** In the place of needs that are known already. */
export const COLLECT = -1;

/**
 * A rule that closes a place closes it also when its evaluation fails (a defect of ours): a filter that skipped what it
 * cannot evaluate would open. A rule that opens one then opens nothing.
 */
const failed = (rule: LiveRule): number => (rule.source.action === 'allow' ? NO_MATCH : 0);

/** One walk over the steps of a plan. */
export class Walk {
  readonly #image: Image;
  readonly #plan: Plan;
  readonly #facts: RequestFacts;
  readonly #subject: Subject;
  readonly #grants: readonly Grant[];
  readonly #at: number;
  readonly #observer: Observer | null;
  readonly #known: number;
  readonly #membership: Membership;
  readonly #young: boolean;
  /** Needs up to the last unknown rule that is not a plain allow. */
  #needs = 0;
  /** Needs of the plain allows since. */
  #plainNeeds = 0;
  /** Id of the research grant that lifted a rule of the floor. */
  #lifted: string | null = null;
  /** Whether overrides are still to be asked: they stand between the floor and the ordered rules. */
  #overrides: boolean;

  /** @param known needs that were found before, or {@link COLLECT} */
  constructor(
    { image, facts, subject, grants, at }: Question,
    plan: Plan,
    membership: Membership,
    observer: Observer | null,
    known: number,
  ) {
    this.#image = image;
    this.#plan = plan;
    this.#facts = facts;
    this.#grants = grants;
    this.#at = at;
    this.#observer = observer;
    this.#known = known;
    this.#membership = membership;
    this.#subject =
      subject.identity === 'unknown' && !membership.askable
        ? { ip: subject.ip, identity: 'unidentified' }
        : subject;
    this.#young = membership.young;
    this.#overrides = grants.length > 0;
  }

  run(): Decision {
    return this.#rules() ?? this.#otherwise();
  }

  /** The decision of the first rule that brings one. */
  #rules(): Decision | null {
    const { steps, asked, askedByHost } = this.#plan;
    const { candidates } = this.#membership;
    // The address is looked up when the first rule asks for it; then those that go by nothing else are asked if it is theirs.
    let byAddress: RuleBits | null = null;
    let looked = this.#observer !== null;
    for (let word = 0; word < candidates.length; word++) {
      let left = (candidates[word] ?? 0) & (asked[word] ?? 0);
      if (byAddress !== null) left &= (askedByHost[word] ?? 0) | (byAddress[word] ?? 0);
      while (left !== 0) {
        const lowest = left & -left;
        if (!looked && (lowest & (askedByHost[word] ?? 0)) === 0) {
          looked = true;
          byAddress = rulesByAddress(this.#image, this.#facts);
          if (byAddress !== null) left &= (askedByHost[word] ?? 0) | (byAddress[word] ?? 0);
          continue;
        }
        left ^= lowest;
        const decision = this.#ask(steps[word * 32 + 31 - Math.clz32(lowest)] as Step);
        if (decision !== null) return decision;
      }
    }
    return null;
  }

  #ask(step: Step): Decision | null {
    const { rule } = step;
    if (this.#overrides && rule.source.tier === 'ordered') {
      this.#overrides = false;
      const decision = this.#override();
      if (decision !== null) return decision;
    }
    const result = this.#matchSafely(step);
    if (this.#observer !== null) this.#observer(step, result, this.#facts);
    if (result === NO_MATCH || this.#isLifted(rule, result)) return null;
    const grant = this.#continued(rule);
    if (result === 0) return this.#settle(rule, grant);
    this.#unknown(result, grant === null ? rule.plain : !rule.source.logGranted);
    return null;
  }

  #otherwise(): Decision {
    if (this.#overrides) {
      const decision = this.#override();
      if (decision !== null) return decision;
    }
    const { fallback } = this.#plan;
    return this.#settle(fallback, this.#continued(fallback));
  }

  #unknown(needs: number, plain: boolean): void {
    this.#plainNeeds |= needs;
    if (plain) return;
    this.#needs |= this.#plainNeeds;
    this.#plainNeeds = 0;
  }

  /** The floor is lifted for who has a research grant, as far as it closes. */
  #isLifted({ source }: LiveRule, result: number): boolean {
    if (source.tier !== 'locked' || source.action === 'allow' || this.#grants.length === 0) return false;
    const grant = liftsFloor(source.id, this.#grants, this.#subject, this.#membership.voice, this.#at);
    if (grant === null) return false;
    if (result === 0) this.#lifted = grant.id;
    return true;
  }

  #continued(rule: LiveRule): string | null {
    if (!rule.grantable || this.#young || this.#grants.length === 0) return null;
    return continueFor(rule.source.id, this.#grants, this.#facts, this.#subject, this.#at);
  }

  #override(): Decision | null {
    const found = overrideFor(this.#grants, this.#facts, this.#subject, this.#at);
    if (typeof found !== 'number') return this.#bring(overridden, [found.id], true);
    if (found !== NO_MATCH) this.#unknown(found, true);
    return null;
  }

  #settle(rule: LiveRule, grant: string | null): Decision {
    const plain = grant === null ? rule.plain : !rule.source.logGranted;
    if (grant !== null) return this.#bring(rule.continued, [grant], plain);
    return this.#bring(rule.decisions(this.#young, this.#facts), null, plain);
  }

  #bring(decisions: Decisions, grants: readonly string[] | null, plain: boolean): Decision {
    const due = decisions.goesOn ? this.#membership.obliged.due(this.#plan.services) : noDue;
    let needs = plain ? this.#needs : this.#needs | this.#plainNeeds;
    if (due.uncertain) needs |= NEED_IDENTITY;
    if (this.#known !== COLLECT) needs = this.#known;
    if (this.#lifted !== null)
      return decisions.granted(needs, due.obligations, [...(grants ?? []), this.#lifted], true);
    return grants === null
      ? decisions.of(needs, due.obligations)
      : decisions.granted(needs, due.obligations, grants, false);
  }

  #matchSafely(step: Step): number {
    try {
      return this.#match(step);
    } catch {
      return failed(step.rule);
    }
  }

  #match({ rule, open }: Step): number {
    let needs = this.#membership.rules[rule.index] === UNKNOWN ? NEED_IDENTITY : 0;
    if (!rule.unconditional) {
      const lacking = this.#conditions(rule);
      if (lacking === NO_MATCH) return NO_MATCH;
      needs |= lacking;
    }
    if (open === null) return needs;
    const placed = this.#placed(open, rule);
    return placed === NO_MATCH ? NO_MATCH : needs | placed;
  }

  /** Those besides people and places. */
  #conditions({ source, schedules, narrowing }: LiveRule): number {
    const { ports, methods, expires } = source;
    const { port, url } = this.#facts;
    if (ports !== null && !ports.includes(port)) return NO_MATCH;
    if (expires !== null && this.#at >= expires) return NO_MATCH;
    if (schedules !== null && !schedules.some((schedule) => schedule.isOpen(this.#at))) return NO_MATCH;
    let needs = 0;
    if (methods !== null) {
      if (url === 'unobtainable') return NO_MATCH;
      if (url === 'unknown') needs |= NEED_URL;
      else if (!methods.includes(url.method)) return NO_MATCH;
    }
    if (narrowing === null) return needs;
    const narrowed = narrowing.match(this.#facts);
    return narrowed === NO_MATCH ? NO_MATCH : needs | narrowed;
  }

  /** Somebody who keeps or gives truth values is asked where an address is looked at; on a request there is nobody. */
  #placed(open: readonly OpenPlace[], { source, opens }: LiveRule): number {
    const facts = this.#facts;
    const witness = witnessOf(facts);
    if (witness === undefined) return this.#place(open, opens, facts);
    return witness.place(source.id, facts, (of) => this.#place(open, opens, of));
  }

  /** Any place is enough. What opens must be meant by the canonical path, and so must what takes away from what closes. */
  #place(open: readonly OpenPlace[], opens: boolean, facts: RequestFacts): number {
    const { marks } = this.#image;
    let needs = 0;
    for (const place of open) {
      const inside = place.byHost ? 0 : marks.state(place.target, place.needs, facts, opens);
      if (inside === NO_MATCH) continue;
      const { except } = place;
      const taken = except === null ? NO_MATCH : marks.state(except.target, except.needs, facts, !opens);
      if (taken === 0) continue;
      const lacking = taken === NO_MATCH ? inside : inside | taken;
      if (lacking === 0) return 0;
      needs |= lacking;
    }
    return needs === 0 ? NO_MATCH : needs;
  }
}

/** The rules that have a place which the address is in; null where each rule has to ask, as where finding out fails. */
function rulesByAddress({ marks }: Image, facts: RequestFacts): RuleBits | null {
  try {
    return witnessOf(facts) === undefined ? marks.rulesOf(facts) : null;
  } catch {
    return null;
  }
}

/**
 * The decision where it is plain that no rule matches and that nothing is lacking: of a request without grants to a host of no
 * service. Null where a walk has to tell.
 */
export function unmatched(question: Question, plan: Plan, membership: Membership): Decision | null {
  const { image, facts } = question;
  const { candidates } = membership;
  const { asked, askedByHost } = plan;
  if (plan.services !== null || question.grants.length > 0) return null;
  let byAddress = 0;
  for (let word = 0; word < candidates.length; word++) {
    const left = (candidates[word] ?? 0) & (asked[word] ?? 0);
    if ((left & (askedByHost[word] ?? 0)) !== 0) return null;
    byAddress |= left;
  }
  if (byAddress !== 0) {
    const rules = rulesByAddress(image, facts);
    if (rules === null) return null;
    if (rules !== image.marks.noRules)
      for (let word = 0; word < candidates.length; word++)
        if (((candidates[word] ?? 0) & (asked[word] ?? 0) & (rules[word] ?? 0)) !== 0) return null;
  }
  return plan.fallback.decisions(membership.young, facts).of(0, noDue.obligations);
}

const witnessOf = ({ url }: RequestFacts) => (typeof url === 'string' ? undefined : url.witness);

const noDue = { obligations: Object.freeze([]), uncertain: false } as const;
