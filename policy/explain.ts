/** Why a decision is what it is: the path of decide itself, with every rule that was asked put into words. */
import type { Image } from './compile/image.ts';
import { NO_MATCH } from './compile/outcome.ts';
import type { Step } from './compile/plans.ts';
import type { ProgramRule } from './compile/program.ts';
import { walk } from './decide.ts';
import type { Decision, Grant } from './decision.ts';
import { originOf } from './facts.ts';
import { liftsFloor, overrideFor } from './grants.ts';
import type { RequestFacts } from './request.ts';
import { placeReason, StepWords } from './step-words.ts';
import type { TraceStep } from './step-words.ts';
import type { Subject } from './subject.ts';
import type { Question } from './walk.ts';

export type { StepOutcome, TraceStep } from './step-words.ts';

export interface Explanation {
  readonly decision: Decision;
  /** In the order of precedence, up to the rule that decided; then those of the addresses inside, where they were asked. */
  readonly trace: readonly TraceStep[];
}

/** One line of a trace. */
export function formatTraceStep({ rule, tier, outcome, reason }: TraceStep): string {
  return `${tier === rule ? tier : `${tier} rule \`${rule}\``}: ${outcome}: ${reason}`;
}

interface Asked {
  readonly step: Step;
  readonly result: number;
}

/** Decides like `decide`, and says how it came to that. */
export function explain(
  image: Image,
  facts: RequestFacts,
  subject: Subject,
  grants: readonly Grant[],
  at: number,
): Explanation {
  return explainBy(walk, { image, facts, subject, grants, at });
}

/** @param decides one of the two ways of decide.ts */
export function explainBy(decides: typeof walk, question: Question): Explanation {
  const { image, facts, subject, grants, at } = question;
  const asked = new Map<RequestFacts, Asked[]>([[facts, []]]);
  const decision = decides(question, (step, result, of) => {
    const steps = asked.get(of);
    if (steps === undefined) asked.set(of, [{ step, result }]);
    else steps.push({ step, result });
  });
  const exempt = image.exemptionOf(facts);
  if (exempt !== null) {
    const reason = placeReason(image, image.program[exempt], facts);
    return { decision, trace: [{ rule: exempt, tier: exempt, outcome: 'matched', reason }] };
  }
  const trace: TraceStep[] = [];
  const { voice } = image.membershipOf(subject, at);
  for (const [of, steps] of asked) {
    const inside = of === facts ? '' : `the address inside, ${originOf(of)}: `;
    const words = new StepWords(image, of, subject, at);
    const told = steps.map(({ step, result }): Told => {
      const rule = step.rule.source;
      const line = words.step(step, result);
      const lifted = result === 0 && closesFloor(rule) && liftsFloor(rule.id, grants, subject, voice, at);
      return { rule, line: lifted ? setAside(line) : line };
    });
    const opened = typeof overrideFor(grants, of, subject, at) !== 'number';
    const lines = of === facts ? everyRule(image, of, told, words, opened) : told.map(({ line }) => line);
    trace.push(...lines.map((line) => ({ ...line, reason: inside + line.reason })));
    if (of === facts && lines.at(-1)?.outcome !== 'matched' && decision.inner === null)
      trace.push(...endOf(image, decision));
  }
  if (decision.needs.length > 0) trace.push(meanwhile(decision));
  return { decision, trace: [...trace, ...wentOn(decision)] };
}

interface Told {
  readonly rule: ProgramRule;
  readonly line: TraceStep;
}

/** Research takes rules of the floor out of the way as far as they close. */
const closesFloor = ({ tier, action }: ProgramRule): boolean => tier === 'locked' && action !== 'allow';

const setAside = (line: TraceStep): TraceStep => ({
  ...line,
  outcome: 'lifted',
  reason: `${line.reason}; set aside for research`,
});

/**
 * Every rule of the policy up to the one that matched: those that are about other places too.
 * @param opened by an override, so that no ordered rule was asked
 */
function everyRule(
  image: Image,
  facts: RequestFacts,
  told: readonly Told[],
  words: StepWords,
  opened: boolean,
): TraceStep[] {
  const { steps } = image.planOf(facts);
  const byRule = new Map(told.map(({ rule, line }) => [rule, line]));
  const last = told.at(-1);
  const trace: TraceStep[] = [];
  for (const [i, rule] of image.program.rules.entries()) {
    if (opened && rule.tier === 'ordered') break;
    const step = steps[i];
    // A rule for others is not asked at all.
    const unasked = () => (step === undefined ? words.elsewhere(rule) : words.step(step, NO_MATCH));
    trace.push(byRule.get(rule) ?? unasked());
    if (rule === last?.rule && last.line.outcome === 'matched') break;
  }
  return trace;
}

/** What decided where no rule did. */
function endOf(image: Image, decision: Decision): TraceStep[] {
  const { rule, tier, grantsUsed } = decision;
  if (rule === 'override')
    return [
      {
        rule,
        tier,
        outcome: 'matched',
        reason: `somebody in charge opened it (grant \`${grantsUsed[0] ?? '?'}\`)`,
      },
    ];
  if (tier !== 'default') return [];
  const reason =
    image.emergency.floorOnly !== null
      ? 'only the locked rules hold for now, and none of them is about it'
      : rule === 'uncategorised'
        ? 'no rule matches for certain, and no list knows the site'
        : 'no rule matches for certain';
  return [{ rule, tier, outcome: 'matched', reason }];
}

function meanwhile({ rule, tier, needs }: Decision): TraceStep {
  const reason = `this holds if what is needed cannot be had (${needs.join(', ')})`;
  return { rule, tier, outcome: 'matched', reason };
}

function wentOn({ rule, tier, grantsUsed }: Decision): TraceStep[] {
  if (tier !== 'grant' || rule === 'override') return [];
  const reason = `the person went on past the notice (grant \`${grantsUsed.join()}\`)`;
  return [{ rule, tier, outcome: 'matched', reason }];
}
