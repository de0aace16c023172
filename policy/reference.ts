/**
 * The slow, obvious decide: the oracle of the tests, and the definition where words are not enough. It reads the parsed
 * policy and the entries of the lists one after another and shares no index, glob or schedule code with the fast path.
 *
 * - Tiers: crisis, testing, illegal rules, locked rules, overrides, ordered rules, default. The first that matches decides.
 * - A condition is yes, no, or unknown with the facts that would settle it. A rule is no when any condition is no.
 * - Unknown rules before the one that decides make its outcome tentative: their facts are `needs`. An unknown rule that
 *   could only bring the same unrecorded allow, with nothing between that could differ, needs nothing.
 * - With needs, the outcome is the one that holds if none of them can be had: the same question, asked again with the
 *   needed facts unobtainable and the client unidentified.
 * - A grant to continue turns a warn above which no floor stands into an allow, for its person, host and time. An override
 *   opens its place, and what the pages there bring along, to its person or group. Research lifts the locked rules that
 *   close, for a person whom pages address as staff.
 * - To somebody to whom pages speak as to the youngest, a warn is a block, and no grant to continue counts.
 * - A host that is closed now is closed by a locked rule before all others. With floor-only the ordered rules are set
 *   aside, and what no illegal or locked rule is about is open.
 * - A policy or a rule that observes enforces illegal and locked rules only; `tunnelWarn: allow` does not enforce a warn of
 *   the others at a tunnel that is not decrypted.
 * - Other names that DNS has for a host count for what closes by naming a place. Addresses inside the one that was asked
 *   for are decided each by itself, and the first that does not open decides.
 * - What goes on is given what the audiences of its person ask of the services of its host: the strictest of them.
 */
import type { Action, ContinueGrant, Decision, Grant, Need, Obligation, OverrideGrant } from './decision.ts';
import { closedNow, isClosedNow, noEmergency } from './emergency.ts';
import type { Audience, Obligations, Policy, Rule } from './model/policy.ts';
import type { Asked, ReferenceSource, Verdict } from './reference-conditions.ts';
import {
  all,
  audienceHolds,
  hostMatches,
  isUncategorised,
  networkOf,
  nowhere,
  opensNot,
  placesHold,
  ruleMatches,
  segments,
} from './reference-conditions.ts';
import type { RequestFacts } from './request.ts';
import type { Service } from './services.ts';
import type { Subject } from './subject.ts';

export type { ReferenceEntry, ReferenceSource } from './reference-conditions.ts';

interface Outcome extends Omit<Decision, 'needs' | 'obligations' | 'inner'> {
  readonly action: Action;
}

interface Pending {
  readonly outcome: Outcome;
  readonly needs: readonly Need[];
}

const allNeeds = ['identity', 'url', 'response'] as const;

export function referenceDecide(
  source: ReferenceSource,
  facts: RequestFacts,
  subject: Subject,
  grants: readonly Grant[],
  at: number,
): Decision {
  const decision = withInner({ source, facts, subject, grants, at });
  const { needs } = decision;
  if (needs.length === 0) return decision;
  const nobody = needs.includes('identity') ? { ...subject, identity: 'unidentified' as const } : subject;
  return { ...withInner({ source, facts: without(facts, needs), subject: nobody, grants, at }), needs };
}

function without(facts: RequestFacts, needs: readonly Need[]): RequestFacts {
  return {
    ...facts,
    ...(needs.includes('url') ? { url: 'unobtainable' as const } : {}),
    ...(needs.includes('response') ? { response: 'unobtainable' as const } : {}),
    inner: facts.inner.map((each) => without(each, needs)),
  };
}

function withInner(asked: Asked): Decision {
  let decision = firstMatch(asked);
  if (decision.tier === 'crisis' || decision.tier === 'testing') return decision;
  for (const facts of asked.facts.inner) {
    if (decision.action !== 'allow') break;
    const inner = firstMatch({ ...asked, facts });
    const needs = allNeeds.filter((need) => decision.needs.includes(need) || inner.needs.includes(need));
    decision = inner.action === 'allow' ? { ...decision, needs } : { ...inner, needs, inner: facts.host };
  }
  return decision;
}

function firstMatch(question: Asked): Decision {
  const exemption = exemptionOf(question, question.facts.host);
  if (exemption !== null) return { ...exempt(exemption), needs: [], obligations: [], inner: null };
  const aliases = question.facts.aliases.filter((alias) => exemptionOf(question, alias) === null);
  const asked = { ...question, facts: { ...question.facts, aliases } };
  const { source, facts } = asked;
  const { policy, emergency = noEmergency } = source;
  const floorOnly = emergency.floorOnly !== null;
  const closedHost = [facts.host, ...facts.aliases].some((host) => isClosedNow(emergency, host));
  const pending: Pending[] = [];
  let lifted: string | null = null;
  const final = (outcome: Outcome): Decision => {
    const whole =
      lifted === null ? outcome : { ...outcome, log: true, grantsUsed: [...outcome.grantsUsed, lifted] };
    return settled(asked, outcome, whole, pending);
  };
  for (const turn of rulesOf(policy, floorOnly, closedHost)) {
    if (turn.tier === 'override') {
      const verdict = overrideHolds(asked);
      if (!Array.isArray(verdict)) {
        if (verdict !== null) return final({ ...overridden, grantsUsed: [verdict as string] });
      } else pending.push({ outcome: overridden, needs: verdict as Need[] });
      continue;
    }
    if (turn.tier === 'closed') return final(closed);
    const { tier, rule } = turn;
    const verdict = ruleMatches(asked, rule);
    if (verdict === false) continue;
    const research = tier === 'locked' && opensNot(rule) ? researchOf(asked) : null;
    if (research !== null) {
      if (verdict === true) lifted = research;
      continue;
    }
    const outcome = outcomeOf(asked, rule, tier);
    if (verdict === true) return final(outcome);
    pending.push({ outcome, needs: verdict });
  }
  if (floorOnly) return final(aside);
  const { uncategorised, ...fallback } = policy.default;
  const [id, chosen] =
    uncategorised !== undefined && isUncategorised(asked, facts.host)
      ? (['uncategorised', uncategorised] as const)
      : (['default', fallback] as const);
  return final(outcomeOf(asked, { ...chosen, id, quiet: false, observe: false }, 'default'));
}

/** By the host alone. */
function exemptionOf(asked: Asked, host: string): 'crisis' | 'testing' | null {
  const alone = { ...asked, facts: without(asked.facts, ['url', 'response']) };
  const { policy } = asked.source;
  const holds = (tier: 'crisis' | 'testing') =>
    placesHold(alone, { ...nowhere, ...policy[tier] }, host, true) === true;
  return holds('crisis') ? 'crisis' : holds('testing') ? 'testing' : null;
}

type RuleTier = 'illegal' | 'locked' | 'ordered' | 'default';
type Turn =
  | { readonly tier: Exclude<RuleTier, 'default'>; readonly rule: Rule }
  | { readonly tier: 'closed' }
  | { readonly tier: 'override' };

function rulesOf(policy: Policy, floorOnly: boolean, closedHost: boolean): Turn[] {
  const of = <T extends 'illegal' | 'locked' | 'ordered'>(tier: T, rules: readonly Rule[]) =>
    rules.map((rule) => ({ tier, rule }));
  return [
    ...of('illegal', policy.illegal),
    ...(closedHost ? [{ tier: 'closed' as const }] : []),
    ...of('locked', policy.locked),
    { tier: 'override' as const },
    ...(floorOnly ? [] : of('ordered', policy.rules)),
  ];
}

/** @param decided as far as it is compared with what might decide instead */
function settled(asked: Asked, decided: Outcome, outcome: Outcome, pending: readonly Pending[]): Decision {
  let relevant = [...pending];
  if (plainAllow(decided)) {
    while (relevant.length > 0 && plainAllow((relevant.at(-1) as Pending).outcome))
      relevant = relevant.slice(0, -1);
  }
  const goesOn = outcome.action === 'allow' || !outcome.enforced;
  const due = goesOn ? dueOf(asked, (verdict) => verdict === true) : [];
  const could = goesOn ? dueOf(asked, (verdict) => verdict !== false) : [];
  const wanted = new Set(relevant.flatMap(({ needs }) => needs));
  if (JSON.stringify(due) !== JSON.stringify(could)) wanted.add('identity');
  return { ...outcome, needs: allNeeds.filter((need) => wanted.has(need)), obligations: due, inner: null };
}

const plainAllow = ({ action, log, inspect }: Outcome): boolean => action === 'allow' && !log && inspect;

const opened = { clause: null, log: false, enforced: true, quiet: false, inspect: true, grantsUsed: [] };

const exempt = (tier: 'crisis' | 'testing'): Outcome => ({
  ...opened,
  ...{ action: 'allow', tier, rule: tier, inspect: false },
});
const overridden: Outcome = { ...opened, action: 'allow', tier: 'grant', rule: 'override' };
const aside: Outcome = { ...opened, action: 'allow', tier: 'default', rule: 'default' };
const closed: Outcome = { ...opened, action: 'block', tier: 'locked', rule: closedNow, log: true };

type Deciding = Pick<Rule, 'id' | 'action' | 'clause' | 'log' | 'quiet' | 'observe'>;

function outcomeOf(asked: Asked, rule: Deciding, tier: RuleTier): Outcome {
  const { source, subject, facts } = asked;
  const { policy } = source;
  const { id, clause, quiet } = rule;
  const floor = tier === 'locked' || tier === 'illegal';
  const young = voiceOf(asked) === 'young';
  const opens = !opensNot(rule);
  const meant: Action = opens ? 'allow' : (rule.action as Action);
  const action = young && meant === 'warn' ? 'block' : meant;
  const plain = {
    ...{ rule: id, clause: clause ?? null, quiet, inspect: rule.action !== 'allow-without-inspection' },
    log: rule.log ?? (!opens || rule.action === 'monitor'),
  };
  const grant =
    action === 'warn' && !floor ? continued(asked.grants, id, facts, subject, asked.at) : undefined;
  if (grant !== undefined) {
    const log = rule.log ?? false;
    const allowed = { action: 'allow', tier: 'grant', enforced: true, quiet: false } as const;
    return { ...plain, ...allowed, log, grantsUsed: [grant.id] };
  }
  const letsThrough =
    policy.mode === 'observe' ||
    rule.observe ||
    (action === 'warn' && facts.url === 'unobtainable' && policy.tunnelWarn === 'allow');
  const enforced = action === 'allow' || floor || !letsThrough;
  return { ...plain, action, tier, enforced, grantsUsed: [] };
}

// Grants

function continued(
  grants: readonly Grant[],
  rule: string,
  { host }: RequestFacts,
  { identity }: Subject,
  at: number,
): ContinueGrant | undefined {
  if (typeof identity === 'string') return undefined;
  return grants.find(
    (each): each is ContinueGrant =>
      each.kind === 'continue' &&
      each.subject === identity.key &&
      each.rule === rule &&
      each.host === host &&
      at < each.expires,
  );
}

function researchOf(asked: Asked): string | null {
  const { identity } = asked.subject;
  if (typeof identity === 'string' || voiceOf(asked) !== 'staff') return null;
  const grant = asked.grants.find(
    (each) => each.kind === 'research' && each.subject === identity.key && asked.at < each.expires,
  );
  return grant?.id ?? null;
}

/** The id of the override that opens it, null, or the facts that would tell. */
function overrideHolds({ source, facts, subject, grants, at }: Asked): string | null | readonly Need[] {
  const asks = mayBeAsked(source.policy, subject);
  const open: Need[] = [];
  for (const grant of grants) {
    if (grant.kind !== 'override' || at >= grant.expires) continue;
    const who: Verdict = asks ? ['identity'] : isGrantee(grant, subject);
    const verdict = all([who, isOverridden(grant, facts)]);
    if (verdict === true) return grant.id;
    if (verdict !== false) open.push(...verdict);
  }
  return open.length === 0 ? null : open;
}

function isGrantee({ subject, subjectKind }: OverrideGrant, { identity }: Subject): boolean {
  if (typeof identity === 'string') return false;
  if (subjectKind === 'person') return identity.key === subject;
  return identity.groups.some(({ key }) => key === subject);
}

function isOverridden(grant: OverrideGrant, { host, url }: RequestFacts): Verdict {
  const under = (name: string) => name === grant.host || name.endsWith(`.${grant.host}`);
  if (under(host) && grant.path === null) return true;
  if (url === 'unknown') return ['url'];
  if (url === 'unobtainable') return false;
  if (under(host)) {
    const wanted = segments(grant.path ?? '/');
    return wanted.every((segment, i) => segments(url.path)[i] === segment);
  }
  const pages = ['', 'document', 'iframe', 'frame', 'embed', 'object', 'fencedframe'];
  return !pages.includes(url.headers.dest) && under(url.headers.initiator);
}

function mayBeAsked(policy: Policy, { ip, identity }: Subject): boolean {
  const network = networkOf(policy, ip);
  return identity === 'unknown' && (network === undefined || policy.networks[network]?.signIn !== 'never');
}

// Obligations

function dueOf({ source, facts, subject, at }: Asked, counts: (verdict: Verdict) => boolean): Obligation[] {
  const { policy, services = [] } = source;
  const asked = Object.entries(policy.audiences).flatMap(([name, { obligations }]) =>
    obligations !== undefined && counts(audienceHolds(policy, name, subject, at)) ? [obligations] : [],
  );
  return services
    .filter(({ hosts }) => hosts.some((pattern) => hostMatches(pattern, facts.host)))
    .flatMap((service) => strictest(service, asked));
}

function strictest(service: Service, asked: readonly Obligations[]): Obligation[] {
  if (service.kind === 'safe-search')
    return asked.some(({ safeSearch }) => safeSearch) ? [{ kind: 'safe-search', engine: service.id }] : [];
  if (service.kind === 'youtube') {
    for (const level of ['strict', 'moderate'] as const)
      if (asked.some(({ youtube }) => youtube === level)) return [{ kind: 'youtube', level }];
    return [];
  }
  const common = (all: readonly (readonly string[])[]) =>
    (all[0] ?? []).filter((name) => all.every((names) => names.includes(name)));
  if (service.kind === 'google-accounts') {
    const named = asked.map(({ tenants }) => tenants.google).filter((domains) => domains.length > 0);
    return named.length === 0 ? [] : [{ kind: 'google-accounts', domains: common(named) }];
  }
  const named = asked.flatMap(({ tenants }) => tenants.microsoft ?? []);
  if (named[0] === undefined) return [];
  const { context } = named[0];
  return [{ kind: 'microsoft-tenants', tenants: common(named.map(({ tenants }) => tenants)), context }];
}

/** The voice of the first audience of the document that they are in for certain. */
function voiceOf({ source: { policy }, subject, at }: Asked): Audience['voice'] {
  const first = Object.keys(policy.audiences).find(
    (name) => audienceHolds(policy, name, subject, at) === true,
  );
  return (first === undefined ? undefined : policy.audiences[first]?.voice) ?? 'student';
}
