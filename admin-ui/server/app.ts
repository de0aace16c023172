/** The application behind the admin listener: health and metrics for machines, the API, and the pages that use it. */
import express from 'express';
import type { Express } from 'express';
import { describeApi } from '../api/openapi.ts';
import { routes } from '../api/routes.ts';
import { securityHeaders } from './headers.ts';
import { healthRouter } from './health.ts';
import { metricsRouter } from './metrics.ts';
import { operation } from './operation.ts';
import type { AdminParts } from './parts.ts';
import { internalError, notFound } from './problem.ts';
import { blocksRouter } from './resources/blocks.ts';
import { emergencyRouter } from './resources/emergency.ts';
import { grantsRouter } from './resources/grants.ts';
import { policyRouter } from './resources/policy.ts';
import { reviewsRouter } from './resources/reviews.ts';
import { sessionRouter } from './resources/session.ts';
import { todayRouter } from './resources/today.ts';
import { whyRouter } from './resources/why.ts';
import { Gate } from './session/gate.ts';
import { builtPages, webRouter } from './web.ts';

export interface AdminApp {
  readonly handler: Express;
  /** These accounts are closed: their sessions end now. */
  readonly accountsGone: (keys: readonly string[]) => Promise<void>;
}

/** @param web folder of the built pages */
export function createAdminApp(parts: AdminParts, web = builtPages): AdminApp {
  const gate = new Gate(parts);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // Nested keys in a query would be objects, of which no route knows.
  app.set('query parser', 'simple');
  app.use(securityHeaders(parts.options.tls.certificate !== undefined));
  app.use(healthRouter(parts.health));
  app.use(metricsRouter(parts.metrics));
  app.use('/api', express.json({ limit: '64kb', strict: true }));
  app.use(description(parts, gate));
  for (const router of [
    sessionRouter,
    todayRouter,
    blocksRouter,
    reviewsRouter,
    policyRouter,
    emergencyRouter,
    grantsRouter,
    whyRouter,
  ])
    app.use(router(parts, gate));
  app.use('/api', notFound);
  app.use(webRouter(web));
  app.use(notFound);
  app.use(internalError(parts.onError));
  return {
    handler: app,
    accountsGone: async (keys) => {
      gate.standing.forget(keys);
      await parts.sessions.endAllOf(keys);
    },
  };
}

function description({ version }: AdminParts, gate: Gate): express.Router {
  const router = express.Router();
  const document = describeApi(version);
  operation(router, gate, routes.describe, async () => ({ ...document }));
  return router;
}
