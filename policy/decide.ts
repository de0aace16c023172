/**
 * The decision: a pure function of (image, facts, subject, grants, time). HOT.
 *
 * One walk over the rules (walk.ts) brings it, or says what it lacks. Then it is asked again without what is lacking: that is
 * what holds where it cannot be had. A warm, ungranted decision is one of the frozen values that every rule keeps.
 *
 * Addresses inside the one that was asked for (a translator's, a web proxy's) are decided like requests of their own; the
 * first that would be closed closes the whole.
 */
import type { Image } from './compile/image.ts';
import { NEED_IDENTITY, NEED_RESPONSE, NEED_URL } from './compile/outcome.ts';
import type { Decision, Grant } from './decision.ts';
import type { RequestFacts } from './request.ts';
import type { Subject } from './subject.ts';
import { COLLECT, unmatched, Walk } from './walk.ts';
import type { Observer, Question } from './walk.ts';

export function decide(
  image: Image,
  facts: RequestFacts,
  subject: Subject,
  grants: readonly Grant[],
  at: number,
): Decision {
  return walk({ image, facts, subject, grants, at }, null);
}

/** The one path of decide and explain. */
export function walk(question: Question, observer: Observer | null): Decision {
  const decision = withInner(question, observer, COLLECT);
  const { needs } = decision;
  if (needs.length === 0) return decision;
  // What holds if nothing of what is needed can be had: the same question without those facts.
  const [rest, lacking] = without(question, needs);
  return withInner(rest, null, lacking);
}

/** What holds where nothing more can be had: a decision that needs nothing, made of what is known. */
export function settle(question: Question, observer: Observer | null): Decision {
  return withInner(question, observer, 0);
}

/** The question without what a decision needed, and that as bits. */
export function without(question: Question, needs: Decision['needs']): [Question, number] {
  const { facts, subject } = question;
  const identity = needs.includes('identity') ? NEED_IDENTITY : 0;
  const url = needs.includes('url') ? NEED_URL : 0;
  const response = needs.includes('response') ? NEED_RESPONSE : 0;
  const who: Subject = identity === 0 ? subject : { ip: subject.ip, identity: 'unidentified' };
  const rest = { ...question, facts: withoutFacts(facts, url | response), subject: who };
  return [rest, identity | url | response];
}

function withoutFacts(facts: RequestFacts, needs: number): RequestFacts {
  if (needs === 0) return facts;
  return {
    ...facts,
    url: (needs & NEED_URL) === 0 ? facts.url : 'unobtainable',
    response: (needs & NEED_RESPONSE) === 0 ? facts.response : 'unobtainable',
    inner: facts.inner.length === 0 ? facts.inner : facts.inner.map((each) => withoutFacts(each, needs)),
  };
}

function withInner(question: Question, observer: Observer | null, known: number): Decision {
  const { facts } = question;
  const outer = firstMatch(question, observer, known);
  const { tier } = outer;
  if (facts.inner.length === 0 || tier === 'crisis' || tier === 'testing') return outer;
  let decision = outer;
  let needs = known === COLLECT ? outer.needs : [];
  for (const address of facts.inner) {
    if (decision.action !== 'allow') break;
    const inner = firstMatch({ ...question, facts: address }, observer, known);
    if (known === COLLECT) needs = union(needs, inner.needs);
    if (inner.action !== 'allow') decision = Object.freeze({ ...inner, inner: address.host });
  }
  if (known !== COLLECT) needs = outer.needs;
  if (decision.needs === needs) return decision;
  return Object.freeze({ ...decision, needs });
}

function union(some: Decision['needs'], more: Decision['needs']): Decision['needs'] {
  if (more.length === 0) return some;
  return (['identity', 'url', 'response'] as const).filter(
    (need) => some.includes(need) || more.includes(need),
  );
}

function firstMatch(question: Question, observer: Observer | null, known: number): Decision {
  const { image, facts, subject, at } = question;
  const plan = image.planOf(facts);
  if (plan.exempt !== null) return plan.exempt;
  const membership = image.membershipOf(subject, at);
  const decision = observer === null && known === COLLECT ? unmatched(question, plan, membership) : null;
  return decision ?? new Walk(question, plan, membership, observer, known).run();
}
