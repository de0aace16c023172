/**
 * The server side of HTTP/1.1 on a socket (RFC 9112): reads one request at a time, hands it out as a `Downstream`, and
 * reads the next only when the last is answered, so that pipelined requests are answered in order and nothing of one
 * exchange can reach the next: each has a `H1Exchange` of its own.
 *
 *   head ─► exchange ─► its body ─► answer written whole ─┬─► the backlog, then the next head
 *                                                         └─► lingering: our side ended, theirs read and dropped
 *
 * Bytes have one way in. Those that nobody may have yet wait in the backlog, and later ones only ever queue behind them.
 */
import type { Socket } from 'node:net';
import type { Downstream, OwnResponse, TakenOver } from '../downstream.ts';
import type { BodyFlow } from './body.ts';
import { IncomingBody } from './body.ts';
import { ByteQueue } from './byte-queue.ts';
import type { Clock } from './clock.ts';
import type { Via } from './head-writer.ts';
import { ownHeadText } from './head-writer.ts';
import { requestBodyLength } from './framing.ts';
import type { ExchangeOwner } from './h1-exchange.ts';
import { H1Exchange } from './h1-exchange.ts';
import type { HeadLimits } from './head.ts';
import { parseRequestHead } from './head.ts';
import { HeadReader } from './head-reader.ts';
import { Pins } from './pins.ts';
import type { RefusalCode } from './refusals.ts';
import { Refused } from './refusals.ts';

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
  /** @throws Refused for a request that is not to be served; it is answered and the connection closes */
  exchange(downstream: Downstream): void;
  /** The answer to a message that the wire refuses; the connection closes after it. */
  refused(code: RefusalCode, ip: string): OwnResponse;
  /** Told of whatever else `exchange` throws: a defect of ours. The connection is reset. */
  defect(error: unknown): void;
}

/** How long a closing connection may still send, so that a reset does not destroy our last answer on its way. */
const lingerMs = 2_000;

export class H1Server implements BodyFlow, ExchangeOwner {
  readonly socket: Socket;
  readonly ip: string;
  readonly settings: ServerSettings;
  readonly pins = new Pins();
  readonly #handler: ServerHandler;
  readonly #clock: Clock;
  readonly #reader: HeadReader;
  readonly #backlog = new ByteQueue();
  /** Bytes of the one empty line that is forgiven before a request line (RFC 9112 §2.2). */
  #leading = 0;
  #current: H1Exchange | null = null;
  /** The reader of the current body is full. */
  #bodyFull = false;
  /** Between two exchanges: the backlog is looked at in a turn of its own, once the client has taken the last answer. */
  #turning = false;
  #lingering = false;
  #clientEnded = false;
  closing = false;
  /** Epoch milliseconds after which the sweep closes the connection; Infinity while it is not this side's turn to move. */
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
    return this.#current === null && !this.#reader.begun && !this.#turning;
  }

  /** Closes now when idle, after the current exchange otherwise. */
  drain(): void {
    this.closing = true;
    if (this.idle) this.#linger(null);
  }

  /** The deadline has passed: an unfinished request is answered with 408, an unfinished answer cut off, an idle connection closed. */
  expire(): void {
    const current = this.#current;
    // A client that takes nothing any more is told nothing.
    if (this.#lingering || this.#turning) this.socket.destroy();
    else if (current === null) {
      if (this.#reader.begun) this.refuse(new Refused('head-timeout'));
      else this.#linger(null);
    } else if (!current.answered) this.refuse(new Refused('body-timeout'));
    else if (current.over) this.socket.destroy();
    else current.reset();
  }

  touch(): void {
    this.deadline = this.#clock.now + this.settings.bodyIdleTimeout;
  }

  readonly #onData = (bytes: Buffer): void => {
    if (this.#lingering) return;
    const current = this.#current;
    if (current !== null && current.body.wanted && !current.body.complete) this.#feedBody(current, bytes);
    else if (current === null && !this.#turning) this.#readHead(bytes);
    else {
      this.#backlog.append(bytes);
      this.#readOn();
    }
  };

  /** Reads the socket as long as somebody has room for what comes. */
  #readOn(): void {
    if (this.#bodyFull || this.#backlog.length >= this.settings.maxHeadBytes) this.socket.pause();
    else if (!this.socket.destroyed) this.socket.resume();
  }

  #readHead(bytes: Buffer): void {
    let head;
    let body;
    try {
      const input = this.#reader.begun ? bytes : this.#withoutLeadingCrlf(bytes);
      const read = input.length === 0 ? null : this.#reader.push(input);
      if (read === null) return this.#awaitHead();
      if (read.rest !== null) this.#backlog.append(read.rest);
      head = parseRequestHead(read.text, this.settings);
      body = new IncomingBody(requestBodyLength(head), this);
    } catch (error) {
      return this.refuse(error);
    }
    this.#leading = 0;
    this.#begin(new H1Exchange(this, head, body));
  }

  #withoutLeadingCrlf(bytes: Buffer): Buffer {
    let at = 0;
    while (this.#leading < 2 && bytes[at] === (this.#leading === 0 ? 0x0d : 0x0a)) {
      this.#leading++;
      at++;
    }
    if (this.#leading === 1 && at < bytes.length) throw new Refused('bare-cr-or-lf');
    return at === 0 ? bytes : bytes.subarray(at);
  }

  /** The head goes on in bytes to come. */
  #awaitHead(): void {
    if (!this.#reader.begun) return;
    this.deadline = Math.min(this.deadline, this.#clock.now + this.settings.headTimeout);
  }

  #begin(exchange: H1Exchange): void {
    this.#current = exchange;
    // What becomes of it now is up to whoever answers, who has deadlines of his own.
    this.deadline = Infinity;
    try {
      this.#handler.exchange(exchange);
    } catch (error) {
      if (error instanceof Refused && !exchange.answered) return this.refuse(error);
      this.#broken(error);
    }
  }

  #broken(error: unknown): void {
    this.#handler.defect(error);
    this.#current?.reset();
    this.socket.destroy();
  }

  #feedBody(exchange: H1Exchange, bytes: Buffer): void {
    if (!exchange.answered) this.touch();
    let end: number;
    try {
      end = exchange.body.feed(bytes);
    } catch (error) {
      return this.#bodyBroke(exchange, error);
    }
    if (end < 0) return;
    this.#bodyFull = false;
    if (end < bytes.length && !this.#lingering) this.#backlog.append(bytes.subarray(end));
    if (exchange.over) this.#next(exchange);
    else if (!exchange.answered) this.deadline = Infinity;
  }

  #bodyBroke(exchange: H1Exchange, error: unknown): void {
    exchange.body.fail(error as Error);
    if (!(error instanceof Refused)) this.#broken(error);
    else if (exchange.over) this.#linger(null);
    else if (exchange.answered) exchange.reset();
    else this.refuse(error);
  }

  bodyWanted(): void {
    const current = this.#current;
    if (current === null) return;
    this.#bodyFull = false;
    if (!current.answered) this.touch();
    const bytes = this.#backlog.take();
    if (bytes !== null) this.#feedBody(current, bytes);
    if (this.#current !== current) return;
    if (this.#clientEnded && !current.body.complete) this.#bodyBroke(current, new Refused('incomplete-body'));
    else this.#readOn();
  }

  bodyFull(): void {
    this.#bodyFull = true;
    this.socket.pause();
    // An origin that takes its time is watched by the deadline of its own connection.
    if (this.#current?.answered !== true) this.deadline = Infinity;
  }

  bodyCancelled(): void {
    this.bodyWanted();
  }

  /** Answers with the page of the refusal and closes. */
  refuse(error: unknown): void {
    if (!(error instanceof Refused)) return this.#broken(error);
    this.#current?.gone();
    this.#current = null;
    const response = this.#handler.refused(error.code, this.ip);
    this.socket.write(ownHeadText(response, 'close'), 'latin1');
    this.#linger(response.body);
  }

  exchangeOver(exchange: H1Exchange, keepAlive: boolean): void {
    if (this.#current !== exchange) return;
    if (!keepAlive || this.closing) this.#linger(null);
    else if (exchange.body.complete) this.#next(exchange);
    else exchange.body.cancel();
  }

  #next(exchange: H1Exchange): void {
    if (this.#current !== exchange) return;
    this.#current = null;
    this.#bodyFull = false;
    const full = this.socket.writableNeedDrain;
    this.deadline = this.#clock.now + (full ? this.settings.bodyIdleTimeout : this.settings.idleTimeout);
    if (!full && this.#backlog.length === 0 && !this.#clientEnded) return this.#readOn();
    // A client that takes no answers is read no further requests, and a thousand that are here already neither nest a
    // thousand calls nor keep the other connections waiting.
    this.#turning = true;
    if (!full) setImmediate(this.#turn);
  }

  readonly #turn = (): void => {
    if (!this.#turning || this.socket.destroyed || this.socket.writableNeedDrain) return;
    this.#turning = false;
    const bytes = this.#backlog.take();
    if (bytes !== null) this.#readHead(bytes);
    if (this.#lingering) return;
    if (this.#clientEnded && this.#current === null && !this.#turning) this.#linger(null);
    else this.#readOn();
  };

  /** Ends our side and reads on for a moment: closing at once would reset the connection under our last bytes. */
  #linger(last: Buffer | null): void {
    this.#current = null;
    this.#lingering = true;
    this.closing = true;
    this.#backlog.clear();
    this.touch();
    const ended = (): void => void (this.deadline = this.#clock.now + lingerMs);
    if (last === null) this.socket.end(ended);
    else this.socket.end(last, ended);
    this.socket.resume();
  }

  detach(head: string): TakenOver {
    const early = this.#backlog.take();
    this.#current = null;
    this.deadline = Infinity;
    const { socket } = this;
    this.pins.close();
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('drain', this.#onDrain);
    socket.off('close', this.#onClose);
    socket.pause();
    if (head !== '') socket.write(head, 'latin1');
    return { socket, early };
  }

  readonly #onEnd = (): void => {
    this.#clientEnded = true;
    const current = this.#current;
    if (current === null) {
      if (!this.#turning && !this.#lingering) this.#linger(null);
    } else if (current.body.wanted && !current.body.complete) {
      this.#bodyBroke(current, new Refused('incomplete-body'));
    }
  };

  readonly #onDrain = (): void => {
    if (this.#turning) return this.#turn();
    if (this.#current === null) return;
    if (this.#current.answered) this.touch();
    this.#current.resumeResponse();
  };

  readonly #onClose = (): void => {
    const current = this.#current;
    this.#current = null;
    current?.gone();
    this.pins.close();
  };
}

const ignore = (): void => undefined;
