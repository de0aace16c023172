/**
 * Decision → what its record keeps. The decision is made once more with somebody who listens: what is asked of the query,
 * the search and the fields is noted with its answer. Only what is recorded comes here.
 */
import type { Image } from '../compile/image.ts';
import { NO_MATCH } from '../compile/outcome.ts';
import { settle, without } from '../decide.ts';
import type { Decision, Grant } from '../decision.ts';
import { isClosedNow } from '../emergency.ts';
import { originOf } from '../facts.ts';
import { noFacts } from '../request.ts';
import type { RequestFacts, UnkeptCondition, UrlFacts, Witness } from '../request.ts';
import { isElsewhere, placeReason } from '../step-words.ts';
import type { Observer, Question } from '../walk.ts';
import type { Kept, KeptAddress, KeptCondition, KeptGrant } from './kept.ts';
import { asKept } from './unseen.ts';

/** A media type longer than any that a rule names is not one. */
const longestType = 127;

export interface Decided extends Question {
  readonly decision: Decision;
}

/**
 * Null of crisis help, of which nothing is kept, and where the decision cannot be made again even now: what was kept would
 * say something else than the record.
 */
export function keep({ decision, ...decided }: Decided): Kept | null {
  if (decision.tier === 'crisis' || decision.tier === 'testing') return null;
  const [question] = without(decided, decision.needs);
  const { image, facts, subject, grants, at } = question;
  const outer = new Listening(facts);
  const inside = facts.inner.map((each) => new Listening(each));
  const heard = { ...outer.facts, inner: inside.map((each) => each.facts) };
  let entry: string | undefined;
  const observer: Observer = ({ rule }, result, asked) => {
    if (result !== 0 || rule.source.id !== decision.rule || rule.source.places === null) return;
    // By what is kept of the request alone: an entry that reads a query would tell it.
    const reason = placeReason(image, rule.source.places, asKept(asked));
    entry = isElsewhere(reason) ? undefined : reason;
  };
  const again = settle({ ...question, facts: heard }, observer);
  if (!isSame(again, decision)) return null;
  const decider =
    decision.inner === null
      ? undefined
      : inside.find((each) => settle({ ...question, facts: each.facts }, null).action !== 'allow');
  const outside =
    decider === undefined ? again : settle({ ...question, facts: { ...heard, inner: noFacts } }, null);
  const used = new Set([...outside.grantsUsed, ...again.grantsUsed]);
  const kept = grants.filter(({ id }) => used.has(id)).map(grantOf);
  const put = emergencyOf(image, decider === undefined ? [facts] : [facts, decider.facts]);
  const { identity } = subject;
  return {
    v: 1,
    identity: typeof identity === 'string' ? identity : 'known',
    audiences: image.audiencesOf(subject, at).slice(0, -1),
    network: image.networkOf(subject.ip)?.name ?? null,
    ...(kept.length === 0 ? {} : { grants: kept }),
    ...(put === null ? {} : { emergency: put }),
    ...(entry === undefined ? {} : { entry }),
    asked: outer.kept(image),
    ...(decider === undefined ? {} : { inner: { ...addressOf(decider.facts), ...decider.kept(image) } }),
  };
}

export const isSame = (one: Decision, other: Decision): boolean =>
  one.action === other.action &&
  one.rule === other.rule &&
  one.tier === other.tier &&
  one.enforced === other.enforced &&
  one.inner === other.inner;

function grantOf(grant: Grant): KeptGrant {
  const { kind, id } = grant;
  if (kind === 'research') return { kind, id };
  return kind === 'continue'
    ? { kind, id, rule: grant.rule, host: grant.host }
    : { kind, id, host: grant.host, path: grant.path };
}

function emergencyOf(
  { emergency }: Image,
  asked: readonly RequestFacts[],
): NonNullable<Kept['emergency']> | null {
  const names = asked.flatMap(({ host, aliases }) => [host, ...aliases]);
  const closed = emergency.closed
    .filter((each) => names.some((name) => isClosedNow({ floorOnly: null, closed: [each] }, name)))
    .map(({ host }) => host);
  if (emergency.floorOnly === null && closed.length === 0) return null;
  return {
    ...(emergency.floorOnly === null ? {} : { floorOnly: true }),
    ...(closed.length === 0 ? {} : { closed }),
  };
}

function addressOf(facts: RequestFacts): { readonly method: string; readonly address: string } {
  const { url } = facts;
  const origin = originOf(facts);
  return typeof url === 'string'
    ? { method: 'CONNECT', address: origin }
    : { method: url.method, address: origin + url.rawPath };
}

/** One address, and what was asked of it. */
class Listening implements Witness {
  /** For the engine: the same facts, each of which is heard when it is asked for. */
  readonly facts: RequestFacts;
  readonly #source: RequestFacts;
  readonly #truths = new Map<string, Partial<Record<KeptCondition, boolean | null>>>();
  readonly #broughtBy = new Set<string>();

  constructor(source: RequestFacts) {
    this.#source = source;
    this.facts = typeof source.url === 'string' ? source : { ...source, url: new Heard(source.url, this) };
  }

  condition(rule: string, condition: UnkeptCondition, holds: () => boolean): boolean {
    const held = holds();
    this.#note(rule, condition, held);
    return held;
  }

  /** Noted where there was a query or a search to read, and where the fields alone made the difference. */
  place(rule: string, facts: RequestFacts, state: (facts: RequestFacts) => number): number {
    const found = state(facts);
    const { url } = this.#source;
    const reads = typeof url !== 'string' && (url.query !== '' || url.search !== null);
    if (reads || state(asKept(this.#source)) !== found)
      this.#note(rule, 'place', found === 0 ? true : found === NO_MATCH ? false : null);
    return found;
  }

  broughtBy(grant: string, holds: () => boolean): boolean {
    const held = holds();
    if (held) this.#broughtBy.add(grant);
    return held;
  }

  kept(image: Image): KeptAddress {
    const { url, response, mixedScript } = this.#source;
    const aliases = aliasesOf(image, this.#source);
    return {
      ...(typeof url === 'string' ? { url } : {}),
      response: typeof response === 'string' ? response : { type: response.mediaType.slice(0, longestType) },
      ...(aliases.length === 0 ? {} : { aliases }),
      ...(mixedScript ? { mixedScript } : {}),
      ...(this.#truths.size === 0 ? {} : { truths: Object.fromEntries(this.#truths) }),
      ...(this.#broughtBy.size === 0 ? {} : { broughtBy: [...this.#broughtBy] }),
    };
  }

  #note(rule: string, condition: KeptCondition, held: boolean | null): void {
    const noted = this.#truths.get(rule);
    if (noted === undefined) this.#truths.set(rule, { [condition]: held });
    else noted[condition] = held;
  }
}

/** Those that closed something. */
function aliasesOf(image: Image, facts: RequestFacts): readonly string[] {
  if (facts.aliases.length === 0) return facts.aliases;
  const own = image.planOf({ ...facts, aliases: [] }).steps;
  return facts.aliases.filter((alias) =>
    image
      .planOf({ ...facts, aliases: [alias] })
      .steps.some((step, i) => step?.open === null && own[i]?.open !== null),
  );
}

class Heard implements UrlFacts {
  readonly witness: Witness;
  readonly #source: UrlFacts;

  constructor(source: UrlFacts, witness: Witness) {
    this.#source = source;
    this.witness = witness;
  }

  get method() {
    return this.#source.method;
  }
  get path() {
    return this.#source.path;
  }
  get rawPath() {
    return this.#source.rawPath;
  }
  get query() {
    return this.#source.query;
  }
  get search() {
    return this.#source.search;
  }
  get extension() {
    return this.#source.extension;
  }
  get upload() {
    return this.#source.upload;
  }
  get headers() {
    return this.#source.headers;
  }
}
