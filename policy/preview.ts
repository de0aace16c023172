/**
 * What a draft would have done: each cell of the sample decided under the policy in force and under the draft, for somebody
 * made up who is in the cell's audiences. Cells of one host and audience set share what does not depend on the rest of them.
 */
import type { Image } from './compile/image.ts';
import type { Plan } from './compile/plans.ts';
import type { Action, Decision } from './decision.ts';
import { requestFacts, tunnelFacts } from './facts.ts';
import type { ProtectedSubject } from './lint/subjects.ts';
import { HostSubjects } from './preview/host-subjects.ts';
import { Side } from './preview/side.ts';
import type { Judged } from './preview/side.ts';
import type { RequestFacts } from './request.ts';
import type { SampleCell } from './sample.ts';

export interface Verdict {
  /** What comes of it: a decision that is only observed lets it go on. */
  readonly action: Action;
  readonly rule: string;
}

export interface HostChange {
  readonly audiences: readonly string[];
  readonly host: string;
  readonly before: Verdict;
  readonly after: Verdict;
  readonly requests: number;
  /** At least so many people within one hour. */
  readonly people: number;
  /** Why it looks wrong: a protected subject that would be closed; null where it does not. */
  readonly wrong: string | null;
}

export interface AudienceChange {
  readonly audiences: readonly string[];
  readonly requests: number;
  readonly closed: number;
  readonly opened: number;
  /** Requests that would meet a notice now, and did not. */
  readonly noticed: number;
}

export interface PreviewReport {
  readonly cells: number;
  readonly requests: number;
  /** Requests that would meet something else. */
  readonly changed: number;
  /** Requests of which a sample cannot tell, by what would. */
  readonly undecided: Readonly<Record<Judged['lacks'] & string, number>>;
  /** Requests that the policy in force decides otherwise than was decided then: by an older one, by a grant, by a query. */
  readonly otherwise: number;
  /** Those that look wrong first, then by requests; at most a thousand. */
  readonly hosts: readonly HostChange[];
  /** By audience set, by requests. */
  readonly audiences: readonly AudienceChange[];
  /** How many hosts and audience sets change beside those of `hosts`. */
  readonly more: number;
}

export interface PreviewParts {
  readonly before: Image;
  readonly after: Image;
  readonly subjects: readonly ProtectedSubject[];
}

const halfHour = 1_800_000;
const mostHosts = 1_000;

type Pair = readonly [before: Judged, after: Judged];

/** A host at a port, asked for in one way. */
interface Site {
  readonly scheme: SampleCell['scheme'];
  readonly port: number;
  readonly tunnel: boolean;
  /** Null where the host is none. */
  readonly facts: RequestFacts | null;
  /** By audience set: what all sites meet of which the same is said; null where more than the site decides. */
  readonly shared: ForBoth<Map<string, Pair>> | null;
}

/** For people of whom all audiences are known, and for others. */
type ForBoth<T> = readonly [known: T, unknown: T];

type Counted<T> = { -readonly [K in keyof T]: T[K] };

export class Preview {
  readonly #before: Side;
  readonly #after: Side;
  readonly #subjects: HostSubjects;
  /** By host. */
  readonly #sites = new Map<string, Site[]>();
  /** By the plans of both policies. */
  readonly #tunnels = new Map<Plan, Map<Plan, NonNullable<Site['shared']>>>();
  readonly #requestsOfPlans = new Map<Plan, Map<Plan, NonNullable<Site['shared']>>>();
  readonly #hosts = new Map<string, Counted<HostChange>>();
  readonly #audiences = new Map<string, Counted<AudienceChange>>();
  readonly #undecided = { identity: 0, request: 0, response: 0 };
  #cells = 0;
  #requests = 0;
  #changed = 0;
  #otherwise = 0;

  constructor({ before, after, subjects }: PreviewParts) {
    this.#before = new Side(before);
    this.#after = new Side(after);
    this.#subjects = new HostSubjects(before, subjects);
  }

  add(cell: SampleCell): void {
    const site = this.#siteOf(cell);
    if (site.facts === null) return;
    this.#cells += 1;
    this.#requests += cell.count;
    const audience = this.#audienceOf(cell.audiences);
    audience.requests += cell.count;
    const [before, after] = this.#pairOf(cell, site, site.facts, audience.audiences);
    const lacks = before.lacks ?? after.lacks;
    if (lacks !== null) {
      this.#undecided[lacks] += cell.count;
      return;
    }
    const [was, is] = [verdictOf(before.decision), verdictOf(after.decision)];
    if (was.action !== cell.action) this.#otherwise += cell.count;
    if (was.action === is.action) return;
    this.#changed += cell.count;
    if (is.action === 'block') audience.closed += cell.count;
    else if (is.action === 'warn') audience.noticed += cell.count;
    else audience.opened += cell.count;
    this.#change(cell, audience.audiences, was, is, before.decision);
  }

  report(): PreviewReport {
    const hosts = [...this.#hosts.values()].sort(
      (a, b) => Number(b.wrong !== null) - Number(a.wrong !== null) || b.requests - a.requests,
    );
    const audiences = [...this.#audiences.values()].filter(
      ({ closed, opened, noticed }) => closed + opened + noticed > 0,
    );
    return {
      ...{ cells: this.#cells, requests: this.#requests, changed: this.#changed },
      ...{ undecided: this.#undecided, otherwise: this.#otherwise },
      hosts: hosts.slice(0, mostHosts),
      audiences: audiences.sort((a, b) => b.requests - a.requests),
      more: Math.max(0, hosts.length - mostHosts),
    };
  }

  #pairOf(cell: SampleCell, { shared }: Site, facts: RequestFacts, audiences: readonly string[]): Pair {
    if (shared === null) return this.#judge(cell, facts, audiences);
    const known = shared[cell.known ? 0 : 1];
    let pair = known.get(cell.audiences);
    if (pair === undefined) known.set(cell.audiences, (pair = this.#judge(cell, facts, audiences)));
    return pair;
  }

  #judge(cell: SampleCell, site: RequestFacts, audiences: readonly string[]): Pair {
    const facts = cell.method === 'CONNECT' ? site : (factsOf(cell) ?? site);
    // Within the hour, since windows mostly open and close at its ends.
    const at = cell.at + halfHour;
    return [
      this.#before.judge(facts, audiences, cell.known, at),
      this.#after.judge(facts, audiences, cell.known, at),
    ];
  }

  #siteOf(cell: SampleCell): Site {
    let sites = this.#sites.get(cell.host);
    if (sites === undefined) this.#sites.set(cell.host, (sites = []));
    const { scheme, port } = cell;
    const tunnel = cell.method === 'CONNECT';
    for (const site of sites)
      if (site.tunnel === tunnel && site.port === port && site.scheme === scheme) return site;
    const facts = factsOf(cell);
    const site = {
      scheme,
      port,
      tunnel,
      facts,
      shared: facts === null ? null : this.#sharedOf(facts, tunnel),
    };
    sites.push(site);
    return site;
  }

  /** Hosts of which the same is said share a plan, in either policy, and what comes of it. */
  #sharedOf(facts: RequestFacts, tunnel: boolean): Site['shared'] {
    const [before, after] = [this.#before.plainPlan(facts, tunnel), this.#after.plainPlan(facts, tunnel)];
    if (before === null || after === null) return null;
    const key = tunnel ? this.#tunnels : this.#requestsOfPlans;
    let ofBefore = key.get(before);
    if (ofBefore === undefined) key.set(before, (ofBefore = new Map<Plan, NonNullable<Site['shared']>>()));
    let shared = ofBefore.get(after);
    if (shared === undefined)
      ofBefore.set(after, (shared = [new Map<string, Pair>(), new Map<string, Pair>()]));
    return shared;
  }

  #audienceOf(key: string): Counted<AudienceChange> {
    let found = this.#audiences.get(key);
    if (found !== undefined) return found;
    const audiences = key === '' ? [] : key.split(' ');
    this.#audiences.set(key, (found = { audiences, requests: 0, closed: 0, opened: 0, noticed: 0 }));
    return found;
  }

  #change(
    cell: SampleCell,
    audiences: readonly string[],
    before: Verdict,
    after: Verdict,
    was: Decision,
  ): void {
    const key = `${cell.host} ${before.action} ${before.rule} ${after.action} ${after.rule} ${cell.audiences}`;
    const found = this.#hosts.get(key);
    if (found !== undefined) {
      found.requests += cell.count;
      found.people = Math.max(found.people, cell.people);
      return;
    }
    const closes = after.action === 'block';
    const wrong = !closes
      ? null
      : was.tier === 'testing'
        ? 'tests and applications'
        : this.#subjects.of(cell.host);
    const { host, count: requests, people } = cell;
    this.#hosts.set(key, { audiences, host, before, after, requests, people, wrong });
  }
}

const verdicts = new WeakMap<Decision, Verdict>();

function verdictOf(decision: Decision): Verdict {
  const known = verdicts.get(decision);
  if (known !== undefined) return known;
  const verdict = { action: decision.enforced ? decision.action : ('allow' as const), rule: decision.rule };
  verdicts.set(decision, verdict);
  return verdict;
}

function factsOf({ scheme, host, port, method, path }: SampleCell): RequestFacts | null {
  const read =
    method === 'CONNECT'
      ? tunnelFacts(host, port, 'unobtainable')
      : requestFacts({
          scheme,
          rawHost: host,
          port,
          method,
          rawPath: path === '' ? '/' : path,
          rawQuery: '',
        });
  return read.ok ? read.facts : null;
}
