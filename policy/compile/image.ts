/** An edition as a thread holds it: the shared image, and everything that this thread derives from it. */
import type { EditionId } from '../edition.ts';
import { Extractors } from '../extract/extractors.ts';
import type { Action, Tier } from '../decision.ts';
import { tunnelFacts } from '../facts.ts';
import { noEmergency } from '../emergency.ts';
import type { Emergency } from '../emergency.ts';
import type { Clause } from '../model/aup.ts';
import type { Audience, Network } from '../model/policy.ts';
import { textIn } from '../model/text.ts';
import type { LocalizedText } from '../model/text.ts';
import type { RequestFacts } from '../request.ts';
import type { Person, Subject } from '../subject.ts';
import { Audiences, YES } from './audiences.ts';
import type { Membership } from './audiences.ts';
import { HostIndex } from './host-index.ts';
import { HostLines } from './host-lines.ts';
import { HostPlaces } from './host-places.ts';
import { readImage } from './layout.ts';
import { LiveRule, liveRules } from './live-rule.ts';
import { MadeUp } from './made-up.ts';
import { Networks } from './networks.ts';
import { closing, underEmergency } from './overlay.ts';
import { Plans } from './plans.ts';
import type { Plan } from './plans.ts';
import type { Program } from './program.ts';
import { UrlIndex } from './url-index.ts';
import { ScheduleClock } from './schedules.ts';
import { Marks } from './marks.ts';
import { RequestIndex } from './request-index.ts';

/** A clause as pages show it. */
export interface ClauseShown extends Clause {
  /** ISO date on which the AUP was adopted. */
  readonly adopted: string;
  /** Language of the text, where it is not the one that was asked for first. */
  readonly language?: string;
}

/** A clause as records keep it: in the language in which it was adopted. */
export interface AdoptedClause {
  readonly id: string;
  readonly number: string;
  readonly title: string;
  readonly text: string;
  readonly adopted: string;
}

/** What may be said of a rule. Where it is sensitive, pages show `publicRule` and `publicClause` only. */
export interface RuleInfo {
  readonly id: string;
  readonly title: string;
  readonly publicTitle: LocalizedText;
  readonly clause: string | null;
  readonly noClause: string | null;
  readonly publicRule: string | null;
  readonly publicClause: string | null;
  readonly action: Action;
  readonly tier: Tier;
  readonly sensitive: boolean;
  /** Milliseconds for which going on past this warn holds; null where nobody can go on. */
  readonly continue: number | null;
}

export type NetworkInfo = Network & { readonly name: string };
export type Voice = Audience['voice'];

/**
 * Opens an image that was checked (layout.ts), as all are that the compiler hands out.
 * @throws ImageError when this engine cannot read it
 */
export function openImage(image: SharedArrayBuffer): Image {
  const steps = openInSteps(image);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same in steps of few milliseconds, between which a thread may do something else. */
export function* openInSteps(image: SharedArrayBuffer): Generator<undefined, Image> {
  const parts = readImage(image);
  const program = JSON.parse(Buffer.from(parts.program).toString()) as Program;
  yield;
  const hosts = new HostIndex(parts);
  const places = new HostPlaces(hosts, new UrlIndex(parts, hosts), new HostLines(parts.hostLines));
  const extractors = new Extractors(program.extractors);
  yield;
  return new Image(program, places, extractors);
}

export class Image {
  readonly id: EditionId;
  readonly timeZone: string;
  readonly program: Program;
  /** For the trace. */
  readonly places: HostPlaces;
  /** What is put over the edition for a while. */
  readonly emergency: Emergency;
  readonly rules: readonly LiveRule[];
  readonly fallback: LiveRule;
  /** For decide: what requests are in by more than their host. */
  readonly marks: Marks;
  /** For the trace. */
  readonly requests: RequestIndex;
  /** For whoever makes facts of requests that this image decides. */
  readonly extractors: Extractors;
  readonly #edition: Program;
  readonly #infos = new Map<string, RuleInfo>();
  readonly #schedules: readonly ScheduleClock[];
  readonly #audiences: Audiences;
  readonly #madeUp: MadeUp;
  readonly #networks: Networks;
  readonly #plans: Plans;

  constructor(
    edition: Program,
    places: HostPlaces,
    extractors: Extractors,
    emergency: Emergency = noEmergency,
  ) {
    const program = underEmergency(edition, emergency);
    this.#edition = edition;
    this.emergency = emergency;
    this.id = program.id;
    this.timeZone = program.timeZone;
    this.program = program;
    this.places = places;
    this.#schedules = program.schedules.map(
      (schedule) => new ScheduleClock(schedule.name, schedule, program.timeZone),
    );
    this.rules = liveRules(program, this.#schedules);
    this.fallback = new LiveRule(program.default, -1, this.#schedules, program);
    this.#audiences = new Audiences(program);
    this.#madeUp = new MadeUp(program, this.#audiences);
    this.#networks = new Networks(program);
    this.requests = new RequestIndex(program, places);
    this.extractors = extractors;
    this.marks = new Marks(this.requests, program.targets, program.rules);
    const uncategorised =
      program.uncategorised === null
        ? null
        : new LiveRule(program.uncategorised, -1, this.#schedules, program);
    this.#plans = new Plans({
      program,
      hosts: this.requests,
      rules: this.rules,
      fallbacks: { default: this.fallback, uncategorised },
      emergency,
    });
    // A record may be of a rule that is set aside now, or of an emergency that is over.
    for (const rule of [closing, ...edition.rules, edition.uncategorised, program.default])
      if (rule !== null) this.#infos.set(rule.id, infoOf(rule));
    for (const tier of ['crisis', 'testing'] as const) this.#infos.set(tier, exemptInfo(tier));
    this.#infos.set('override', overrideInfo);
  }

  /** The same edition under another emergency; nothing is shared that depends on it. */
  under(emergency: Emergency): Image {
    if (emergency === this.emergency) return this;
    return new Image(this.#edition, this.places, this.extractors, emergency);
  }

  /** For decide. */
  planOf(facts: RequestFacts): Plan {
    return facts.aliases.length === 0 ? this.#plans.of(facts) : this.#plans.withAliases(facts);
  }

  /** Whether a host, in canonical form, stands above every rule. */
  isExempt(host: string): boolean {
    const facts = tunnelFacts(host, 443, 'unobtainable');
    return facts.ok && this.exemptionOf(facts.facts) !== null;
  }

  /** The class above every rule that it is in, if any. */
  exemptionOf(facts: RequestFacts): 'crisis' | 'testing' | null {
    const tier = this.#plans.of(facts).exempt?.tier;
    return tier === 'crisis' || tier === 'testing' ? tier : null;
  }

  /** For decide. @param at epoch milliseconds: people grow older */
  membershipOf({ ip, identity }: Subject, at: number): Membership {
    return this.#audiences.membership(identity, this.#networks.indexOf(ip), at);
  }

  /** Somebody made up who is in exactly these audiences, or in these for certain: for questions about nobody in particular. */
  somebodyIn(audiences: readonly string[], whole = true): Person {
    return this.#madeUp.in(audiences, whole);
  }

  /** The most specific network that holds a canonical address, or null. */
  networkOf(ip: string): NetworkInfo | null {
    return this.program.networks[this.#networks.indexOf(ip)] ?? null;
  }

  /** Names of the audiences that the subject is in for certain, in the order of the document; `anyone` is the last. */
  audiencesOf(subject: Subject, at: number): string[] {
    return [...this.#audiencesOf(subject, at).map(({ name }) => name), 'anyone'];
  }

  /** Title of the first audience that the subject is in, or null. */
  audienceTitleOf(subject: Subject, languages: readonly string[], at: number): string | null {
    const [first] = this.#audiencesOf(subject, at);
    return first === undefined ? null : textIn(first.title, languages);
  }

  /** The voice in which pages speak to the subject: that of the first audience they are in, else `student`. */
  voiceOf(subject: Subject, at: number): Voice {
    return this.membershipOf(subject, at).voice;
  }

  /** @throws RangeError when this edition has no such rule */
  ruleInfo(id: string): RuleInfo {
    const info = this.#infos.get(id);
    if (info === undefined) throw new RangeError(`edition \`${this.id.edition}\` has no rule \`${id}\``);
    return info;
  }

  /** The clause in the first of `languages` that the AUP has, else as adopted; null when there is no such clause. */
  clause(id: string, languages: readonly string[]): ClauseShown | null {
    const { texts } = this.program.aup;
    const named = languages.flatMap(
      (tag) => texts.find(({ language }) => language === tag || language === tag.split('-')[0]) ?? [],
    );
    const text = named[0] ?? texts[0];
    const clause = text.clauses.find((each) => each.id === id);
    if (clause === undefined) return null;
    const other = languages[0] !== undefined && text.language.split('-')[0] !== languages[0].split('-')[0];
    return { ...clause, adopted: texts[0].adopted, ...(other ? { language: text.language } : {}) };
  }

  /** The clause as records keep it; null when there is no such clause. */
  adoptedClause(id: string): AdoptedClause | null {
    const { clauses, adopted } = this.program.aup.texts[0];
    const clause = clauses.find((each) => each.id === id);
    return clause === undefined
      ? null
      : { id, number: clause.number, title: clause.title, text: clause.text, adopted };
  }

  /**
   * Epoch milliseconds of the next moment after `at` at which any schedule opens or closes or a rule expires; Infinity when
   * none does.
   */
  nextBoundary(at: number): number {
    const expiries = this.program.rules.flatMap(({ expires }) =>
      expires !== null && expires > at ? [expires] : [],
    );
    return Math.min(...this.#schedules.map((schedule) => schedule.nextBoundary(at)), ...expiries);
  }

  /** Whether a schedule under `freeze` is open: nothing is published then, and no list changes. */
  isFrozen(at: number): boolean {
    return this.program.freeze.some((i) => this.#schedules[i]?.isOpen(at) === true);
  }

  /** Epoch milliseconds at which it is not frozen any more; null where it is not frozen at `at`, Infinity where nobody can tell. */
  frozenUntil(at: number): number | null {
    if (!this.isFrozen(at)) return null;
    const freeze = this.program.freeze.flatMap((i) => this.#schedules[i] ?? []);
    let until = at;
    // Windows that touch or overlap are one; a year of nights and days would be a mistake of the policy.
    for (let windows = 0; windows < 1_000 && this.isFrozen(until); windows++)
      until = Math.min(...freeze.map((schedule) => schedule.nextBoundary(until)));
    return this.isFrozen(until) ? Infinity : until;
  }

  #audiencesOf(subject: Subject, at: number) {
    const { audiences } = this.membershipOf(subject, at);
    return this.program.audiences.filter((_, i) => audiences[i] === YES);
  }
}

function infoOf(rule: Program['default']): RuleInfo {
  const { id, title, publicTitle, clause, noClause, publicRule, publicClause, action, tier, sensitive } =
    rule;
  const lasts = tier === 'locked' ? null : rule.continue;
  return Object.freeze({
    id,
    title,
    publicTitle,
    clause,
    noClause,
    publicRule,
    publicClause,
    action,
    tier,
    sensitive,
    continue: lasts,
  });
}

function exemptInfo(tier: 'crisis' | 'testing'): RuleInfo {
  return openInfo(
    tier,
    tier,
    tier === 'crisis' ? 'Help in a crisis' : 'Tests and applications',
    'Always open',
  );
}

function openInfo(id: string, tier: Tier, title: string, noClause: string): RuleInfo {
  return Object.freeze({
    ...{ id, title, publicTitle: title, noClause, action: 'allow', tier },
    ...{ clause: null, publicRule: null, publicClause: null, sensitive: false, continue: null },
  });
}

const overrideInfo = openInfo(
  'override',
  'grant',
  'Opened for a while',
  'Somebody in charge opened it for a while',
);
