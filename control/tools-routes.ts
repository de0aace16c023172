/** Questions of the command line about how the policy does, beside those of routes.ts. */
import type { Express } from 'express';
import { z } from 'zod';
import type { QueryClient } from './query.ts';

export interface ToolsParts {
  readonly query: Pick<QueryClient, 'remote'>;
}

const daysAsked = z.object({ days: z.coerce.number().int().min(1).max(3_650) });

export function toolsRoutes(app: Express, { query }: ToolsParts): void {
  app.get('/policy/fired', async (request, response) => {
    const { days } = daysAsked.parse(request.query);
    response.json(await query.remote.firedRules(days, Date.now()));
  });
}
