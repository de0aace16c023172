/** The application behind the admin listener. So far: health, metrics, and a page that says what runs. */
import express from 'express';
import type { Express } from 'express';
import { securityHeaders } from './headers.ts';
import { healthRouter } from './health.ts';
import type { Health } from './health.ts';
import { homeRouter } from './home.ts';
import { metricsRouter } from './metrics.ts';
import type { Metrics } from './metrics.ts';
import { internalError, notFound } from './problem.ts';

export interface AdminAppOptions {
  readonly health: Health;
  readonly metrics: Metrics;
  /** Of Hallpass, as package.json names it. */
  readonly version: string;
  /** What failed inside while a request was answered. */
  readonly onError: (error: unknown) => void;
}

export function createAdminApp({ health, metrics, version, onError }: AdminAppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(securityHeaders);
  app.use(healthRouter(health));
  app.use(metricsRouter(metrics));
  app.use(homeRouter({ health, version }));
  app.use(notFound);
  app.use(internalError(onError));
  return app;
}
