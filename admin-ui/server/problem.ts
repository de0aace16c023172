/** Errors over HTTP as problem details (RFC 9457). */
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';

export interface ProblemDetails {
  readonly status: number;
  readonly title: string;
  readonly detail?: string;
  /** Each thing that is wrong, in words. */
  readonly reasons?: readonly string[];
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
    const status = statusOf(error);
    if (status === 500) report(error);
    if (response.headersSent) {
      next(error);
      return;
    }
    const title = status === 500 ? 'Internal Server Error' : 'Bad Request';
    sendProblem(response, { status, title });
  };

/** Express marks what the client did wrong (a path that is not percent-encoded rightly) by a status of 4xx. */
function statusOf(error: unknown): number {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}
