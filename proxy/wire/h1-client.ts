/**
 * The client side of HTTP/1.1 towards an origin: one connection, one exchange at a time. Anything the origin says that
 * nobody asked for ends the connection, so that no byte of one answer can become part of the next.
 */
import type { Socket } from 'node:net';
import type { BodyFlow, BodySink, BodySource } from './body.ts';
import { IncomingBody } from './body.ts';
import { ByteQueue } from './byte-queue.ts';
import type { Clock } from './clock.ts';
import { signsInConnections } from './connection-sign-in.ts';
import { listHas } from './fields.ts';
import type { BodyLength } from './framing.ts';
import { responseBodyLength } from './framing.ts';
import type { HeadLimits, ResponseHead } from './head.ts';
import { parseResponseHead } from './head.ts';
import { HeadReader } from './head-reader.ts';
import type { RefusalCode } from './refusals.ts';
import { Refused } from './refusals.ts';
import { MessageWriter } from './message-writer.ts';
import { hasLeft, recycle } from './recycled-reads.ts';
import { reset } from './reset.ts';

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
  /** Whether it may sign in the connection itself, which then serves nobody else. */
  readonly personal: boolean;
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
  /**
   * The response is complete, and the connection idle: it may carry somebody's sign-in, so it is for whoever sent the
   * request alone and never handed to its owner. Without it such a connection is closed.
   */
  kept?(): void;
}

/** Who is told what becomes of the connection after an exchange. */
export interface ConnectionOwner {
  reusable(connection: H1Client): void;
  /** Not to be used again. May be told more than once. */
  gone(connection: H1Client): void;
  /** Told of an error that is no fault of the origin's but a defect of whoever handles or reads its answer. */
  defect(error: unknown): void;
}

const maxInterim = 8;

const noNames: readonly string[] = Object.freeze([]);

export class H1Client implements BodyFlow, BodySink {
  readonly socket: Socket;
  readonly origin: string;
  /** Names that DNS had for the origin besides, when it was dialled. */
  aliases: readonly string[] = noNames;
  readonly #settings: ClientSettings;
  readonly #clock: Clock;
  readonly #owner: ConnectionOwner;
  #handler: ResponseHandler | null = null;
  #request: OutgoingRequest | null = null;
  readonly #reader: HeadReader;
  #writer: MessageWriter | null = null;
  #body: IncomingBody | null = null;
  /** The body of the current or last response; null from the next request until its final head. */
  #latest: IncomingBody | null = null;
  /** Bytes of a body that nobody reads yet. */
  readonly #backlog = new ByteQueue();
  /** The reader of the body is full. */
  #bodyFull = false;
  #requestSent = true;
  #reusable = true;
  /** The origin may have signed somebody in on it: stays so for good. */
  #personal = false;
  #originEnded = false;
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
    if (request.personal) this.#personal = true;
    this.#handler = handler;
    this.#requestSent = false;
    this.#received = false;
    this.#latest = null;
    this.#interim = 0;
    this.deadline = this.#clock.now + this.#settings.responseTimeout;
    const writer = new MessageWriter(this.socket, request.head, request.body.length === 'chunked');
    this.#writer = writer;
    request.body.pipe(this);
    if (this.#writer === writer) writer.flushHead();
  }

  /** Ends the exchange and the connection: the rest of the response is not wanted. */
  cancel(): void {
    this.#handler = null;
    this.#body = null;
    this.#leave();
  }

  /** The deadline has passed. */
  expire(): void {
    if (this.#body !== null) this.#leave();
    else this.#fail('response-timeout');
  }

  /** Closes the connection; its owner hears of it at once and not only when Node says so, lest it be used again. */
  #leave(): void {
    this.#reusable = false;
    this.#owner.gone(this);
    this.socket.destroy();
  }

  // The sink of the request's body.

  write(chunk: Buffer): boolean {
    if (this.#writer === null) return true;
    if (this.#body === null) this.deadline = this.#clock.now + this.#settings.bodyIdleTimeout;
    return this.#writer.write(chunk);
  }

  get settled(): boolean {
    return hasLeft(this.socket);
  }

  end(): void {
    if (this.#writer === null) return;
    this.#writer.end();
    this.#writer = null;
    this.#requestSent = true;
    if (this.#body === null) this.deadline = this.#clock.now + this.#settings.responseTimeout;
  }

  /** The client broke off: the origin must not take what it has for the whole request. */
  abort(_error: Error): void {
    this.#handler = null;
    this.#writer = null;
    this.#reusable = false;
    this.#owner.gone(this);
    reset(this.socket);
  }

  readonly #onDrain = (): void => {
    if (this.#writer === null) return;
    if (this.#body === null) this.deadline = this.#clock.now + this.#settings.bodyIdleTimeout;
    this.#request?.body.resume();
  };

  readonly #onData = (bytes: Buffer): void => {
    // Unasked bytes: whatever they are, they are no answer to the next request.
    if (this.#handler === null) return this.#leave();
    this.#received = true;
    const body = this.#body;
    if (body === null) this.#readHeads(bytes);
    else if (body.wanted) this.#feedBody(body, bytes);
    else {
      this.#backlog.append(bytes);
      this.socket.pause();
    }
    if (this.#latest?.settled === true && this.#backlog.length === 0) recycle(bytes);
  };

  #readHeads(bytes: Buffer): void {
    let rest: Buffer | null = bytes;
    while (rest !== null && this.#handler !== null) {
      let head: ResponseHead;
      let length: BodyLength;
      try {
        const read = this.#reader.push(rest);
        if (read === null) return;
        rest = read.rest;
        head = parseResponseHead(read.text, this.#settings);
        this.#checkInterim(head);
        length = responseBodyLength(head, this.#request?.method ?? '');
      } catch (error) {
        return this.#refuse(error);
      }
      rest = this.#head(head, length, rest, this.#handler);
    }
  }

  /** @returns bytes in which the next head begins, or null when this was the final one */
  #head(
    head: ResponseHead,
    length: BodyLength,
    rest: Buffer | null,
    handler: ResponseHandler,
  ): Buffer | null {
    try {
      if (head.status === 101) this.#switch(head, rest, handler);
      else if (head.status >= 200) this.#final(head, length, rest, handler);
      else {
        handler.interim(head);
        return rest;
      }
    } catch (error) {
      this.#refuse(error);
    }
    return null;
  }

  /** An answer that makes no sense; or one that its handler failed on, who then gets it as one that makes no sense. */
  #refuse(error: unknown): void {
    const known = error instanceof Refused;
    if (!known) this.#owner.defect(error);
    this.#body?.fail(error as Error);
    this.#fail(known ? error.code : 'bad-status-line');
  }

  #checkInterim(head: ResponseHead): void {
    if (head.status === 101 && this.#request?.upgrade !== true) throw new Refused('unasked-101');
    if (head.status < 200 && ++this.#interim > maxInterim) throw new Refused('too-many-interim');
  }

  #final(head: ResponseHead, length: BodyLength, rest: Buffer | null, handler: ResponseHandler): void {
    const connection = head.fields.list('connection');
    const persists =
      !listHas(connection, 'close') && (head.version === 11 || listHas(connection, 'keep-alive'));
    if (!persists || length === 'until-close') this.#reusable = false;
    if (signsInConnections(head)) this.#personal = true;
    const body = new IncomingBody(length, this);
    this.#body = body;
    this.#latest = body;
    if (rest !== null) this.#backlog.append(rest);
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
    if (!this.#bodyFull) this.deadline = this.#clock.now + this.#settings.bodyIdleTimeout;
    let end: number;
    try {
      end = body.feed(bytes);
    } catch (error) {
      if (!(error instanceof Refused)) this.#owner.defect(error);
      body.fail(error as Error);
      return this.#leave();
    }
    if (end < 0) return;
    if (end < bytes.length) this.#reusable = false;
    this.#responseComplete();
  }

  bodyWanted(): void {
    const body = this.#body;
    if (body === null) return;
    this.#bodyFull = false;
    this.deadline = this.#clock.now + this.#settings.bodyIdleTimeout;
    const bytes = this.#backlog.take();
    if (bytes !== null) this.#feedBody(body, bytes);
    if (this.#body !== body) return;
    if (this.#originEnded) this.#ended(body);
    else if (!this.#bodyFull && !this.socket.destroyed) this.socket.resume();
  }

  bodyFull(): void {
    this.#bodyFull = true;
    this.socket.pause();
    // A client that reads slowly is the client's affair; its own deadline watches it.
    this.deadline = Infinity;
  }

  bodyCancelled(): void {
    this.cancel();
  }

  #responseComplete(): void {
    if (this.#body === null) return;
    const request = this.#request;
    const handler = this.#handler;
    this.#handler = null;
    this.#request = null;
    this.#body = null;
    this.#writer = null;
    this.#bodyFull = false;
    this.deadline = Infinity;
    // Answered before the request was sent whole: nobody needs the rest, and the connection cannot be reused.
    if (!this.#requestSent) request?.body.cancel();
    const reusable = this.#reusable && this.#requestSent && this.#backlog.length === 0;
    const nobodys = this.#personal && handler?.kept === undefined;
    if (!reusable || nobodys || this.socket.destroyed) return this.#leave();
    this.socket.resume();
    if (this.#personal) handler?.kept?.();
    else this.#owner.reusable(this);
  }

  #fail(failure: UpstreamFailure): void {
    const handler = this.#handler;
    this.#handler = null;
    this.#writer = null;
    this.#leave();
    handler?.failed(failure);
  }

  readonly #onEnd = (): void => {
    this.#originEnded = true;
    const body = this.#body;
    // Without a body to end: an idle connection, or an origin that leaves a request unanswered.
    if (body === null) return this.#leave();
    if (body.wanted) this.#ended(body);
  };

  /** The origin has closed, and all that it sent was read. */
  #ended(body: IncomingBody): void {
    body.closed();
    if (body === this.#body) this.#responseComplete();
  }

  readonly #onClose = (): void => {
    const handler = this.#handler;
    this.#handler = null;
    this.#writer = null;
    this.#reusable = false;
    this.#owner.gone(this);
    const body = this.#body;
    if (body === null) handler?.failed('closed-early');
    // All of a body that nobody reads yet may be here, and its end too.
    else if (body.wanted || !this.#originEnded) {
      body.fail(new Error('the origin closed the connection before the body was complete'));
    }
  };

  /** Whether a byte of the response to the current request has arrived. */
  get answered(): boolean {
    return this.#received;
  }
}

const ignore = (): void => undefined;
