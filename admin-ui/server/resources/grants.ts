/** What somebody in charge opens for others: overrides, and research that they authorise. */
import { Router } from 'express';
import type { z } from 'zod';
import type { GivenGrant } from '../../../store/repository/given-grants.ts';
import type { grant as grantSchema, grants as grantsSchema, made as madeSchema } from '../../api/grants.ts';
import { routes } from '../../api/routes.ts';
import { act, actorOf } from '../acts.ts';
import { operation } from '../operation.ts';
import type { AdminParts, GrantMade } from '../parts.ts';
import { refusedByHouse } from '../problem.ts';
import type { Caller, Gate } from '../session/gate.ts';
import { iso, minute } from '../times.ts';

export function grantsRouter(parts: AdminParts, gate: Gate): Router {
  const router = Router();
  const { grants, now = Date.now } = parts;
  /** Whom they are for and why is a look at these people. */
  const all = async (caller: Caller): Promise<z.input<typeof grantsSchema>> => {
    const list = grants.list();
    const people = list.flatMap(({ subject, subjectKind }) => (subjectKind === 'person' ? subject : []));
    await parts.recordAct(
      act(caller, now(), 'grants.view', null, { people: [...new Set(people)].join(' ') }),
    );
    return { items: list.map(shown) };
  };

  operation(router, gate, routes.listGrants, ({ caller }) => all(caller));
  operation(router, gate, routes.makeOverride, ({ caller, body: { minutes, ...asked } }) =>
    made(grants.override(caller.viewer.person, { ...asked, lasts: minutes * minute })),
  );
  operation(router, gate, routes.authoriseResearch, ({ caller, body: { minutes, ...asked } }) => {
    const authoriser = caller.viewer.person;
    return made(grants.research(actorOf(caller), { ...asked, authoriser, lasts: minutes * minute }));
  });
  operation(router, gate, routes.endGrant, async ({ caller, params }) => {
    await grants.end(actorOf(caller), params.id).catch(refusedByHouse);
    return all(caller);
  });
  return router;
}

async function made(making: Promise<GrantMade>): Promise<z.input<typeof madeSchema>> {
  const { grant, notes } = await making.catch(refusedByHouse);
  return { grant: shown(grant), notes: [...notes] };
}

const shown = (grant: GivenGrant): z.input<typeof grantSchema> => ({
  ...{ id: grant.id, kind: grant.kind, at: iso(grant.at), until: iso(grant.expires) },
  for: { kind: grant.subjectKind, key: grant.subject, name: grant.subjectName },
  place: grant.host === null ? null : `${grant.host}${grant.path ?? ''}`,
  ...{ by: grant.login, authorisedBy: grant.authorisedBy, reason: grant.reason },
});
