/**
 * Many questions, one JSON object a line, and as many answers: for tests of a policy, and for whoever has a log to hold against
 * it. A line that cannot be answered says why and stops nothing. HOT: what a line costs beside its decision is one
 * JSON.parse and one request line.
 */
import { LRUCache } from 'lru-cache';
import { isInCalendar, notInCalendar } from '../admin-ui/api/common.ts';
import { decide } from '../policy/decide.ts';
import type { Decision, Grant } from '../policy/decision.ts';
import { canonicalAddress } from '../policy/facts.ts';
import type { RequestFacts } from '../policy/request.ts';
import type { Identity, Person } from '../policy/subject.ts';
import { factsOfAscii, isAscii, madeUpOf, personNamed } from './check.ts';
import type { CheckParts, Header, Whose } from './check.ts';
import { ControlError } from './errors.ts';

/** One line of the file. */
interface Line {
  readonly url: string;
  readonly method: string | undefined;
  readonly headers: readonly Header[];
  readonly whose: Whose;
  readonly from: string;
  readonly at: number;
}

/** Answers of some lines. */
export interface Answers {
  /** One line of JSON for each. */
  readonly text: string;
  /** How many of them could not be answered. */
  readonly failed: number;
}

const longestLine = 65_536;
const [mostPeople, mostTimes] = [10_000, 10_000];

export class Bulk {
  readonly #parts: CheckParts;
  readonly #at: number;
  readonly #people = new LRUCache<string, Promise<Person>>({ max: mostPeople });
  readonly #madeUp = new LRUCache<string, Person>({ max: mostPeople });
  readonly #times = new LRUCache<string, number>({ max: mostTimes });
  /** What is said of a decision, without the number of the line: decisions are shared between requests. */
  readonly #said = new WeakMap<Decision, string>();
  /** Lines that could not be answered. */
  failed = 0;

  /** Lines that name no time are asked about the time of this moment. */
  constructor(parts: CheckParts) {
    this.#parts = parts;
    this.#at = (parts.now ?? Date.now)();
  }

  /** A promise only where the directory is asked. @param number of the line, from 1 */
  answer(text: string, number: number): string | Promise<string> {
    try {
      const line = this.#read(text);
      const facts = factsOfAscii(line.url, line.method, line.headers, this.#parts.image.extractors);
      const { user } = line.whose;
      if (user === undefined)
        return this.#decide(number, line, facts, this.#madeUpOf(line.whose) ?? 'unknown');
      madeUpOf(this.#parts.image, line.whose);
      return this.#person(user).then(
        async (person) => {
          const grants = await this.#parts.grants(person.key, line.at);
          return this.#decide(number, line, facts, person, grants);
        },
        (error: unknown) => this.#failure(number, error),
      );
    } catch (error) {
      return this.#failure(number, error);
    }
  }

  #decide(
    number: number,
    { from, at }: Line,
    facts: RequestFacts,
    identity: Identity,
    grants: readonly Grant[] = [],
  ): string {
    const image = this.#parts.imageAt?.(at) ?? this.#parts.image;
    const decision = decide(image, facts, { ip: from, identity }, grants, at);
    let said = this.#said.get(decision);
    if (said === undefined) this.#said.set(decision, (said = sayingOf(decision)));
    return `{"line":${String(number)},${said}\n`;
  }

  #failure(number: number, error: unknown): string {
    if (!(error instanceof ControlError)) throw error;
    this.failed += 1;
    return `{"line":${String(number)},"error":${JSON.stringify(error.message)}}\n`;
  }

  #person(login: string): Promise<Person> {
    let person = this.#people.get(login);
    if (person === undefined) this.#people.set(login, (person = personNamed(this.#parts.findPerson, login)));
    return person;
  }

  /** The same person for the same groups, so that who belongs where is worked out once. */
  #madeUpOf(whose: Whose): Person | null {
    const { groups, audience } = whose;
    if (groups === undefined && audience === undefined) return null;
    const key = groups === undefined ? `a${(audience ?? []).join('\0')}` : `g${groups.join('\0')}`;
    let person = audience !== undefined && groups !== undefined ? undefined : this.#madeUp.get(key);
    if (person === undefined) {
      person = madeUpOf(this.#parts.image, whose) ?? undefined;
      if (person !== undefined) this.#madeUp.set(key, person);
    }
    return person ?? null;
  }

  #read(text: string): Line {
    if (text.length > longestLine) throw bad(`the line is longer than ${String(longestLine)} characters`);
    const given = parsed(text);
    for (const key in given) if (!known.has(key)) throw bad(`unknown key \`${key.slice(0, 40)}\``);
    const { url, method, headers, from, at } = given;
    if (typeof url !== 'string' || !/^https?:/i.test(url)) throw bad('`url` is no http or https URL');
    return {
      url: isAscii(url) ? url : ascii(url),
      method: method === undefined ? undefined : textOf(method, 'method'),
      headers: headers === undefined ? none : headersOf(headers),
      whose: whoseOf(given),
      from: from === undefined ? '127.0.0.1' : addressOf(from),
      at: at === undefined ? this.#at : this.#timeOf(textOf(at, 'at')),
    };
  }

  #timeOf(text: string): number {
    const known = this.#times.get(text);
    if (known !== undefined) return known;
    const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d.*(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : NaN;
    if (Number.isNaN(at)) throw bad('`at` is no time such as 2026-09-01T10:30:00-06:00');
    if (!isInCalendar(at)) throw bad(`\`at\` ${notInCalendar}`);
    this.#times.set(text, at);
    return at;
  }
}

/** Empty lines are passed over. @param first number of the first line */
export async function answersOf(bulk: Bulk, lines: readonly string[], first: number): Promise<Answers> {
  const before = bulk.failed;
  let text = '';
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? '';
    if (line === '' || line === '\r') continue;
    const answer = bulk.answer(line, first + i);
    text += typeof answer === 'string' ? answer : await answer;
  }
  return { text, failed: bulk.failed - before };
}

const none: readonly Header[] = [];
const nobody: Whose = Object.freeze({ user: undefined, groups: undefined, audience: undefined });
const known: ReadonlySet<string> = new Set([
  ...['url', 'method', 'headers', 'user', 'groups', 'audience', 'from', 'at'],
]);
const bad = (message: string): ControlError => new ControlError('bad-question', message);

function parsed(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad('the line is no JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw bad('the line is no JSON object');
  return value as Readonly<Record<string, unknown>>;
}

function textOf(value: unknown, key: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw bad(`\`${key}\` is no text`);
}

function whoseOf({ user, groups, audience }: Readonly<Record<string, unknown>>): Whose {
  if (user === undefined && groups === undefined && audience === undefined) return nobody;
  return {
    user: user === undefined ? undefined : textOf(user, 'user'),
    groups: groups === undefined ? undefined : textsOf(groups, 'groups'),
    audience: audience === undefined ? undefined : textsOf(audience, 'audience'),
  };
}

/** One text, or several. */
function textsOf(value: unknown, key: string): string[] {
  const texts: unknown[] = typeof value === 'string' ? [value] : Array.isArray(value) ? value : [null];
  return texts.map((each) => textOf(each, key));
}

function headersOf(value: unknown): Header[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw bad('`headers` is no object of names and values');
  return Object.entries(value).flatMap(([name, values]) =>
    textsOf(values, 'headers').map((each): Header => [name, each]),
  );
}

function addressOf(value: unknown): string {
  const address = canonicalAddress(textOf(value, 'from'));
  if (address === null) throw bad('`from` is no IP address');
  return address;
}

function ascii(url: string): string {
  if (!URL.canParse(url)) throw bad('`url` is no http or https URL');
  return new URL(url).href;
}

/** After `{"line":7,`. */
function sayingOf({ action, rule, clause, tier, needs, enforced, obligations }: Decision): string {
  const owed = obligations.length === 0 ? {} : { obligations };
  return JSON.stringify({ action, rule, clause, tier, needs, enforced, ...owed }).slice(1);
}
