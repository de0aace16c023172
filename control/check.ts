/** What a person would meet at a URL, and why: the proxy's own decision, made with a trace. */
import { isIP } from 'node:net';
import { z } from 'zod';
import type { Action, Need } from '../policy/decision.ts';
import { openImage } from '../policy/compile/image.ts';
import { explain } from '../policy/explain.ts';
import type { TraceStep } from '../policy/explain.ts';
import { canonicalAddress, requestFacts, tunnelFacts } from '../policy/facts.ts';
import type { FactsResult } from '../policy/facts.ts';
import type { Identity, Person } from '../policy/subject.ts';
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
  readonly image: SharedArrayBuffer;
  readonly policyVersion: string;
  /** The person of a login, or null. Rejects when no directory server answers. */
  readonly findPerson: (login: string) => Promise<Person | null>;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/** @throws ControlError `bad-question`, `unknown-user` or `directory-unavailable` */
export async function ask(parts: CheckParts, { url, user, at, from }: Question): Promise<Answer> {
  const facts = factsOf(new URL(url), url);
  const identity = await identityOf(parts.findPerson, user);
  const subject = { ip: canonicalAddress(from) ?? from, identity };
  const time = at === undefined ? (parts.now ?? Date.now)() : Date.parse(at);
  const { decision, trace } = explain(openImage(parts.image), facts, subject, [], time);
  const { action, rule, clause, needs } = decision;
  return { action, rule, clause, policyVersion: parts.policyVersion, needs, trace };
}

/** Of an https URL the proxy sees host and port: its path is not known, and never will be. */
function factsOf(url: URL, text: string) {
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port);
  const result: FactsResult =
    scheme === 'https'
      ? tunnelFacts(url.hostname, port, 'unobtainable')
      : requestFacts({
          ...{ scheme, rawHost: url.hostname, port, method: 'GET' },
          ...{ rawPath: url.pathname, rawQuery: url.search.slice(1) },
        });
  if (!result.ok) throw new ControlError('bad-question', `\`${text}\` is no URL that the proxy would take`);
  return result.facts;
}

async function identityOf(find: CheckParts['findPerson'], login: string | undefined): Promise<Identity> {
  if (login === undefined) return 'unknown';
  let person: Person | null;
  try {
    person = await find(login);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ControlError('directory-unavailable', `the directory cannot be asked: ${reason}`, {
      cause: error,
    });
  }
  if (person === null) throw new ControlError('unknown-user', `the directory has no person \`${login}\``);
  return person;
}
