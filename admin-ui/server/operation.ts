/**
 * Joins a row of the route table to what does its work: who may call, what comes in, what goes out. What goes out passes
 * the schema of the answer, so that nothing leaves which the table does not name.
 */
import type { Request, RequestHandler, Response, Router } from 'express';
import type { z } from 'zod';
import { issuesInWords } from '../../policy/model/issues.ts';
import type { Route } from '../api/routes.ts';
import { Problem, refuse } from './problem.ts';
import type { Caller, Gate } from './session/gate.ts';

type In<S> = S extends z.ZodType ? z.output<S> : undefined;
type Out<R extends Route> = R extends { readonly answer: infer S extends z.ZodType } ? z.input<S> : void;

export interface Call<R extends Route> {
  /** Null for a route that is for anyone. */
  readonly caller: R['for'] extends 'anyone' ? null : Caller;
  readonly params: In<R['params']>;
  readonly query: In<R['query']>;
  readonly body: In<R['body']>;
  readonly request: Request;
  readonly response: Response;
}

/** What the work returns that has answered by itself. */
export const sent = Symbol('sent');

/** @param work answers itself where the table names no JSON, or returns `sent` */
export function operation<R extends Route>(
  router: Router,
  gate: Gate,
  route: R,
  work: (call: Call<R>) => Promise<Out<R> | typeof sent>,
): void {
  const handler: RequestHandler = async (request, response) => {
    const caller = await gate.admit(route, request);
    if (route.ifMatch === true && request.get('if-match') === undefined)
      throw refuse(428, 'if-match', 'say by If-Match which state you have seen: the ETag of the last answer');
    const call = {
      ...{ caller, request, response },
      params: read(route.params, request.params, 'path'),
      query: read(route.query, request.query, 'query'),
      body: read(route.body, request.body, 'body'),
    } as Call<R>;
    const answer = await work(call);
    if (answer === sent || response.headersSent || response.writableEnded) return;
    response.status(route.status);
    if (route.answer === undefined) response.end();
    else response.json(route.answer.parse(answer));
  };
  router[route.method](route.path.replace(/\{(\w+)\}/g, ':$1'), handler);
}

/** @throws Problem 400 saying of each part that is wrong how to mend it */
function read(schema: z.ZodType | undefined, value: unknown, where: string): unknown {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(value ?? {}, { reportInput: true });
  if (parsed.success) return parsed.data;
  const reasons = issuesInWords(parsed.error.issues, schema);
  const { details } = refuse(400, 'bad-input', `${where}: ${reasons.join('; ')}`);
  throw new Problem({ ...details, reasons });
}
