/** An edition as a thread holds it: the shared image, and everything that this thread derives from it. */
import type { EditionId } from '../edition.ts';
import type { Action, Tier } from '../decision.ts';
import { noEmergency } from '../emergency.ts';
import type { Emergency } from '../emergency.ts';
import type { Clause } from '../model/aup.ts';
import type { Audience, Network } from '../model/policy.ts';
import { textIn } from '../model/text.ts';
import type { LocalizedText } from '../model/text.ts';
import type { Subject } from '../subject.ts';
import { Audiences, YES } from './audiences.ts';
import type { Membership } from './audiences.ts';
import { HostTable } from './host-table.ts';
import { readImage } from './layout.ts';
import { LiveRule, liveRules } from './live-rule.ts';
import { Networks } from './networks.ts';
import { underEmergency } from './overlay.ts';
import { Plans } from './plans.ts';
import type { Plan } from './plans.ts';
import type { Program } from './program.ts';
import { ScheduleClock } from './schedules.ts';
import { UrlGlob } from './url-glob.ts';

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

/** @throws ImageError with the code of what is wrong with the image */
export function openImage(image: SharedArrayBuffer): Image {
  const parts = readImage(image);
  const program = JSON.parse(Buffer.from(parts.program).toString()) as Program;
  return new Image(program, new HostTable(parts));
}

export class Image {
  readonly id: EditionId;
  readonly timeZone: string;
  readonly program: Program;
  readonly table: HostTable;
  /** What is put over the edition for a while. */
  readonly emergency: Emergency;
  readonly rules: readonly LiveRule[];
  readonly fallback: LiveRule;
  readonly #edition: Program;
  readonly #infos = new Map<string, RuleInfo>();
  readonly #schedules: readonly ScheduleClock[];
  readonly #audiences: Audiences;
  readonly #networks: Networks;
  readonly #plans: Plans;

  constructor(edition: Program, table: HostTable, emergency: Emergency = noEmergency) {
    const program = underEmergency(edition, emergency);
    this.#edition = edition;
    this.emergency = emergency;
    this.id = program.id;
    this.timeZone = program.timeZone;
    this.program = program;
    this.table = table;
    this.#schedules = program.schedules.map(
      (schedule) => new ScheduleClock(schedule.name, schedule, program.timeZone),
    );
    this.rules = liveRules(program, this.#schedules);
    this.fallback = new LiveRule(program.default, -1, this.#schedules, program);
    this.#audiences = new Audiences(program);
    this.#networks = new Networks(program);
    this.#plans = new Plans(
      program,
      table,
      this.rules,
      program.urls.map((url) => new UrlGlob(url)),
      emergency,
    );
    for (const rule of [...program.rules, program.default]) this.#infos.set(rule.id, infoOf(rule));
    for (const tier of ['crisis', 'testing'] as const) this.#infos.set(tier, exemptInfo(tier));
  }

  /** The same edition under another emergency; nothing is shared that depends on it. */
  under(emergency: Emergency): Image {
    return emergency === this.emergency ? this : new Image(this.#edition, this.table, emergency);
  }

  /** For decide. */
  planOf(host: string): Plan {
    return this.#plans.of(host);
  }

  /** For decide. */
  membershipOf({ ip, identity }: Subject): Membership {
    return this.#audiences.membership(identity, this.#networks.indexOf(ip));
  }

  /** The most specific network that holds a canonical address, or null. */
  networkOf(ip: string): NetworkInfo | null {
    return this.program.networks[this.#networks.indexOf(ip)] ?? null;
  }

  /** Names of the audiences that the subject is in for certain, in the order of the document; `anyone` is the last. */
  audiencesOf(subject: Subject): string[] {
    return [...this.#audiencesOf(subject).map(({ name }) => name), 'anyone'];
  }

  /** Title of the first audience that the subject is in, or null. */
  audienceTitleOf(subject: Subject, languages: readonly string[]): string | null {
    const [first] = this.#audiencesOf(subject);
    return first === undefined ? null : textIn(first.title, languages);
  }

  /** The voice in which pages speak to the subject: that of the first audience they are in, else `student`. */
  voiceOf(subject: Subject): Voice {
    return this.#audiencesOf(subject)[0]?.voice ?? 'student';
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

  /** Epoch milliseconds of the next moment after `at` at which any schedule opens or closes; Infinity when none does. */
  nextBoundary(at: number): number {
    return Math.min(...this.#schedules.map((schedule) => schedule.nextBoundary(at)));
  }

  #audiencesOf(subject: Subject) {
    const { audiences } = this.membershipOf(subject);
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
  const [title, noClause] = [
    tier === 'crisis' ? 'Help in a crisis' : 'Tests and applications',
    'Always open',
  ];
  const names = { clause: null, noClause, publicRule: null, publicClause: null };
  return Object.freeze({
    id: tier,
    title,
    publicTitle: title,
    ...names,
    action: 'allow',
    tier,
    sensitive: false,
    continue: null,
  });
}
