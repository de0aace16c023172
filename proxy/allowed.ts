/** An exchange that was allowed, as far as its way to the origin is concerned. */
import type { RequestFacts } from '../policy/request.ts';
import type { Subject } from '../policy/subject.ts';
import type { Downstream } from './downstream.ts';
import type { ErrorPageCode } from './pages/errors.ts';
import type { Obliged } from './obligations.ts';
import type { Plane } from './plane.ts';
import type { Asker } from './upstream/shares.ts';
import type { OriginFailure } from './upstream/upstream.ts';
import type { BodySource } from './wire/body.ts';
import type { ResponseHead } from './wire/head.ts';

export interface AllowedExchange extends Asker {
  readonly plane: Plane;
  readonly downstream: Downstream;
  readonly facts: RequestFacts;
  readonly subject: Subject;
  /** The request as it may leave. @param target path and query as they came */
  obliged(target: string): Obliged;
  /** The origin's answer: to the client, unless a rule about answers closes it. */
  answered(head: ResponseHead, body: BodySource): void;
  /** Whether a tunnel may still be opened; when not, the client has been answered. */
  stillAllowed(): boolean;
  /** A defect of ours: logged, and the end of this exchange alone. */
  defect(error: unknown): void;
  /** Answers with the error page of `failure`; `detail` is for the log. */
  originFailed(failure: OriginFailure, detail: string | null): void;
  /** Answers with an error page; `cause` is for the log. */
  fail(code: ErrorPageCode, cause: string): void;
}
