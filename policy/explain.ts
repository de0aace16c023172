/** Why a decision is what it is: the path of decide itself, with every rule that was asked put into words. */
import { UNKNOWN, YES } from './compile/audiences.ts';
import { closedNow } from './emergency.ts';
import { targetOf } from './compile/host-table.ts';
import type { Image } from './compile/image.ts';
import type { Step } from './compile/plans.ts';
import type { ProgramRule } from './compile/program.ts';
import { walk } from './decide.ts';
import type { Decision, Grant, Tier } from './decision.ts';
import type { RequestFacts } from './request.ts';
import type { Subject } from './subject.ts';

/** `unobtainable`: a condition on a fact that cannot be had does not match. */
export type StepOutcome = 'matched' | 'not matched' | 'unknown' | 'unobtainable';

export interface TraceStep {
  readonly rule: string;
  readonly tier: Tier;
  readonly outcome: StepOutcome;
  /** In plain words: which entry, list, audience, schedule. */
  readonly reason: string;
}

export interface Explanation {
  readonly decision: Decision;
  /** In the order of precedence, up to the rule that decided. */
  readonly trace: readonly TraceStep[];
}

/** One line of a trace. */
export function formatTraceStep({ rule, tier, outcome, reason }: TraceStep): string {
  return `${tier === rule ? tier : `${tier} rule \`${rule}\``}: ${outcome}: ${reason}`;
}

/** Decides like `decide`, and says how it came to that. */
export function explain(
  image: Image,
  facts: RequestFacts,
  subject: Subject,
  grants: readonly Grant[],
  at: number,
): Explanation {
  const asked = new Map<ProgramRule, { step: Step; result: number }>();
  const decision = walk(image, facts, subject, grants, at, (step, result) =>
    asked.set(step.rule.source, { step, result }),
  );
  if (decision.tier === 'crisis' || decision.tier === 'testing') {
    const reason = placeReason(image, image.program[decision.tier], facts.host);
    return { decision, trace: [{ rule: decision.rule, tier: decision.tier, outcome: 'matched', reason }] };
  }
  const trace: TraceStep[] = [];
  const words = new Words(image, facts, subject, at);
  for (const rule of image.program.rules) {
    const found = asked.get(rule);
    trace.push(found === undefined ? elsewhere(rule, facts.host) : words.step(found.step, found.result));
    if (found?.result === 0) break;
  }
  if (trace.at(-1)?.outcome !== 'matched')
    trace.push({
      rule: 'default',
      tier: 'default',
      outcome: 'matched',
      reason:
        image.emergency.floorOnly === null
          ? 'no rule matches for certain'
          : 'only the locked rules hold for now, and none of them is about it',
    });
  if (decision.needs.length > 0) trace.push(meanwhile(decision));
  if (decision.tier === 'grant') trace.push(granted(decision));
  return { decision, trace };
}

function elsewhere({ id, tier }: ProgramRule, host: string): TraceStep {
  return { rule: id, tier, outcome: 'not matched', reason: `\`${host}\` is not among its places` };
}

function meanwhile({ rule, tier, needs }: Decision): TraceStep {
  return {
    rule,
    tier,
    outcome: 'matched',
    reason: `this holds if what is needed cannot be had (${needs.join(', ')})`,
  };
}

function granted({ rule, grantsUsed }: Decision): TraceStep {
  return {
    rule,
    tier: 'grant',
    outcome: 'matched',
    reason: `the person went on past the notice (grant \`${grantsUsed.join()}\`)`,
  };
}

/** Which entries put a host into the targets. */
function placeReason(image: Image, targets: readonly number[], host: string): string {
  const { categories, origins } = image.program;
  const found = image.table.entries(host).filter((entry) => targets.includes(targetOf(entry.item)));
  const texts = found.map((entry) => {
    const category = categories[targetOf(entry.item)]?.name;
    const { list, source } = origins[entry.origin] ?? { list: '?', source: null };
    const place = entry.line > 0 ? `list \`${list}\`, line ${entry.line}` : list;
    const as = category === undefined ? 'named by' : `in category \`${category}\` by`;
    return `\`${entry.host}\` is ${as} ${place}${source === null ? '' : ` (${source})`}`;
  });
  return [...new Set(texts)].join('; ') || `\`${host}\` is not among its places`;
}

/** The conditions of a rule, each in words; the first that fails or is unknown is the reason. */
class Words {
  readonly #image: Image;
  readonly #facts: RequestFacts;
  readonly #subject: Subject;
  readonly #at: number;

  constructor(image: Image, facts: RequestFacts, subject: Subject, at: number) {
    this.#image = image;
    this.#facts = facts;
    this.#subject = subject;
    this.#at = at;
  }

  step({ rule, globs }: Step, result: number): TraceStep {
    const { id, tier } = rule.source;
    const of = (outcome: StepOutcome, reason: string): TraceStep => ({ rule: id, tier, outcome, reason });
    if (result === 0)
      return of(
        'matched',
        [this.#place(rule.source, globs), this.#who(rule.source), this.#when(rule)]
          .filter(Boolean)
          .join('; '),
      );
    const { url } = this.#facts;
    const deeper = globs !== null || rule.source.methods !== null;
    if (result > 0) {
      const who =
        this.#membership(rule.index) === UNKNOWN
          ? [`who it is decides: it is for ${names(this.#audiences(rule.source))}`]
          : [];
      const where = deeper && url === 'unknown' ? ['the method or path decides, and is not known yet'] : [];
      return of('unknown', [...who, ...where].join('; '));
    }
    const failed = this.#failed(rule);
    if (failed !== null) return of('not matched', failed);
    if (deeper && url === 'unobtainable')
      return of('unobtainable', 'the method or path decides, and cannot be seen in this tunnel');
    const method = typeof url === 'string' ? '' : url.method;
    if (rule.source.methods?.includes(method) === false)
      return of('not matched', `the method is \`${method}\``);
    return of('not matched', `the path matches none of ${names((globs ?? []).map(({ text }) => text))}`);
  }

  /** The condition besides method and path that fails, in words. */
  #failed(rule: Step['rule']): string | null {
    const { ports } = rule.source;
    const member = this.#membership(rule.index);
    if (member !== YES && member !== UNKNOWN) return `it is for ${names(this.#audiences(rule.source))}`;
    if (ports?.includes(this.#facts.port) === false) return `the port is ${this.#facts.port}`;
    if (rule.schedules?.some((schedule) => schedule.isOpen(this.#at)) === false)
      return `${names(rule.schedules.map(({ name }) => name))} is not open at this time`;
    return null;
  }

  #place({ id, places }: ProgramRule, globs: Step['globs']): string {
    const { url } = this.#facts;
    if (globs !== null && typeof url !== 'string') {
      const hit = globs.filter((glob) => glob.matchesPath(url, false));
      return `the address matches ${names(hit.map(({ text }) => text))}`;
    }
    if (places === null) return 'it is about every place';
    if (id === closedNow) return 'somebody in charge has closed this site for now';
    return placeReason(this.#image, places, this.#facts.host);
  }

  #who(rule: ProgramRule): string {
    const held = new Set(this.#image.audiencesOf(this.#subject));
    return rule.audiences === null
      ? 'for anyone'
      : `for ${names(this.#audiences(rule).filter((name) => held.has(name)))}`;
  }

  #when({ schedules }: Step['rule']): string {
    const open = (schedules ?? []).filter((schedule) => schedule.isOpen(this.#at));
    return open.length === 0 ? '' : `${names(open.map(({ name }) => name))} is open`;
  }

  #membership(index: number): number {
    return this.#image.membershipOf(this.#subject).rules[index] ?? 0;
  }

  #audiences({ audiences }: ProgramRule): string[] {
    return (audiences ?? []).flatMap((i) => this.#image.program.audiences[i]?.name ?? []);
  }
}

const names = (all: readonly string[]): string => all.map((name) => `\`${name}\``).join(' or ');
