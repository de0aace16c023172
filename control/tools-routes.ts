/** Questions of the command line about what a policy does, beside those of routes.ts. */
import type { Express } from 'express';
import { z } from 'zod';
import { answersOf, Bulk } from './bulk.ts';
import type { CheckParts } from './check.ts';
import type { QueryClient } from './query.ts';

export interface ToolsParts {
  readonly query: Pick<QueryClient, 'remote'>;
  /** In force. @throws ControlError `no-policy` */
  readonly image: () => CheckParts['image'];
  /** The same at the times that are asked about. */
  readonly imagesAt: () => Promise<NonNullable<CheckParts['imageAt']>>;
  readonly findPerson: CheckParts['findPerson'];
  readonly grantsAt: CheckParts['grants'];
}

const daysAsked = z.strictObject({ days: z.coerce.number().int().min(1).max(3_650) });
const bulkAsked = z.strictObject({
  lines: z.array(z.string()).max(500),
  first: z.int().min(1),
  /** Epoch milliseconds, of lines that name no time. */
  at: z.int(),
});

export function toolsRoutes(
  app: Express,
  { query, image, imagesAt, findPerson, grantsAt }: ToolsParts,
  read: <T extends z.ZodType>(schema: T, input: unknown) => z.output<T>,
): void {
  app.get('/policy/fired', async (request, response) => {
    const { days } = read(daysAsked, request.query);
    response.json(await query.remote.firedRules(days, Date.now()));
  });
  app.post('/check/bulk', async (request, response) => {
    const { lines, first, at } = read(bulkAsked, request.body);
    const current = image();
    const { policyVersion } = current.id;
    const parts = { image: current, imageAt: await imagesAt(), policyVersion, findPerson, grants: grantsAt };
    const bulk = new Bulk({ ...parts, now: () => at });
    response.json(await answersOf(bulk, lines, first));
  });
}
