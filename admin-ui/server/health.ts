/** `GET /healthz`: the process answers. `GET /readyz`: it does its work; otherwise 503 and why. */
import { Router } from 'express';
import { sendProblem } from './problem.ts';

export interface Health {
  /** Everything that keeps Hallpass from doing its whole work, in words for an operator; empty when all is well. */
  reasons(): readonly string[] | Promise<readonly string[]>;
}

export function healthRouter(health: Health): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', async (_request, response) => {
    const reasons = await health.reasons();
    if (reasons.length === 0) response.json({ status: 'ready' });
    else sendProblem(response, { status: 503, title: 'Not Ready', detail: reasons.join('; '), reasons });
  });
  return router;
}
