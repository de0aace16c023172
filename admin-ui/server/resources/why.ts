/** What would be decided, and why; and who a login is. Both are asked of the parts that the proxy asks. */
import { Router } from 'express';
import type { z } from 'zod';
import { textIn } from '../../../policy/model/text.ts';
import type { Audience } from '../../../policy/model/policy.ts';
import type { Person } from '../../../policy/subject.ts';
import { routes } from '../../api/routes.ts';
import type { answer as answerSchema, person as personSchema } from '../../api/why.ts';
import { act } from '../acts.ts';
import type { WhyAnswer } from '../answers.ts';
import { operation } from '../operation.ts';
import type { AdminParts } from '../parts.ts';
import { parsedPolicy } from '../policy-text.ts';
import { refuse } from '../problem.ts';
import type { Caller, Gate } from '../session/gate.ts';

export function whyRouter(parts: AdminParts, gate: Gate): Router {
  const router = Router();
  const now = parts.now ?? Date.now;
  operation(router, gate, routes.why, async ({ caller, body }) => {
    const person = body.person === undefined ? null : await personFor(parts, caller, body.person);
    if (person !== null) {
      const { hostname } = new URL(body.url);
      await parts.recordAct(act(caller, now(), 'why.ask', person.key, { host: hostname.slice(0, 253) }));
    }
    const decided = await ask(parts, body, person);
    return answerOf(parts, decided, person, hostOf(body.url));
  });
  operation(router, gate, routes.findPerson, async ({ caller, query }) => {
    const person = await personFor(parts, caller, query.login);
    await parts.recordAct(act(caller, now(), 'people.view', person.key, {}));
    return described(parts, person);
  });
  return router;
}

const hostOf = (url: string): string => new URL(url).host;

/**
 * Somebody about whom the caller may ask; for who answers for some schools, their students.
 * @throws Problem 403, 404 or 503; the same 404 for nobody and for somebody else's
 */
async function personFor(
  { directory, policy }: AdminParts,
  { viewer }: Caller,
  login: string,
): Promise<Person> {
  if (!viewer.rights.has('people')) throw refuse(403, 'right', 'no role of yours may ask about a person');
  const person = await directory.find(login).catch(() => {
    throw refuse(503, 'directory-unavailable', 'no directory server answers: try again in a moment');
  });
  const { people } = viewer;
  const isTheirs =
    person !== null &&
    (people === 'all' ||
      (policy.audiencesOf(person).voice !== 'staff' &&
        person.schools.some((school) => people.includes(school))));
  if (!isTheirs)
    throw refuse(404, 'unknown-person', `the directory has no person \`${login}\` about whom you may ask`);
  return person;
}

/** @throws Problem 400 where the proxy would refuse the URL itself */
async function ask(
  { policy }: AdminParts,
  {
    url,
    at,
    from,
  }: { readonly url: string; readonly at?: string | undefined; readonly from?: string | undefined },
  person: Person | null,
): Promise<WhyAnswer> {
  try {
    return await policy.why({
      ...{ url, person },
      ...(at === undefined ? {} : { at: Date.parse(at) }),
      ...(from === undefined ? {} : { from }),
    });
  } catch (error) {
    if ((error as { readonly code?: unknown } | null)?.code !== 'bad-question') throw error;
    throw refuse(
      400,
      'bad-url',
      error instanceof Error ? error.message : 'the proxy would refuse this address',
    );
  }
}

function answerOf(
  { policy }: AdminParts,
  decided: WhyAnswer,
  person: Person | null,
  host: string,
): z.input<typeof answerSchema> {
  const parsed = parsedPolicy(policy.current().documents);
  const clause = parsed?.aup.texts[0].clauses.find(({ id }) => id === decided.clause);
  const [first] = person === null ? [] : policy.audiencesOf(person).names;
  const audience = first === undefined ? undefined : parsed?.policy.audiences[first];
  const { action, rule, policyVersion, enforced, needs, trace } = decided;
  return {
    ...{ action, rule, policyVersion, enforced, needs: [...needs], trace: [...trace] },
    says: sentence(decided, person, host),
    clause: clause === undefined ? null : { id: clause.id, number: clause.number, title: clause.title },
    person:
      person === null
        ? null
        : {
            login: person.login,
            name: person.name,
            audience: audience === undefined ? null : textIn(audience.title, ['en']),
          },
  };
}

function sentence({ action, enforced, needs }: WhyAnswer, person: Person | null, host: string): string {
  const who = person?.name ?? 'Somebody who is not signed in';
  const what = {
    allow: `${who} may open ${host}.`,
    block: `${who} is not let through to ${host}.`,
    warn: `${who} meets a notice before ${host}, and may go on.`,
  }[action];
  const observed =
    enforced || action === 'allow'
      ? ''
      : ' The policy only observes: it is recorded, and the request goes on.';
  return needs.includes('identity')
    ? `First they are asked to sign in. Otherwise: ${what}${observed}`
    : `${what}${observed}`;
}

function described({ policy }: AdminParts, person: Person): z.input<typeof personSchema> {
  const { names, voice } = policy.audiencesOf(person);
  const parsed = parsedPolicy(policy.current().documents)?.policy;
  const { key, login, name, schools, groups } = person;
  return {
    ...{ key, login, name, schools: [...schools], voice },
    groups: groups.map((group) => ({ name: group.name, dn: group.dn })),
    audiences: names
      .filter((each) => each !== 'anyone')
      .map((each) => {
        const audience = parsed?.audiences[each];
        const title = audience === undefined ? each : textIn(audience.title, ['en']);
        return { name: each, title, because: audience === undefined ? '' : because(person, audience) };
      }),
  };
}

/** Which of an audience's conditions the person meets. */
function because(person: Person, audience: Audience): string {
  const names = (group: Person['groups'][number]) =>
    [group.key, group.name, group.dn].map((each) => each.toLowerCase());
  const group = person.groups.find((each) =>
    audience.groups.some((wanted) => names(each).includes(wanted.toLowerCase())),
  );
  if (group !== undefined) return `in group ${group.name}`;
  const same = (wanted: string): boolean => [person.login, person.key].includes(wanted.toLowerCase());
  if (audience.users.some(same)) return 'named in the audience';
  const school = person.schools.find((each) => audience.schools.includes(each));
  if (school !== undefined) return `at school ${school}`;
  return 'by the network';
}
