/**
 * The client's side of one exchange, as the exchange sees it: no socket, no HTTP version. HTTP/1.1 implements it in
 * wire/h1-server.ts; a stream of another version can stand in its place.
 */
import type { Duplex } from 'node:stream';
import type { BodySource } from './wire/body.ts';
import type { RequestHead, ResponseHead } from './wire/head.ts';
import type { Pins } from './wire/pins.ts';

/** A complete answer of our own, such as a page. */
export interface OwnResponse {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** The raw connection after CONNECT or an upgrade, and what the client has already sent for the other side. */
export interface TakenOver {
  readonly socket: Duplex;
  readonly early: Buffer | null;
}

export interface Downstream {
  readonly head: RequestHead;
  readonly body: BodySource;
  /** Canonical client address. */
  readonly ip: string;
  /** Connections to origins that are this client connection's alone. */
  readonly pins: Pins;
  /** Whether a final response has begun. */
  readonly answered: boolean;
  /** Called once when the client is gone before the exchange is over. */
  onGone: (() => void) | null;
  /** An interim (1xx) response. */
  interim(head: ResponseHead): void;
  /** The final response, streamed. */
  respond(head: ResponseHead, body: BodySource): void;
  /** The final response, made here. */
  respondWith(response: OwnResponse): void;
  /** Leaves HTTP: writes `head` and hands over the connection. */
  takeOver(head: string): TakenOver;
  /** Ends the exchange so that the client cannot take it for complete. */
  reset(): void;
}
