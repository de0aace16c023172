/** What somebody in charge opens for others: overrides, and research that they authorise. */
import { Router } from 'express';
import type { z } from 'zod';
import type { GivenGrant } from '../../../store/repository/given-grants.ts';
import type { grant as grantSchema, grants as grantsSchema, made as madeSchema } from '../../api/grants.ts';
import { routes } from '../../api/routes.ts';
import { operation } from '../operation.ts';
import type { AdminParts, GrantMade } from '../parts.ts';
import { refuse } from '../problem.ts';
import type { Caller, Gate } from '../session/gate.ts';

const minute = 60_000;
const iso = (at: number): string => new Date(at).toISOString();

export function grantsRouter({ grants }: AdminParts, gate: Gate): Router {
  const router = Router();
  const by = ({ viewer: { person } }: Caller) => ({ key: person.key, login: person.login });
  const all = (): z.input<typeof grantsSchema> => ({ items: grants.list().map(shown) });

  operation(router, gate, routes.listGrants, async () => all());
  operation(router, gate, routes.makeOverride, ({ caller, body: { minutes, ...asked } }) =>
    made(grants.override(caller.viewer.person, { ...asked, lasts: minutes * minute })),
  );
  operation(router, gate, routes.authoriseResearch, ({ caller, body: { minutes, ...asked } }) => {
    const authoriser = caller.viewer.person;
    return made(grants.research(by(caller), { ...asked, authoriser, lasts: minutes * minute }));
  });
  operation(router, gate, routes.endGrant, async ({ caller, params }) => {
    await grants.end(by(caller), params.id).catch(refusal);
    return all();
  });
  return router;
}

async function made(making: Promise<GrantMade>): Promise<z.input<typeof madeSchema>> {
  const { grant, notes } = await making.catch(refusal);
  return { grant: shown(grant), notes: [...notes] };
}

const statuses: Readonly<Record<string, number>> = {
  grant: 409,
  'unknown-user': 404,
  'unknown-group': 404,
  'directory-unavailable': 503,
};

/** What the house refuses in words is the caller's to mend. @throws Problem, or what it was given */
function refusal(error: unknown): never {
  const code = String((error as { readonly code?: unknown } | null)?.code);
  if (!(error instanceof Error)) throw error;
  if (code === 'bad-question') throw refuse(400, 'bad-input', error.message);
  const status = statuses[code];
  throw status === undefined ? error : refuse(status, code, error.message);
}

const shown = (grant: GivenGrant): z.input<typeof grantSchema> => ({
  ...{ id: grant.id, kind: grant.kind, at: iso(grant.at), until: iso(grant.expires) },
  for: { kind: grant.subjectKind, key: grant.subject, name: grant.subjectName },
  place: grant.host === null ? null : `${grant.host}${grant.path ?? ''}`,
  ...{ by: grant.login, authorisedBy: grant.authorisedBy, reason: grant.reason },
});
