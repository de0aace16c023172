/**
 * The server side of HTTP/1.1 on any Duplex (RFC 9112): reads one request at a time, hands it out as a `Downstream`, and
 * reads the next only when the last is answered, so that pipelined requests are answered in order and nothing of one
 * exchange can reach the next: each has a `H1Exchange` of its own.
 */
import type { Socket } from 'node:net';
import type { Downstream, OwnResponse, TakenOver } from '../downstream.ts';
import type { BodyFlow, BodySink, BodySource } from './body.ts';
import { IncomingBody } from './body.ts';
import type { Clock } from './clock.ts';
import { requestBodyLength } from './framing.ts';
import type { HeadLimits, RequestHead, ResponseHead } from './head.ts';
import { parseRequestHead } from './head.ts';
import { HeadReader } from './head-reader.ts';
import type { RefusalCode } from './refusals.ts';
import { Refused } from './refusals.ts';
import { listHas } from './fields.ts';
import { interimHeadText, reasonOf, responseHeadText } from './forward.ts';
import type { Via } from './forward.ts';
import { MessageWriter } from './message-writer.ts';

export interface ServerSettings extends HeadLimits {
  readonly maxHeadBytes: number;
  /** Milliseconds for a head to arrive once it has begun. */
  readonly headTimeout: number;
  /** Milliseconds that a connection may stay without a request. */
  readonly idleTimeout: number;
  /** Milliseconds that a body may stand still, in either direction. */
  readonly bodyIdleTimeout: number;
  readonly via: Via;
}

export interface ServerHandler {
  exchange(downstream: Downstream): void;
  /** The answer to a message that the wire refuses; the connection closes after it. */
  refused(code: RefusalCode, ip: string): OwnResponse;
}

/** An unread rest of a request body up to this size is read and dropped to keep the connection. */
const maxDrainBytes = 65_536;
/** How long a closing connection may still send, so that a reset does not destroy our last answer on its way. */
const lingerMs = 2_000;

export class H1Server implements BodyFlow {
  readonly socket: Socket;
  readonly ip: string;
  readonly settings: ServerSettings;
  readonly #handler: ServerHandler;
  readonly #clock: Clock;
  readonly #reader: HeadReader;
  #pending: Buffer | null = null;
  #current: H1Exchange | null = null;
  #closing = false;
  #clientEnded = false;
  /** Epoch milliseconds after which the sweep closes the connection. */
  deadline: number;

  constructor(socket: Socket, ip: string, settings: ServerSettings, handler: ServerHandler, clock: Clock) {
    this.socket = socket;
    this.ip = ip;
    this.settings = settings;
    this.#handler = handler;
    this.#clock = clock;
    this.#reader = new HeadReader(settings.maxHeadBytes);
    this.deadline = clock.now + settings.idleTimeout;
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('drain', this.#onDrain);
    socket.on('close', this.#onClose);
    socket.on('error', ignore);
  }

  get idle(): boolean {
    return this.#current === null && !this.#reader.begun;
  }

  /** Closes now when idle, after the current exchange otherwise. */
  drain(): void {
    this.#closing = true;
    if (this.idle) this.socket.end();
  }

  /** The deadline has passed: an unfinished head or body is cut off, an idle connection closed. */
  expire(): void {
    if (this.idle && !this.#closing) {
      this.#closing = true;
      this.#linger(null);
    } else this.socket.destroy();
  }

  touch(): void {
    this.deadline = this.#clock.now + this.settings.bodyIdleTimeout;
  }

  readonly #onData = (bytes: Buffer): void => {
    const current = this.#current;
    if (this.#closing && current === null) return;
    if (current === null) return this.#readHead(bytes);
    this.touch();
    if (current.body.wanted && !current.body.complete) return this.#feedBody(current, bytes);
    this.#keep(bytes);
  };

  /** Bytes of a body that nobody reads yet, or of a pipelined request: kept within bounds, by not reading on. */
  #keep(bytes: Buffer): void {
    this.#pending = this.#pending === null ? bytes : Buffer.concat([this.#pending, bytes]);
    if (this.#pending.length >= this.settings.maxHeadBytes) this.socket.pause();
  }

  #readHead(bytes: Buffer): void {
    try {
      const input = this.#reader.begun ? bytes : withoutLeadingCrlf(bytes);
      if (input.length === 0) return;
      const read = this.#reader.push(input);
      if (read === null) {
        if (this.deadline > this.#clock.now + this.settings.headTimeout) {
          this.deadline = this.#clock.now + this.settings.headTimeout;
        }
        return;
      }
      this.#pending = read.rest;
      this.#begin(parseRequestHead(read.text, this.settings));
    } catch (error) {
      this.refuse(error);
    }
  }

  #begin(head: RequestHead): void {
    const exchange = new H1Exchange(this, head, new IncomingBody(requestBodyLength(head), this));
    this.#current = exchange;
    this.touch();
    this.#handler.exchange(exchange);
  }

  #feedBody(exchange: H1Exchange, bytes: Buffer): void {
    try {
      const end = exchange.body.feed(bytes);
      if (end >= 0 && end < bytes.length) this.#keep(bytes.subarray(end));
      if (exchange.drained(bytes.length) > maxDrainBytes) this.socket.destroy();
      else if (exchange.over && exchange.body.complete) this.#next(exchange);
    } catch (error) {
      exchange.body.fail(error as Error);
      if (exchange.answered) this.socket.destroy();
      else this.refuse(error);
    }
  }

  bodyWanted(): void {
    const pending = this.#pending;
    const current = this.#current;
    if (pending !== null && current !== null) {
      this.#pending = null;
      this.#feedBody(current, pending);
    }
    if (!this.socket.destroyed) this.socket.resume();
  }

  bodyFull(): void {
    this.socket.pause();
  }

  bodyCancelled(): void {
    this.socket.resume();
  }

  /** Answers with the page of the refusal and closes; anything but a refusal is a defect and ends the connection. */
  refuse(error: unknown): void {
    const current = this.#current;
    current?.gone();
    this.#current = null;
    if (!(error instanceof Refused)) {
      this.socket.destroy(error as Error);
      return;
    }
    const response = this.#handler.refused(error.code, this.ip);
    this.#closing = true;
    this.socket.write(ownHeadText(response, 'close'), 'latin1');
    this.#linger(response.body);
  }

  /** Called by the exchange when its response is written whole. */
  exchangeOver(exchange: H1Exchange, keepAlive: boolean): void {
    if (this.#current !== exchange) return;
    if (!keepAlive || this.#closing || (this.#clientEnded && this.#pending === null)) {
      this.#current = null;
      this.#closing = true;
      this.#linger(null);
      return;
    }
    if (exchange.body.complete) this.#next(exchange);
    else exchange.body.cancel();
  }

  #next(exchange: H1Exchange): void {
    if (this.#current !== exchange) return;
    this.#current = null;
    this.deadline = this.#clock.now + this.settings.idleTimeout;
    const pending = this.#pending;
    this.socket.resume();
    if (pending === null) return;
    this.#pending = null;
    // Not from inside the write of the last response: a thousand pipelined requests must not nest a thousand calls.
    process.nextTick(() => {
      if (!this.socket.destroyed) this.#onData(pending);
    });
  }

  /** Ends our side and reads on for a moment: closing at once would reset the connection under our last bytes. */
  #linger(last: Buffer | null): void {
    this.deadline = this.#clock.now + lingerMs;
    this.#pending = null;
    if (last === null) this.socket.end();
    else this.socket.end(last);
    this.socket.resume();
  }

  /** Leaves HTTP. */
  detach(head: string): TakenOver {
    const early = this.#pending;
    this.#pending = null;
    this.#current = null;
    this.deadline = Infinity;
    const { socket } = this;
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('drain', this.#onDrain);
    socket.pause();
    if (head !== '') socket.write(head, 'latin1');
    return { socket, early };
  }

  readonly #onEnd = (): void => {
    this.#clientEnded = true;
    const current = this.#current;
    if (current === null) this.socket.end();
    else if (current.body.wanted) current.body.closed();
  };

  readonly #onDrain = (): void => {
    this.touch();
    this.#current?.resumeResponse();
  };

  readonly #onClose = (): void => {
    const current = this.#current;
    this.#current = null;
    current?.gone();
  };
}

/** One request and its answer. */
export class H1Exchange implements Downstream, BodySink {
  readonly head: RequestHead;
  readonly body: IncomingBody;
  readonly ip: string;
  onGone: (() => void) | null = null;
  readonly #server: H1Server;
  #writer: MessageWriter | null = null;
  #source: BodySource | null = null;
  #keepAlive: boolean;
  #continued = false;
  #over = false;
  #drainedBytes = 0;

  constructor(server: H1Server, head: RequestHead, body: IncomingBody) {
    this.#server = server;
    this.head = head;
    this.body = body;
    this.ip = server.ip;
    const connection = head.fields.list('connection');
    this.#keepAlive = head.version === 11 ? !listHas(connection, 'close') : listHas(connection, 'keep-alive');
  }

  get answered(): boolean {
    return this.#writer !== null;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Counts bytes of the request body that arrive after the answer. */
  drained(bytes: number): number {
    return this.#over ? (this.#drainedBytes += bytes) : 0;
  }

  interim(head: ResponseHead): void {
    if (this.head.version === 10 || this.answered) return;
    if (head.status === 100) this.#continued = true;
    this.#server.socket.write(interimHeadText(head), 'latin1');
  }

  respond(head: ResponseHead, body: BodySource): void {
    const method = this.head.method;
    const bodiless = method === 'HEAD' || head.status === 204 || head.status === 304;
    const outgoing = bodiless ? 0 : body.length === 'until-close' ? 'chunked' : body.length;
    const untilClose = outgoing === 'chunked' && this.head.version === 10;
    if (untilClose || this.#mustClose()) this.#keepAlive = false;
    const length = untilClose ? 'until-close' : outgoing;
    const text = responseHeadText(head, length, method, this.#connectionField(), this.#server.settings.via);
    this.#writer = new MessageWriter(this.#server.socket, text, length === 'chunked');
    this.#source = body;
    body.pipe(this);
    this.#writer.flushHead();
  }

  respondWith(response: OwnResponse): void {
    if (this.#mustClose()) this.#keepAlive = false;
    const text = ownHeadText(response, this.#connectionField());
    this.#writer = new MessageWriter(this.#server.socket, text, false);
    if (this.head.method !== 'HEAD' && response.body.length > 0) this.#writer.write(response.body);
    this.end();
  }

  /** A body that was neither read nor short, or that waits for a 100 that it never got, cannot be skipped. */
  #mustClose(): boolean {
    if (this.body.complete) return false;
    const waits = !this.#continued && listHas(this.head.fields.get('expect'), '100-continue');
    const unread = !this.body.wanted && !(this.body.remaining <= maxDrainBytes);
    return waits || unread;
  }

  #connectionField(): 'close' | 'keep-alive' | undefined {
    if (!this.#keepAlive) return 'close';
    return this.head.version === 10 ? 'keep-alive' : undefined;
  }

  takeOver(head: string): TakenOver {
    this.onGone = null;
    return this.#server.detach(head);
  }

  reset(): void {
    this.onGone = null;
    this.#server.socket.resetAndDestroy();
  }

  // The sink of the response's body.

  write(chunk: Buffer): boolean {
    this.#server.touch();
    return this.#writer?.write(chunk) ?? true;
  }

  end(): void {
    this.#writer?.end();
    this.#over = true;
    this.onGone = null;
    this.#source = null;
    this.#server.exchangeOver(this, this.#keepAlive);
  }

  /** The origin broke off: the client must not take what it has for the whole (RFC 9112 §8). */
  abort(_error: Error): void {
    this.reset();
  }

  resumeResponse(): void {
    this.#source?.resume();
  }

  /** The client is gone. */
  gone(): void {
    const { onGone } = this;
    this.onGone = null;
    const source = this.#source;
    this.#source = null;
    source?.cancel();
    this.body.fail(new Error('the client closed the connection'));
    onGone?.();
  }
}

/** The head of an answer of our own. */
export function ownHeadText(response: OwnResponse, connection: 'close' | 'keep-alive' | undefined): string {
  let text = `HTTP/1.1 ${response.status} ${reasonOf(response.status)}\r\n`;
  for (const [name, value] of response.headers) text += `${name}: ${value}\r\n`;
  text += `Date: ${new Date().toUTCString()}\r\n`;
  if (response.status !== 204) text += `Content-Length: ${response.body.length}\r\n`;
  return connection === undefined ? `${text}\r\n` : `${text}Connection: ${connection}\r\n\r\n`;
}

/** One empty line before a request line is forgiven (RFC 9112 §2.2). */
function withoutLeadingCrlf(bytes: Buffer): Buffer {
  return bytes.length >= 2 && bytes[0] === 0x0d && bytes[1] === 0x0a ? bytes.subarray(2) : bytes;
}

const ignore = (): void => undefined;
