/** What a person would meet at a URL, and why: the proxy's own decision, made with a trace. */
import { isIP } from 'node:net';
import { z } from 'zod';
import type { Action, Grant, Need } from '../policy/decision.ts';
import type { Image } from '../policy/compile/image.ts';
import { explain } from '../policy/explain.ts';
import type { TraceStep } from '../policy/explain.ts';
import { canonicalAddress } from '../policy/facts.ts';
import type { RequestFacts } from '../policy/request.ts';
import type { Identity, Person } from '../policy/subject.ts';
import { targetFacts } from '../proxy/target-facts.ts';
import { parseRequestHead } from '../proxy/wire/head.ts';
import { Refused } from '../proxy/wire/refusals.ts';
import { parseTarget } from '../proxy/wire/target.ts';
import { ControlError } from './errors.ts';

/** A question as it comes over the socket: all of it text. */
export const question = z.strictObject({
  url: z.string().refine((url) => /^https?:/i.test(url) && URL.canParse(url), 'not an http or https URL'),
  /** Login; nobody is signed in without one. */
  user: z.string().min(1).optional(),
  at: z.iso.datetime({ offset: true }).optional(),
  from: z
    .string()
    .refine((ip) => isIP(ip) !== 0, 'not an IP address')
    .default('127.0.0.1'),
});
export type Question = z.output<typeof question>;

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
  readonly policyVersion: string;
  /** The person of a login, or null. Rejects when no directory server answers. */
  readonly findPerson: (login: string) => Promise<Person | null>;
  /** What is live at a time for a person, by key; for null, who is not signed in, what could be for anybody. */
  readonly grants: (person: string | null, at: number) => Promise<readonly Grant[]>;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/** @throws ControlError `bad-question`, `unknown-user` or `directory-unavailable` */
export async function ask(parts: CheckParts, { url, user, at, from }: Question): Promise<Answer> {
  const facts = factsOf(url);
  const identity = await identityOf(parts.findPerson, user);
  const subject = { ip: canonicalAddress(from) ?? from, identity };
  const time = at === undefined ? (parts.now ?? Date.now)() : Date.parse(at);
  const grants = await parts.grants(typeof identity === 'string' ? null : identity.key, time);
  const { decision, trace } = explain(parts.image, facts, subject, grants, time);
  const { action, rule, clause, needs } = decision;
  return { action, rule, clause, policyVersion: parts.policyVersion, needs, trace };
}

/**
 * Read by the proxy's own parsers, so that nothing is answered here which the proxy would refuse.
 * @param asked method; that of a page unless given @throws ControlError `bad-question`
 */
export function factsOf(url: string, asked = 'GET'): RequestFacts {
  const { method, target } = requestFor(url, asked);
  try {
    // It is one word of a line here, not yet a head that was split.
    if (/\s/.test(target)) throw new Refused('bad-target');
    const head = parseRequestHead(`${method} ${target} HTTP/1.1`, limits);
    const parsed = parseTarget(head);
    if (parsed.form === 'asterisk') throw new Refused('asterisk-form');
    return targetFacts(parsed, head);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw new ControlError(
      'bad-question',
      `the proxy would refuse \`${url.slice(0, 200)}\`: ${error.message}`,
    );
  }
}

const limits = { maxTargetBytes: 16_384, maxFields: 1 };

/**
 * The request that a program makes for a URL: CONNECT to the host and port of an https URL, whose path the proxy never
 * sees, else the method that is asked for. The fragment stays with the program; what is not ASCII is encoded as a browser does it.
 */
function requestFor(url: string, method: string): { readonly method: string; readonly target: string } {
  const [sent = ''] = (/^[\0-\x7f]*$/.test(url) ? url : new URL(url).href).split('#', 1);
  const [, authority] = /^https:\/\/([^/?]*)/i.exec(sent) ?? [];
  if (authority === undefined) return { method, target: sent };
  const port = /:\d+$/.test(authority) ? '' : ':443';
  return { method: 'CONNECT', target: `${authority.replace(/:$/, '')}${port}` };
}

async function identityOf(find: CheckParts['findPerson'], login: string | undefined): Promise<Identity> {
  return login === undefined ? 'unknown' : personNamed(find, login);
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
