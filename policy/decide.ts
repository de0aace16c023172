/**
 * The decision: a pure function of (image, facts, subject, grants, time). HOT.
 *
 * The plan of the host (remembered) lists the few rules that can be about it; each is asked in order of precedence until
 * one matches. A rule with an unknown condition neither matches nor fails: the walk goes on, and what it lacks becomes a
 * need, except where it could only bring the same unrecorded allow. A warm, ungranted decision allocates nothing: it is
 * one of four frozen values that every rule keeps.
 */
import type { Image } from './compile/image.ts';
import { UNKNOWN, YES } from './compile/audiences.ts';
import { NEED_IDENTITY, NEED_URL } from './compile/live-rule.ts';
import type { LiveRule } from './compile/live-rule.ts';
import type { Step } from './compile/plans.ts';
import type { Decision, Grant } from './decision.ts';
import type { RequestFacts } from './request.ts';
import type { Subject } from './subject.ts';

/** Result of {@link matchStep} besides needs: 0 means that it matches, more are the bits of what is lacking. */
export const NO_MATCH = -1;

/**
 * A rule that closes a place closes it also when its evaluation fails (a defect of ours): a filter that skipped what it
 * cannot evaluate would open. A rule that opens one then opens nothing.
 */
const failed = (rule: LiveRule): number => (rule.source.action === 'allow' ? NO_MATCH : 0);

/** Sees every rule that was asked, for the trace. */
export type Observer = (step: Step, result: number) => void;

export function decide(
  image: Image,
  facts: RequestFacts,
  subject: Subject,
  grants: readonly Grant[],
  at: number,
): Decision {
  return walk(image, facts, subject, grants, at, null);
}

/** The one path of decide and explain. */
export function walk(
  image: Image,
  facts: RequestFacts,
  subject: Subject,
  grants: readonly Grant[],
  at: number,
  observer: Observer | null,
): Decision {
  const decision = firstMatch(image, facts, subject, grants, at, observer, COLLECT);
  const { needs } = decision;
  if (needs.length === 0) return decision;
  // What holds if nothing of what is needed can be had: the same question without those facts.
  const identity = needs.includes('identity') ? NEED_IDENTITY : 0;
  const url = needs.includes('url') ? NEED_URL : 0;
  const seen: RequestFacts = url === 0 ? facts : { ...facts, url: 'unobtainable' };
  const who: Subject = identity === 0 ? subject : { ip: subject.ip, identity: 'unidentified' };
  return firstMatch(image, seen, who, grants, at, null, identity | url);
}

/** In the place of needs that are known already. */
const COLLECT = -1;

function firstMatch(
  image: Image,
  facts: RequestFacts,
  subject: Subject,
  grants: readonly Grant[],
  at: number,
  observer: Observer | null,
  known: number,
): Decision {
  const plan = image.planOf(facts.host);
  if (plan.exempt !== null) return plan.exempt;
  const { rules: membership, young } = image.membershipOf(subject);
  // Needs up to the last unknown rule that is not a plain allow, and those of the plain allows since.
  let needs = 0;
  let plainNeeds = 0;
  for (const step of plan.steps) {
    const result = matchSafely(step, facts, membership, at);
    if (observer !== null) observer(step, result);
    if (result === NO_MATCH) continue;
    const { rule } = step;
    const grant = young ? null : grantFor(rule, facts, subject, grants, at);
    const plain = grant === null ? rule.plain : !rule.source.logGranted;
    if (result === 0) {
      const collected = plain ? needs : needs | plainNeeds;
      return settle(rule, grant, young, facts, known === COLLECT ? collected : known);
    }
    plainNeeds |= result;
    if (plain) continue;
    needs |= plainNeeds;
    plainNeeds = 0;
  }
  const { fallback } = image;
  const grant = young ? null : grantFor(fallback, facts, subject, grants, at);
  const plain = grant === null ? fallback.plain : !fallback.source.logGranted;
  const collected = plain ? needs : needs | plainNeeds;
  return settle(fallback, grant, young, facts, known === COLLECT ? collected : known);
}

function settle(
  rule: LiveRule,
  grant: Grant | null,
  young: boolean,
  facts: RequestFacts,
  needs: number,
): Decision {
  if (grant !== null) return rule.granted(grant.id, needs);
  return rule.decisions(young, facts)[needs] as Decision;
}

function matchSafely(step: Step, facts: RequestFacts, membership: Uint8Array, at: number): number {
  try {
    return matchStep(step, facts, membership, at);
  } catch {
    return failed(step.rule);
  }
}

/** {@link NO_MATCH}, 0 for a match, or the bits of the facts that would tell. */
function matchStep({ rule, globs }: Step, facts: RequestFacts, membership: Uint8Array, at: number): number {
  const { ports, methods, action } = rule.source;
  const who = membership[rule.index];
  if (who !== YES && who !== UNKNOWN) return NO_MATCH;
  if (ports !== null && !ports.includes(facts.port)) return NO_MATCH;
  if (rule.schedules !== null && !rule.schedules.some((schedule) => schedule.isOpen(at))) return NO_MATCH;
  const identity = who === UNKNOWN ? NEED_IDENTITY : 0;
  if (methods === null && globs === null) return identity;
  const { url } = facts;
  if (url === 'unknown') return identity | NEED_URL;
  if (url === 'unobtainable') return NO_MATCH;
  if (methods !== null && !methods.includes(url.method)) return NO_MATCH;
  if (globs !== null && !globs.some((glob) => glob.matchesPath(url, action === 'allow'))) return NO_MATCH;
  return identity;
}

function grantFor(
  rule: LiveRule,
  facts: RequestFacts,
  { identity }: Subject,
  grants: readonly Grant[],
  at: number,
): Grant | null {
  if (!rule.grantable || grants.length === 0 || typeof identity === 'string') return null;
  for (const grant of grants) {
    if (
      grant.subject === identity.key &&
      grant.rule === rule.source.id &&
      grant.host === facts.host &&
      at < grant.expires
    )
      return grant;
  }
  return null;
}
