/** What `hallpass grant` asks. */
import type { Express, Request } from 'express';
import { z } from 'zod';
import { durationBetween } from '../policy/model/duration.ts';
import { operatorOf, read } from './asked.ts';
import { ControlError } from './errors.ts';
import { longestOverride, longestResearch } from './grants.ts';
import type { Grants } from './grants.ts';

const name = z.string().min(1).max(512);
const reason = z.string().trim().min(3, 'say in a few words why').max(500);
const minute = 60_000;

const overrideAsked = z.strictObject({
  ...{ person: name.optional(), group: name.optional(), place: z.string().min(1).max(4_096) },
  ...{ lasts: durationBetween(minute, longestOverride), reason },
});
const researchAsked = z.strictObject({
  ...{ person: name, authoriser: name, lasts: durationBetween(minute, longestResearch), reason },
});
const endAsked = z.strictObject({ id: z.string().min(6).max(64) });

export function grantRoutes(
  app: Express,
  { grants }: { readonly grants: Pick<Grants, 'list' | 'override' | 'research' | 'end'> },
): void {
  const by = (request: Request) => ({ key: null, login: operatorOf(request) });
  app.get('/grants', (_request, response) => {
    response.json(grants.list());
  });
  app.post('/grants/override', async (request, response) => {
    const opener = { ...by(request), groups: [] };
    response.json(await grants.override(opener, read(overrideAsked, request.body)));
  });
  app.post('/grants/research', async (request, response) => {
    response.json(await grants.research(by(request), read(researchAsked, request.body)));
  });
  app.post('/grants/end', async (request, response) => {
    const { id } = read(endAsked, request.body);
    const [grant, another] = grants.list().filter((each) => each.id.endsWith(id));
    if (grant === undefined || another !== undefined)
      throw new ControlError('grant', 'name one that `hallpass grant list` shows');
    await grants.end(by(request), grant.id);
    response.json(grants.list());
  });
}
