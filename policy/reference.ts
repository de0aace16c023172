/**
 * The slow, obvious decide: the oracle of the tests, and the definition where words are not enough. It reads the parsed
 * policy and the entries of the lists one after another and shares no index, glob or schedule code with the fast path.
 *
 * - Tiers: crisis, testing, locked rules, ordered rules, default. The first rule that matches decides.
 * - A condition is yes, no, or unknown with the facts that would settle it. A rule is no when any condition is no.
 * - Unknown rules before the one that decides make its outcome tentative: their facts are `needs`. An unknown rule that
 *   could only bring the same unrecorded allow, with nothing between that could differ, needs nothing.
 * - With needs, the outcome is the one that holds if none of them can be had: the same question, asked again with the
 *   needed facts unobtainable and the client unidentified.
 * - A grant to continue turns a warn that is not locked into an allow, for its person, host and time.
 * - To somebody to whom pages speak as to the youngest, a warn is a block, and no grant counts.
 * - A host that is closed now is closed by a locked rule before all others. With floor-only the ordered rules are set
 *   aside, and what no locked rule is about is open.
 * - A policy that observes enforces locked rules only; `tunnelWarn: allow` does not enforce a warn of the others at a
 *   tunnel that is not decrypted.
 */
import ipaddr from 'ipaddr.js';
import { Temporal } from 'temporal-polyfill';
import type { Action, Decision, Grant, Need, Tier } from './decision.ts';
import { closedNow, isClosedNow, noEmergency } from './emergency.ts';
import type { Emergency } from './emergency.ts';
import { canonicalHost, canonicalPath } from './facts.ts';
import type { Policy, Rule, Schedule } from './model/policy.ts';
import type { RequestFacts } from './request.ts';
import type { Person, Subject } from './subject.ts';

/** An entry of a list or of the policy's own lists. */
export interface ReferenceEntry {
  readonly category: string;
  readonly host: string;
  /** Whether sub-domains are left out. */
  readonly exact: boolean;
}

export interface ReferenceSource {
  readonly policy: Policy;
  readonly entries: readonly ReferenceEntry[];
  readonly emergency?: Emergency;
}

/** Yes, no, or the facts that would tell. */
type Verdict = true | false | readonly Need[];

interface Outcome {
  readonly action: Action;
  readonly tier: Tier;
  readonly rule: string;
  readonly clause: string | null;
  readonly log: boolean;
  readonly enforced: boolean;
  readonly grantsUsed: readonly string[];
}

export function referenceDecide(
  source: ReferenceSource,
  facts: RequestFacts,
  subject: Subject,
  grants: readonly Grant[],
  at: number,
): Decision {
  const decision = firstMatch(source, facts, subject, grants, at);
  const { needs } = decision;
  if (needs.length === 0) return decision;
  const without = needs.includes('url') ? { ...facts, url: 'unobtainable' as const } : facts;
  const nobody = needs.includes('identity') ? { ...subject, identity: 'unidentified' as const } : subject;
  return { ...firstMatch(source, without, nobody, grants, at), needs };
}

function firstMatch(
  source: ReferenceSource,
  facts: RequestFacts,
  subject: Subject,
  grants: readonly Grant[],
  at: number,
): Decision {
  const { policy, emergency = noEmergency } = source;
  for (const tier of ['crisis', 'testing'] as const) {
    if (inPlace(source, policy[tier], facts.host)) return final(exempt(tier), []);
  }
  if (isClosedNow(emergency, facts.host)) return final({ ...closed }, []);
  const floorOnly = emergency.floorOnly !== null;
  const pending: { readonly outcome: Outcome; readonly needs: readonly Need[] }[] = [];
  const rules = [
    ...policy.locked.map((rule) => ({ rule, tier: 'locked' as const })),
    ...(floorOnly ? [] : policy.rules.map((rule) => ({ rule, tier: 'ordered' as const }))),
  ];
  for (const { rule, tier } of rules) {
    const verdict = ruleMatches(source, rule, facts, subject, at);
    if (verdict === false) continue;
    const outcome = outcomeOf(source, rule, tier, facts, subject, grants, at);
    if (verdict === true) return final(outcome, pending);
    pending.push({ outcome, needs: verdict });
  }
  if (floorOnly) return final(aside, pending);
  const fallback = { ...policy.default, id: 'default' };
  return final(outcomeOf(source, fallback, 'default', facts, subject, grants, at), pending);
}

function final(
  outcome: Outcome,
  pending: readonly { readonly outcome: Outcome; readonly needs: readonly Need[] }[],
): Decision {
  let relevant = [...pending];
  if (plainAllow(outcome)) {
    while (relevant.length > 0 && plainAllow((relevant.at(-1) as (typeof relevant)[0]).outcome)) {
      relevant = relevant.slice(0, -1);
    }
  }
  const wanted = new Set(relevant.flatMap(({ needs }) => needs));
  const needs = (['identity', 'url'] as const).filter((need) => wanted.has(need));
  return { ...outcome, needs, obligations: [] };
}

const plainAllow = ({ action, log }: Outcome): boolean => action === 'allow' && !log;

const exempt = (tier: 'crisis' | 'testing'): Outcome => ({
  action: 'allow',
  tier,
  rule: tier,
  clause: null,
  log: false,
  enforced: true,
  grantsUsed: [],
});

const closed: Outcome = {
  ...{ action: 'block', tier: 'locked', rule: closedNow, clause: null },
  ...{ log: true, enforced: true, grantsUsed: [] },
};

const aside: Outcome = {
  ...{ action: 'allow', tier: 'default', rule: 'default', clause: null },
  ...{ log: false, enforced: true, grantsUsed: [] },
};

function outcomeOf(
  { policy }: ReferenceSource,
  rule: Pick<Rule, 'id' | 'action' | 'clause' | 'log'>,
  tier: 'locked' | 'ordered' | 'default',
  facts: RequestFacts,
  subject: Subject,
  grants: readonly Grant[],
  at: number,
): Outcome {
  const { id, clause } = rule;
  const { identity } = subject;
  const young = isYoung(policy, subject);
  const action = young && rule.action === 'warn' ? 'block' : rule.action;
  const plain = { rule: id, clause: clause ?? null, log: rule.log ?? action !== 'allow' };
  const grant = grants.find(
    (each) =>
      typeof identity !== 'string' &&
      each.subject === identity.key &&
      each.rule === id &&
      each.host === facts.host &&
      at < each.expires,
  );
  if (action === 'warn' && tier !== 'locked' && grant !== undefined) {
    const log = rule.log ?? false;
    return { ...plain, action: 'allow', tier: 'grant', log, enforced: true, grantsUsed: [grant.id] };
  }
  const letsThrough =
    policy.mode === 'observe' ||
    (action === 'warn' && facts.url === 'unobtainable' && policy.tunnelWarn === 'allow');
  const enforced = action === 'allow' || tier === 'locked' || !letsThrough;
  return { ...plain, action, tier, enforced, grantsUsed: [] };
}

/** Whether the first audience of the document that they are in for certain has the voice for the youngest. */
function isYoung(policy: Policy, subject: Subject): boolean {
  const first = Object.keys(policy.audiences).find((name) => audienceHolds(policy, name, subject) === true);
  return first !== undefined && policy.audiences[first]?.voice === 'young';
}

function ruleMatches(
  source: ReferenceSource,
  rule: Rule,
  facts: RequestFacts,
  subject: Subject,
  at: number,
): Verdict {
  const { ports } = rule.match;
  if (ports.length > 0 && !ports.includes(facts.port)) return false;
  if (rule.when !== undefined && !rule.when.some((name) => scheduleOpen(source.policy, name, at)))
    return false;
  return all([
    placeMatches(source, rule, facts),
    methodMatches(rule, facts),
    any(rule.for.map((name) => audienceHolds(source.policy, name, subject))),
  ]);
}

function all(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes(false)) return false;
  const needs = verdicts.flatMap((verdict) => (verdict === true || verdict === false ? [] : verdict));
  return needs.length === 0 ? true : needs;
}

function any(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes(true)) return true;
  const needs = verdicts.flatMap((verdict) => (verdict === true || verdict === false ? [] : verdict));
  return needs.length === 0 ? false : needs;
}

// Places

function placeMatches(source: ReferenceSource, rule: Rule, facts: RequestFacts): Verdict {
  const { categories, hosts, urls } = rule.match;
  if (categories.length + hosts.length + urls.length === 0) return true;
  if (inPlace(source, { categories, hosts }, facts.host)) return true;
  return any(urls.map((glob) => urlMatches(glob, rule, facts)));
}

function inPlace(
  { policy, entries }: ReferenceSource,
  { categories, hosts }: { readonly categories: readonly string[]; readonly hosts: readonly string[] },
  host: string,
): boolean {
  const listed = entries.some(
    (entry) =>
      categories.includes(entry.category) &&
      (host === entry.host || (!entry.exact && host.endsWith(`.${entry.host}`))),
  );
  const inline = Object.values(policy.lists).some(
    (list) => categories.includes(list.category) && list.hosts.some((pattern) => hostMatches(pattern, host)),
  );
  return listed || inline || hosts.some((pattern) => hostMatches(pattern, host));
}

function hostMatches(pattern: string, host: string): boolean {
  if (pattern.startsWith('=')) return host === canonical(pattern.slice(1));
  if (pattern.startsWith('*.')) {
    const rest = canonical(pattern.slice(2));
    return host.endsWith(`.${rest}`) && !host.slice(0, -rest.length - 1).includes('.');
  }
  const whole = canonical(pattern);
  return host === whole || (host.endsWith(`.${whole}`) && !ipaddr.isValid(whole));
}

function canonical(host: string): string {
  const found = canonicalHost(host);
  return found.ok ? found.host : host;
}

function methodMatches({ match }: Rule, { url }: RequestFacts): Verdict {
  if (match.methods.length === 0) return true;
  if (url === 'unknown') return ['url'];
  return url !== 'unobtainable' && match.methods.includes(url.method);
}

/**
 * Paths are compared without case: many servers do so, and no rule should be escaped by a capital letter. What closes a
 * place may be met by the raw path too; what opens one may not, or `/open/../closed` would be open.
 */
function urlMatches(glob: string, { action }: Rule, { host, url }: RequestFacts): Verdict {
  const slash = glob.indexOf('/');
  const hostGlob = glob.slice(0, slash).toLowerCase();
  const labels = hostGlob.includes('*') ? hostGlob : canonical(hostGlob);
  if (!globMatches(labels.split('.'), host.split('.'))) return false;
  if (url === 'unknown') return ['url'];
  if (url === 'unobtainable') return false;
  const wanted = segments(canonicalPath(glob.slice(slash)));
  const raw = url.rawPath.replace(/(.)\/$/, '$1');
  return (action === 'allow' ? [url.path] : [url.path, raw]).some((path) =>
    globMatches(wanted, segments(path)),
  );
}

/** `/` has none. */
const segments = (path: string): string[] => (path === '/' ? [] : path.slice(1).toLowerCase().split('/'));

/** `**` stands for any number of whole parts, none too. A raw path may have `.` and `..`: what closes is met by them too. */
function globMatches(glob: readonly string[], text: readonly string[]): boolean {
  const [first, ...rest] = glob;
  const [part, ...others] = text;
  if (first === undefined) return text.length === 0;
  if (first === '**') return globMatches(rest, text) || (part !== undefined && globMatches(glob, others));
  return part !== undefined && partMatches(first, part) && globMatches(rest, others);
}

/** `*` stands for any run within one part, none too; alone it matches no part that is empty. */
function partMatches(glob: string, part: string): boolean {
  const pattern = glob.split('*').map((literal) => literal.replace(/[^\w]/g, '\\$&'));
  if (glob.startsWith('*') && part === '') return false;
  return new RegExp(`^${pattern.join('.*')}$`, 's').test(part);
}

// Audiences

function audienceHolds(policy: Policy, name: string, { ip, identity }: Subject): Verdict {
  if (name === 'anyone') return true;
  const found = networkOf(policy, ip);
  const network = found === undefined ? undefined : policy.networks[found];
  const audience = policy.audiences[name];
  if (audience === undefined) return false;
  const byNetwork =
    (found !== undefined && audience.networks.includes(found)) ||
    (network?.audiences.includes(name) ?? false);
  const asked = identity === 'unknown' && network?.signIn === 'never' ? 'unidentified' : identity;
  const { except } = audience;
  const fallback = network?.unidentified === name;
  if (asked === 'unknown') {
    if (byNetwork && !namesAnybody(except)) return true;
    return byNetwork || namesAnybody(audience) || fallback ? ['identity'] : false;
  }
  if (asked === 'unidentified') return byNetwork || fallback;
  if (isNamed(asked, except)) return false;
  return byNetwork || isNamed(asked, audience);
}

interface Names {
  readonly groups: readonly string[];
  readonly users: readonly string[];
  readonly schools: readonly string[];
}

const namesAnybody = ({ groups, users, schools }: Names): boolean =>
  groups.length + users.length + schools.length > 0;

function isNamed(person: Person, { groups, users, schools }: Names): boolean {
  const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
  return (
    groups.some((name) =>
      person.groups.some((each) => [each.name, each.dn, each.key].some((id) => same(id, name))),
    ) ||
    users.some((name) => same(name, person.login) || same(name, person.key)) ||
    schools.some((school) => person.schools.includes(school))
  );
}

/** The network with the longest CIDR that holds `ip`; the first of the document among equals. */
function networkOf(policy: Policy, ip: string): string | undefined {
  const address = ipaddr.process(ip);
  let best: { readonly name: string; readonly bits: number } | undefined;
  for (const [name, { cidrs }] of Object.entries(policy.networks)) {
    for (const cidr of cidrs) {
      const [range, bits] = ipaddr.parseCIDR(
        cidr.includes('/') ? cidr : `${cidr}/${cidr.includes(':') ? 128 : 32}`,
      );
      if (range.kind() !== address.kind() || !address.match(range, bits)) continue;
      if (best === undefined || bits > best.bits) best = { name, bits };
    }
  }
  return best?.name;
}

// Schedules

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

function scheduleOpen(policy: Policy, name: string, at: number): boolean {
  const schedule = policy.schedules[name];
  if (schedule === undefined) return false;
  const zone = schedule.timeZone ?? policy.timeZone;
  const today = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate();
  return [today.subtract({ days: 1 }), today].some((day) => openFrom(schedule, zone, day, at));
}

/** Whether a window that begins on `day` is open at `at`. */
function openFrom(schedule: Schedule, zone: string, day: Temporal.PlainDate, at: number): boolean {
  const date = day.toString();
  if (schedule.except.some(({ from, to }) => from <= date && date <= to)) return false;
  return schedule.windows.some((window) => {
    if (!window.days.includes(days[day.dayOfWeek - 1] as (typeof days)[number])) return false;
    if (window.dates !== undefined && !window.dates.some(({ from, to }) => from <= date && date <= to))
      return false;
    const last = window.to > window.from ? day : day.add({ days: 1 });
    const moment = (on: Temporal.PlainDate, time: string): number =>
      on.toZonedDateTime({ timeZone: zone, plainTime: Temporal.PlainTime.from(time) }).epochMilliseconds;
    return moment(day, window.from) <= at && at < moment(last, window.to);
  });
}
