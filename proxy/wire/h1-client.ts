/**
 * The client side of HTTP/1.1 towards an origin: one connection, one exchange at a time. Anything the origin says that
 * nobody asked for ends the connection, so that no byte of one answer can become part of the next.
 */
import type { Socket } from 'node:net';
import type { BodyFlow, BodySink, BodySource } from './body.ts';
import { IncomingBody } from './body.ts';
import type { Clock } from './clock.ts';
import { listHas } from './fields.ts';
import { responseBodyLength } from './framing.ts';
import type { HeadLimits, ResponseHead } from './head.ts';
import { parseResponseHead } from './head.ts';
import { HeadReader } from './head-reader.ts';
import type { RefusalCode } from './refusals.ts';
import { Refused } from './refusals.ts';
import { MessageWriter } from './message-writer.ts';

export interface ClientSettings extends HeadLimits {
  readonly maxHeadBytes: number;
  /** Milliseconds until the head of the final response. */
  readonly responseTimeout: number;
  /** Milliseconds that a body may stand still, in either direction. */
  readonly bodyIdleTimeout: number;
}

export interface OutgoingRequest {
  readonly method: string;
  /** The serialised head. */
  readonly head: string;
  readonly body: BodySource;
  /** Whether a 101 was asked for. */
  readonly upgrade: boolean;
}

export type UpstreamFailure =
  /** The connection ended before the first byte of a response. On a reused connection it was stale. */
  'closed-early' | 'response-timeout' | RefusalCode;

/** Called in this order: `interim`*, then one of `response`, `switched` or `failed`. */
export interface ResponseHandler {
  interim(head: ResponseHead): void;
  response(head: ResponseHead, body: BodySource): void;
  /** The protocol was switched: the connection is the caller's, with the first bytes of the new protocol. */
  switched(head: ResponseHead, socket: Socket, early: Buffer | null): void;
  failed(failure: UpstreamFailure): void;
}

/** Who is told what becomes of the connection after an exchange. */
export interface ConnectionOwner {
  reusable(connection: H1Client): void;
  gone(connection: H1Client): void;
}

const maxInterim = 8;

export class H1Client implements BodyFlow, BodySink {
  readonly socket: Socket;
  readonly origin: string;
  readonly #settings: ClientSettings;
  readonly #clock: Clock;
  readonly #owner: ConnectionOwner;
  #handler: ResponseHandler | null = null;
  #request: OutgoingRequest | null = null;
  #reader: HeadReader;
  #writer: MessageWriter | null = null;
  #body: IncomingBody | null = null;
  #pending: Buffer | null = null;
  #requestSent = true;
  #reusable = true;
  #interim = 0;
  #received = false;
  /** Exchanges begun on this connection. */
  uses = 0;
  /** Epoch milliseconds after which the sweep closes the connection. */
  deadline = Infinity;

  constructor(
    socket: Socket,
    origin: string,
    settings: ClientSettings,
    owner: ConnectionOwner,
    clock: Clock,
  ) {
    this.socket = socket;
    this.origin = origin;
    this.#settings = settings;
    this.#owner = owner;
    this.#clock = clock;
    this.#reader = new HeadReader(settings.maxHeadBytes);
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('drain', this.#onDrain);
    socket.on('close', this.#onClose);
    socket.on('error', ignore);
  }

  send(request: OutgoingRequest, handler: ResponseHandler): void {
    this.uses++;
    this.#request = request;
    this.#handler = handler;
    this.#requestSent = false;
    this.#received = false;
    this.#interim = 0;
    this.deadline = this.#clock.now + this.#settings.responseTimeout;
    this.#writer = new MessageWriter(this.socket, request.head, request.body.length === 'chunked');
    request.body.pipe(this);
    this.#writer?.flushHead();
  }

  /** Ends the exchange and the connection: the rest of the response is not wanted. */
  cancel(): void {
    this.#handler = null;
    this.#body = null;
    this.socket.destroy();
  }

  /** The deadline has passed. */
  expire(): void {
    if (this.#body !== null) this.socket.destroy();
    else this.#fail('response-timeout');
  }

  // The sink of the request's body.

  write(chunk: Buffer): boolean {
    this.deadline = this.#clock.now + this.#settings.bodyIdleTimeout;
    return this.#writer?.write(chunk) ?? true;
  }

  end(): void {
    this.#writer?.end();
    this.#writer = null;
    this.#requestSent = true;
    if (this.#body === null) this.deadline = this.#clock.now + this.#settings.responseTimeout;
    else if (this.#body.complete) this.#exchangeOver();
  }

  /** The client broke off: the origin must not take what it has for the whole request. */
  abort(_error: Error): void {
    this.#reusable = false;
    this.#handler = null;
    this.socket.resetAndDestroy();
  }

  readonly #onDrain = (): void => this.#request?.body.resume();

  readonly #onData = (bytes: Buffer): void => {
    if (this.#handler === null) {
      // Unasked bytes: whatever they are, they are no answer to the next request.
      this.socket.destroy();
      return;
    }
    this.#received = true;
    if (this.#body === null) this.#readHeads(bytes);
    else this.#feedBody(this.#body, bytes);
  };

  #readHeads(bytes: Buffer): void {
    try {
      let rest: Buffer | null = bytes;
      while (rest !== null && this.#handler !== null) {
        const read = this.#reader.push(rest);
        if (read === null) return;
        rest = this.#head(parseResponseHead(read.text, this.#settings), read.rest);
      }
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** @returns bytes in which the next head begins, or null when this was the final one */
  #head(head: ResponseHead, rest: Buffer | null): Buffer | null {
    const handler = this.#handler as ResponseHandler;
    if (head.status === 101) {
      if (this.#request?.upgrade !== true) throw new Refused('unasked-101');
      this.#switch(head, rest, handler);
      return null;
    }
    if (head.status < 200) {
      if (++this.#interim > maxInterim) throw new Refused('too-many-interim');
      handler.interim(head);
      return rest;
    }
    this.#final(head, rest, handler);
    return null;
  }

  #final(head: ResponseHead, rest: Buffer | null, handler: ResponseHandler): void {
    const length = responseBodyLength(head, this.#request?.method ?? '');
    const connection = head.fields.list('connection');
    const persists = head.version === 11 ? !listHas(connection, 'close') : listHas(connection, 'keep-alive');
    if (!persists || length === 'until-close') this.#reusable = false;
    const body = new IncomingBody(length, this);
    this.#body = body;
    this.#pending = rest;
    this.deadline = this.#clock.now + this.#settings.bodyIdleTimeout;
    handler.response(head, body);
    if (body.complete && this.#body === body) this.#responseComplete();
  }

  #switch(head: ResponseHead, rest: Buffer | null, handler: ResponseHandler): void {
    const { socket } = this;
    this.#handler = null;
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('drain', this.#onDrain);
    socket.off('close', this.#onClose);
    socket.pause();
    this.deadline = Infinity;
    this.#owner.gone(this);
    handler.switched(head, socket, rest);
  }

  #feedBody(body: IncomingBody, bytes: Buffer): void {
    if (!body.wanted) {
      this.#pending = this.#pending === null ? bytes : Buffer.concat([this.#pending, bytes]);
      this.socket.pause();
      return;
    }
    this.deadline = this.#clock.now + this.#settings.bodyIdleTimeout;
    try {
      const end = body.feed(bytes);
      if (end < 0) return;
      if (end < bytes.length) this.#reusable = false;
      this.#responseComplete();
    } catch (error) {
      this.#reusable = false;
      body.fail(error as Error);
      this.socket.destroy();
    }
  }

  bodyWanted(): void {
    const pending = this.#pending;
    const body = this.#body;
    if (pending !== null && body !== null) {
      this.#pending = null;
      this.#feedBody(body, pending);
    }
    if (!this.socket.destroyed) this.socket.resume();
  }

  bodyFull(): void {
    this.socket.pause();
    // A client that reads slowly is the client's affair; its own deadline watches it.
    this.deadline = Infinity;
  }

  bodyCancelled(): void {
    this.cancel();
  }

  #responseComplete(): void {
    if (this.#pending !== null) this.#reusable = false;
    if (this.#requestSent) this.#exchangeOver();
    else {
      // Answered before the request was sent whole: nobody needs the rest, and the connection cannot be reused.
      this.#request?.body.cancel();
      this.#reusable = false;
      this.#exchangeOver();
    }
  }

  #exchangeOver(): void {
    if (this.#handler === null) return;
    this.#handler = null;
    this.#request = null;
    this.#body = null;
    this.#writer = null;
    this.deadline = Infinity;
    if (this.#reusable && !this.socket.destroyed) this.#owner.reusable(this);
    else this.socket.destroy();
  }

  #refuse(error: unknown): void {
    this.#fail(error instanceof Refused ? error.code : 'bad-status-line');
  }

  #fail(failure: UpstreamFailure): void {
    const handler = this.#handler;
    this.#handler = null;
    this.#reusable = false;
    this.socket.destroy();
    handler?.failed(failure);
  }

  readonly #onEnd = (): void => {
    if (this.#body !== null) this.#body.closed();
    if (this.#body?.complete === true) this.#exchangeOver();
    if (!this.socket.destroyed) this.socket.destroy();
  };

  readonly #onClose = (): void => {
    const handler = this.#handler;
    this.#handler = null;
    this.#reusable = false;
    this.#body?.fail(new Error('the origin closed the connection before the body was complete'));
    if (this.#body === null) handler?.failed('closed-early');
    this.#owner.gone(this);
  };

  /** Whether a byte of the response to the current request has arrived. */
  get answered(): boolean {
    return this.#received;
  }
}

const ignore = (): void => undefined;
