/** What a person would meet at a URL, and why: the proxy's own decision, made with a trace. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { time } from '../admin-ui/api/common.ts';
import type { Action, Grant, Need } from '../policy/decision.ts';
import type { Image } from '../policy/compile/image.ts';
import { somebody } from '../policy/compile/made-up.ts';
import { explain } from '../policy/explain.ts';
import { noExtractors } from '../policy/extract/extractors.ts';
import type { Extractors } from '../policy/extract/extractors.ts';
import type { TraceStep } from '../policy/explain.ts';
import { canonicalAddress } from '../policy/facts.ts';
import type { RequestFacts } from '../policy/request.ts';
import type { Identity, Person } from '../policy/subject.ts';
import { targetFacts } from '../proxy/target-facts.ts';
import { bareHead, parseRequestHead } from '../proxy/wire/head.ts';
import type { RequestHead } from '../proxy/wire/head.ts';
import { Refused } from '../proxy/wire/refusals.ts';
import { parseTarget } from '../proxy/wire/target.ts';
import { ControlError } from './errors.ts';

const names = z.array(z.string().min(1)).min(1).max(1_000);

/** A question as it comes over the socket. */
export const question = z.strictObject({
  url: z.string().refine((url) => /^https?:/i.test(url) && URL.canParse(url), 'not an http or https URL'),
  /** Login; nobody is signed in without one, unless they are made up by the next two. */
  user: z.string().min(1).optional(),
  /** Somebody in these groups of the directory, which is not asked. */
  groups: names.optional(),
  /** Somebody in exactly these audiences of the policy. */
  audience: names.optional(),
  at: time.optional(),
  from: z
    .string()
    .refine((ip) => isIP(ip) !== 0, 'not an IP address')
    .default('127.0.0.1'),
  method: z
    .string()
    .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,40}$/, 'not a method')
    .default('GET'),
  /** Name and value of each field. */
  headers: z
    .array(z.tuple([z.string(), z.string()]))
    .max(200)
    .default([]),
});
export type Question = z.output<typeof question>;

type Asked = Omit<Question, 'method' | 'headers'> & Partial<Pick<Question, 'method' | 'headers'>>;

export interface Answer {
  readonly action: Action;
  readonly rule: string;
  readonly clause: string | null;
  readonly policyVersion: string;
  /** Facts that would settle it; with `identity` the proxy would ask who it is before anything else. */
  readonly needs: readonly Need[];
  /** Every rule that was asked, in the order of precedence. */
  readonly trace: readonly TraceStep[];
}

export interface CheckParts {
  /** In force. */
  readonly image: Image;
  /** The same edition under what is put over the policy at a time; without it nothing changes with time. */
  readonly imageAt?: (at: number) => Image;
  readonly policyVersion: string;
  /** The person of a login, or null. Rejects when no directory server answers. */
  readonly findPerson: (login: string) => Promise<Person | null>;
  /** What is live at a time for a person, by key; for null, who is not signed in, what could be for anybody. */
  readonly grants: (person: string | null, at: number) => Promise<readonly Grant[]>;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/** @throws ControlError `bad-question`, `unknown-user` or `directory-unavailable` */
export async function ask(parts: CheckParts, asked: Asked): Promise<Answer> {
  const { url, at, from, method, headers } = asked;
  const facts = factsOf(url, method, headers, parts.image.extractors);
  const identity = await identityOf(parts, asked);
  const subject = { ip: canonicalAddress(from) ?? from, identity };
  const when = at === undefined ? (parts.now ?? Date.now)() : Date.parse(at);
  const grants = await parts.grants(typeof identity === 'string' ? null : identity.key, when);
  const image = parts.imageAt?.(when) ?? parts.image;
  const { decision, trace } = explain(image, facts, subject, grants, when);
  const { action, rule, clause, needs } = decision;
  return { action, rule, clause, policyVersion: parts.policyVersion, needs, trace };
}

export type Header = readonly [name: string, value: string];

/**
 * Read by the proxy's own parsers, so that nothing is answered here which the proxy would refuse. What is not ASCII is encoded
 * as a browser does it.
 * @param asked method; that of a page unless given @throws ControlError `bad-question`
 */
export function factsOf(
  url: string,
  asked = 'GET',
  headers: readonly Header[] = [],
  extractors: Extractors = noExtractors,
): RequestFacts {
  return factsOfAscii(isAscii(url) ? url : new URL(url).href, asked, headers, extractors, url);
}

export const isAscii = (url: string): boolean => /^[\0-\x7f]*$/.test(url);

/** The same of a URL as a program sends it. @param typed as messages name it @throws ControlError `bad-question` */
export function factsOfAscii(
  url: string,
  asked = 'GET',
  headers: readonly Header[] = [],
  extractors: Extractors = noExtractors,
  typed = url,
): RequestFacts {
  const { method, target } = requestFor(url, asked);
  try {
    const head = headOf(method, target, headers);
    const parsed = parseTarget(head);
    if (parsed.form === 'asterisk') throw new Refused('asterisk-form');
    return targetFacts(parsed, head, extractors);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw new ControlError(
      'bad-question',
      `the proxy would refuse \`${typed.slice(0, 200)}\`: ${error.message}`,
    );
  }
}

const limits = { maxTargetBytes: 16_384, maxFields: 200 };

/** @throws Refused */
function headOf(method: string, target: string, headers: readonly Header[]): RequestHead {
  const bare = headers.length === 0 ? bareHead(method, target, limits) : null;
  if (bare !== null) return bare;
  // It is one word of a line here, not yet a head that was split.
  if (/\s/.test(target)) throw new Refused('bad-target');
  return parseRequestHead(`${method} ${target} HTTP/1.1${fieldLines(headers)}`, limits);
}

/** A line break in a name or value is one of the head, and refused as such. */
function fieldLines(headers: readonly Header[]): string {
  let lines = '';
  for (const [name, value] of headers) {
    if (/[\r\n]/.test(name + value)) throw new Refused('bare-cr-or-lf');
    lines += `\r\n${name}: ${value}`;
  }
  return lines;
}

/**
 * The request that a program makes for a URL: CONNECT to the host and port of an https URL, whose path the proxy never
 * sees, else the method that is asked for. The fragment stays with the program.
 */
function requestFor(url: string, method: string): { readonly method: string; readonly target: string } {
  const fragment = url.indexOf('#');
  const sent = fragment < 0 ? url : url.slice(0, fragment);
  if (!/^https:\/\//i.test(sent)) return { method, target: sent };
  const end = sent.slice(8).search(/[/?]/);
  const authority = end < 0 ? sent.slice(8) : sent.slice(8, 8 + end);
  if (!authority.includes(':')) return { method: 'CONNECT', target: `${authority}:443` };
  const port = /:\d+$/.test(authority) ? '' : ':443';
  return { method: 'CONNECT', target: `${authority.replace(/:$/, '')}${port}` };
}

export type Whose = Pick<Question, 'user' | 'groups' | 'audience'>;

/** @throws ControlError `bad-question` where it says whose in two ways, or names an audience that there is not */
export function madeUpOf(image: Image, { user, groups, audience }: Whose): Person | null {
  if ([user, groups, audience].filter((each) => each !== undefined).length > 1)
    throw new ControlError('bad-question', 'say whose request it is by `user`, `groups` or `audience` alone');
  if (groups !== undefined) return somebody(groups);
  if (audience === undefined) return null;
  const known = new Set(['anyone', ...image.program.audiences.map(({ name }) => name)]);
  const unknown = audience.find((name) => !known.has(name));
  if (unknown !== undefined)
    throw new ControlError('bad-question', `the policy has no audience \`${unknown}\``);
  return image.somebodyIn(audience);
}

async function identityOf({ image, findPerson }: CheckParts, whose: Whose): Promise<Identity> {
  const made = madeUpOf(image, whose);
  if (made !== null) return made;
  return whose.user === undefined ? 'unknown' : personNamed(findPerson, whose.user);
}

/** @throws ControlError `unknown-user` or `directory-unavailable` */
export async function personNamed(find: CheckParts['findPerson'], login: string): Promise<Person> {
  let person: Person | null;
  try {
    person = await find(login);
  } catch (error) {
    throw notAnswered(error);
  }
  if (person === null) throw new ControlError('unknown-user', `the directory has no person \`${login}\``);
  return person;
}

export const notAnswered = (error: unknown): ControlError =>
  new ControlError(
    'directory-unavailable',
    `the directory cannot be asked: ${error instanceof Error ? error.message : String(error)}`,
    { cause: error },
  );
