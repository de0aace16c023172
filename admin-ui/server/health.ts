/** `GET /healthz`: the process answers. `GET /readyz`: it does its work; otherwise 503 and why. */
import { Router } from 'express';
import { sendProblem } from './problem.ts';

/** In words for an operator, each with what to do, and without a person: anybody may read them. Nothing where all is well. */
export interface HealthReport {
  /** What keeps Hallpass from its work: whoever balances load should send requests elsewhere. */
  readonly failures: readonly string[];
  /** What it makes up for, so that requests go on being decided, and somebody should mend. */
  readonly warnings: readonly string[];
}

export interface Health {
  report(): HealthReport | Promise<HealthReport>;
}

export function healthRouter(health: Health): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', async (_request, response) => {
    const { failures, warnings } = await health.report();
    const reasons = [...failures, ...warnings];
    if (failures.length > 0)
      sendProblem(response, { status: 503, title: 'Not Ready', detail: failures.join('; '), reasons });
    else if (warnings.length > 0) response.json({ status: 'degraded', reasons });
    else response.json({ status: 'ready' });
  });
  return router;
}
