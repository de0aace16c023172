/** Errors over HTTP as problem details (RFC 9457). */
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';

export interface ProblemDetails {
  readonly status: number;
  readonly title: string;
  readonly detail?: string;
  /** Names the kind of problem, for programs. */
  readonly code?: string;
  /** Each thing that is wrong, in words. */
  readonly reasons?: readonly string[];
}

/** What a caller did wrong, or cannot have now: thrown by a handler, sent as problem details. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly details: ProblemDetails;
  readonly headers: Readonly<Record<string, string>>;

  constructor(details: ProblemDetails, headers: Readonly<Record<string, string>> = {}) {
    super(details.detail ?? details.title);
    this.details = details;
    this.headers = headers;
  }
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
};

const titleOf = (status: number): string =>
  titles[status] ?? (status < 500 ? 'Bad Request' : 'Internal Server Error');

export const refuse = (
  status: number,
  code: string,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): Problem => new Problem({ status, title: titleOf(status), code, detail }, headers);

/** What parts of the house refuse, by the code of the error. */
const refusals: Readonly<Record<string, number>> = {
  'bad-question': 400,
  emergency: 409,
  grant: 409,
  'unknown-user': 404,
  'unknown-group': 404,
  'directory-unavailable': 503,
};

/** What the house refuses in words is the caller's to mend. @throws Problem, or what it was given */
export function refusedByHouse(error: unknown): never {
  const code = String((error as { readonly code?: unknown } | null)?.code);
  const status = refusals[code];
  if (!(error instanceof Error) || status === undefined) throw error;
  throw refuse(status, status === 400 ? 'bad-input' : code, error.message);
}

export function sendProblem(response: Response, problem: ProblemDetails): void {
  response
    .status(problem.status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', ...problem }));
}

export const notFound: RequestHandler = (_request, response) => {
  sendProblem(response, { status: 404, title: 'Not Found', detail: 'there is no such page' });
};

/** Says nothing of what failed inside: that is for the log. */
export const internalError =
  (report: (error: unknown) => void): ErrorRequestHandler =>
  (error, _request, response, next) => {
    const problem = error instanceof Problem ? error.details : detailsOf(error);
    if (problem.status >= 500 && !(error instanceof Problem)) report(error);
    if (response.headersSent) {
      next(error);
      return;
    }
    if (error instanceof Problem) response.set(error.headers);
    sendProblem(response, problem);
  };

/** Express marks what the client did wrong (a path that is not percent-encoded rightly) by a status of 4xx. */
function detailsOf(error: unknown): ProblemDetails {
  const { status, code } = (error ?? {}) as { readonly status?: unknown; readonly code?: unknown };
  if (typeof code === 'string' && unavailable.has(code))
    return {
      status: 503,
      title: titleOf(503),
      code,
      detail: 'a part of Hallpass is being restarted: try again in a moment',
    };
  const shown = typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
  const { type } = (error ?? {}) as { readonly type?: unknown };
  if (type === 'entity.parse.failed')
    return {
      ...{ status: shown, title: titleOf(shown), code: 'bad-request' },
      detail: 'the body is no JSON: send one JSON object',
    };
  return { status: shown, title: titleOf(shown) };
}

const unavailable = new Set(['query-failed', 'thread-gone', 'no-policy']);
