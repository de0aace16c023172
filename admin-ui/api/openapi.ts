/** The admin API as OpenAPI 3.1, made from the table of routes. */
import { z } from 'zod';
import { createDocument } from 'zod-openapi';
import type { ZodOpenApiOperationObject } from 'zod-openapi';
import { problem } from './common.ts';
import { routes } from './routes.ts';
import type { Route } from './routes.ts';

/** @param version of Hallpass */
export function describeApi(version: string): ReturnType<typeof createDocument> {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const [operationId, route] of Object.entries<Route>(routes)) {
    paths[route.path] = { ...paths[route.path], [route.method]: operationOf(operationId, route) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Hallpass admin API',
      version,
      description:
        'What the admin pages use. Sign in by `POST /api/session`; the session is a cookie. Whatever changes ' +
        'something carries the `csrf` of the session in `x-csrf-token`.',
    },
    paths,
    components: {
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: '__Host-hallpass' },
        csrf: { type: 'apiKey', in: 'header', name: 'x-csrf-token' },
      },
    },
  });
}

function operationOf(operationId: string, route: Route): ZodOpenApiOperationObject {
  const { summary, params, query, body, status, answer, mediaType = 'application/json' } = route;
  const requestParams = {
    ...(params && { path: params }),
    ...(query && { query }),
    ...(route.ifMatch && { header: ifMatchHeader }),
  };
  const content = answer !== undefined ? { [mediaType]: { schema: answer } } : { [mediaType]: {} };
  return {
    operationId,
    summary,
    description: rightOf(route),
    security: securityOf(route),
    ...(params || query ? { requestParams } : {}),
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: {
      [String(status)]: { description: 'Done', ...(status === 204 ? {} : { content }) },
      default: {
        description: 'What is wrong',
        content: { 'application/problem+json': { schema: problem } },
      },
    },
  };
}

const ifMatchHeader = z.object({ 'if-match': z.string() });

function rightOf({ for: who, ifMatch }: Route): string {
  const state = ifMatch === true ? ' Needs `If-Match` with the ETag of what it changes.' : '';
  switch (who) {
    case 'anyone':
      return `For everybody.${state}`;
    case 'half':
    case 'signed-in':
      return `For whoever is signed in.${state}`;
    default:
      return `For roles with the right \`${who}\`.${state}`;
  }
}

function securityOf({ for: who, method }: Route): Record<string, string[]>[] {
  if (who === 'anyone') return [];
  return [method === 'get' ? { session: [] } : { session: [], csrf: [] }];
}
