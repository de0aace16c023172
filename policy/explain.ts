/** Why a decision is what it is: the path of decide itself, with every rule that was asked put into words. */
import type { Image } from './compile/image.ts';
import { NO_MATCH } from './compile/outcome.ts';
import type { Step } from './compile/plans.ts';
import { walk } from './decide.ts';
import type { Decision, Grant } from './decision.ts';
import { originOf } from './facts.ts';
import type { RequestFacts } from './request.ts';
import { placeReason, StepWords } from './step-words.ts';
import type { TraceStep } from './step-words.ts';
import type { Subject } from './subject.ts';

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
  const asked = new Map<RequestFacts, Asked[]>([[facts, []]]);
  const decision = walk(image, facts, subject, grants, at, (step, result, of) => {
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
  for (const [of, steps] of asked) {
    const inside = of === facts ? '' : `the address inside, ${originOf(of)}: `;
    const words = new StepWords(image, of, subject, at);
    const lines =
      of === facts
        ? everyRule(image, of, steps, words)
        : steps.map((each) => words.step(each.step, each.result));
    trace.push(...lines.map((line) => ({ ...line, reason: inside + line.reason })));
    if (of === facts && lines.at(-1)?.outcome !== 'matched' && decision.inner === null)
      trace.push(...endOf(image, decision));
  }
  if (decision.needs.length > 0) trace.push(meanwhile(decision));
  return { decision, trace: lifted(trace, decision) };
}

/** Every rule of the policy up to the one that matched: those that are about other places too. */
function everyRule(
  image: Image,
  facts: RequestFacts,
  steps: readonly Asked[],
  words: StepWords,
): TraceStep[] {
  const planned = image.planOf(facts).steps;
  const bySource = new Map(steps.map((each) => [each.step.rule.source, each]));
  const last = steps.at(-1);
  const trace: TraceStep[] = [];
  for (const [i, rule] of image.program.rules.entries()) {
    const found = bySource.get(rule);
    const step = planned[i];
    // A rule for others is not asked at all.
    if (found === undefined)
      trace.push(step === undefined ? words.elsewhere(rule) : words.step(step, NO_MATCH));
    else trace.push(words.step(found.step, found.result));
    if (found !== undefined && found === last && found.result === 0) break;
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
        reason: `somebody in charge opened it (grant \`${grantsUsed.join()}\`)`,
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

/** Grants: one that went past the notice that matched, and one for research that set rules of the floor aside. */
function lifted(trace: readonly TraceStep[], decision: Decision): TraceStep[] {
  const { rule, tier, grantsUsed } = decision;
  const steps = trace.map((step, i) =>
    step.outcome === 'matched' &&
    step.tier === 'locked' &&
    decision.rule !== step.rule &&
    i < trace.length - 1
      ? { ...step, outcome: 'lifted' as const, reason: `${step.reason}; set aside for research` }
      : step,
  );
  if (tier === 'grant' && rule !== 'override')
    steps.push({
      ...{ rule, tier, outcome: 'matched' },
      reason: `the person went on past the notice (grant \`${grantsUsed.join()}\`)`,
    });
  return steps;
}
