/** One of the two policies of a preview: what it decides of a cell, and whether a cell is enough to tell. */
import { NO } from '../compile/audiences.ts';
import type { Image } from '../compile/image.ts';
import type { LiveRule } from '../compile/live-rule.ts';
import { NO_MATCH } from '../compile/outcome.ts';
import type { Plan, Step } from '../compile/plans.ts';
import { walk } from '../decide.ts';
import type { Decision } from '../decision.ts';
import type { RequestFacts } from '../request.ts';
import type { Subject } from '../subject.ts';

export interface Judged {
  readonly decision: Decision;
  /**
   * What a sample does not keep and the decision may rest on: who it was, what else the request said (its query, fields and
   * body), or what was answered. Null where the decision is certain.
   */
  readonly lacks: 'identity' | 'request' | 'response' | null;
}

/** Kinds of entries that read more of a request than its host and path. */
const reading = new Set(['term', 'type']);
/** A made-up person is in their audiences wherever they are. */
const ip = '127.0.0.1';

export class Side {
  readonly #image: Image;
  readonly #hidden: ReadonlySet<number>;
  readonly #hiding = new WeakMap<Plan, boolean>();

  constructor(image: Image) {
    this.#image = image;
    const details = image.program.patterns.filter(({ kind }) => reading.has(kind));
    this.#hidden = new Set([...image.places.beyondPaths, ...details.map(({ target }) => target)]);
  }

  /** The plan of a host, where every request to it is decided alike whatever its path, time and port; else null. */
  plainPlan(facts: RequestFacts, tunnel: boolean): Plan | null {
    const plan = this.#image.planOf(facts);
    const isPlain = plan.steps.every((step) => {
      if (step === undefined) return true;
      const { rule, open } = step;
      const { source, schedules } = rule;
      const always = schedules === null && source.expires === null && source.ports === null;
      return always && (tunnel || (open === null && source.methods === null && source.narrowing === null));
    });
    return isPlain ? plan : null;
  }

  judge(facts: RequestFacts, audiences: readonly string[], known: boolean, at: number): Judged {
    const subject: Subject = { ip, identity: this.#image.somebodyIn(audiences, known) };
    let hidden = false;
    const watches = typeof facts.url !== 'string' && this.#mayHide(facts);
    const observer = (step: Step, result: number): void => {
      if (result === NO_MATCH && this.#hides(step) && this.#couldMatch(step.rule, facts, subject, at))
        hidden = true;
    };
    const decision = walk({ image: this.#image, facts, subject, grants: [], at }, watches ? observer : null);
    const { needs } = decision;
    if (needs.includes('identity')) return { decision, lacks: 'identity' };
    if (hidden || needs.includes('url')) return { decision, lacks: 'request' };
    return { decision, lacks: needs.length > 0 ? 'response' : null };
  }

  #mayHide(facts: RequestFacts): boolean {
    const plan = this.#image.planOf(facts);
    let may = this.#hiding.get(plan);
    if (may === undefined)
      this.#hiding.set(plan, (may = plan.steps.some((step) => step !== undefined && this.#hides(step))));
    return may;
  }

  /** Whether the rule may match by something that a cell does not say. */
  #hides({ rule, open }: Step): boolean {
    const { narrowing } = rule.source;
    if (narrowing !== null) {
      const { search, userAgents, headers, upload, fetch } = narrowing;
      if ([search, userAgents, headers].some(({ length }) => length > 0)) return true;
      if (upload !== undefined || fetch !== undefined) return true;
    }
    return (open ?? []).some(({ target, byHost }) => !byHost && this.#hidden.has(target));
  }

  /** Whether all that a cell does say lets it match. */
  #couldMatch(
    { index, source, schedules }: LiveRule,
    facts: RequestFacts,
    subject: Subject,
    at: number,
  ): boolean {
    const { ports, methods, expires, narrowing } = source;
    if ((this.#image.membershipOf(subject, at).rules[index] ?? NO) === NO) return false;
    if (ports?.includes(facts.port) === false || (expires !== null && at >= expires)) return false;
    if (schedules?.some((schedule) => schedule.isOpen(at)) === false) return false;
    const { url } = facts;
    if (typeof url === 'string') return false;
    if (methods?.includes(url.method) === false) return false;
    if (narrowing === null) return true;
    const { schemes, files } = narrowing;
    return (
      (schemes.length === 0 || schemes.includes(facts.scheme)) &&
      (files.length === 0 || files.includes(url.extension))
    );
  }
}
