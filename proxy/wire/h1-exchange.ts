/** One request on an HTTP/1.1 connection, and its answer. */
import type { Socket } from 'node:net';
import type { Downstream, OwnResponse, TakenOver } from '../downstream.ts';
import type { BodySink, BodySource, IncomingBody } from './body.ts';
import { listHas } from './fields.ts';
import type { Via } from './head-writer.ts';
import { interimHeadText, ownHeadText, responseHeadText } from './head-writer.ts';
import type { RequestHead, ResponseHead } from './head.ts';
import { MessageWriter } from './message-writer.ts';
import { hasLeft } from './recycled-reads.ts';
import type { Pins } from './pins.ts';
import { reset } from './reset.ts';

/** An unread rest of a request body up to this size is read and dropped to keep the connection. */
const maxDrainBytes = 65_536;

/** What an exchange needs of its connection. */
export interface ExchangeOwner {
  readonly socket: Socket;
  readonly ip: string;
  readonly pins: Pins;
  readonly settings: { readonly via: Via };
  /** No request after this one. */
  readonly closing: boolean;
  /** The answer moves. */
  touch(): void;
  /** The answer is written whole. */
  exchangeOver(exchange: H1Exchange, keepAlive: boolean): void;
  /** Leaves HTTP. */
  detach(head: string): TakenOver;
}

/**
 * From `open` to `answered` once a final answer has begun, to `over` once it is written whole; `gone` from either when the
 * client is. Whatever is asked of it out of turn (an answer made while the client went away) it ignores, because the
 * connection may be another exchange's by then.
 */
type State = 'open' | 'answered' | 'over' | 'gone';

export class H1Exchange implements Downstream, BodySink {
  readonly head: RequestHead;
  readonly body: IncomingBody;
  readonly ip: string;
  onGone: (() => void) | null = null;
  readonly #owner: ExchangeOwner;
  #state: State = 'open';
  #writer: MessageWriter | null = null;
  #source: BodySource | null = null;
  #keepAlive: boolean;
  #continued = false;

  constructor(owner: ExchangeOwner, head: RequestHead, body: IncomingBody) {
    this.#owner = owner;
    this.head = head;
    this.body = body;
    this.ip = owner.ip;
    const connection = head.fields.list('connection');
    this.#keepAlive =
      !listHas(connection, 'close') && (head.version === 11 || listHas(connection, 'keep-alive'));
  }

  get pins(): Pins {
    return this.#owner.pins;
  }

  /** A final answer has begun. */
  get answered(): boolean {
    return this.#state === 'answered' || this.#state === 'over';
  }

  get over(): boolean {
    return this.#state === 'over';
  }

  interim(head: ResponseHead): void {
    if (this.head.version === 10 || this.#state !== 'open') return;
    if (head.status === 100) this.#continued = true;
    this.#owner.socket.write(interimHeadText(head), 'latin1');
  }

  respond(head: ResponseHead, body: BodySource): void {
    if (this.#state !== 'open') return body.cancel();
    const method = this.head.method;
    const bodiless = method === 'HEAD' || head.status === 204 || head.status === 304;
    const outgoing = bodiless ? 0 : body.length === 'until-close' ? 'chunked' : body.length;
    const untilClose = outgoing === 'chunked' && this.head.version === 10;
    if (untilClose || this.#mustClose()) this.#keepAlive = false;
    const length = untilClose ? 'until-close' : outgoing;
    const text = responseHeadText(head, length, method, this.#connectionField(), this.#owner.settings.via);
    const writer = new MessageWriter(this.#owner.socket, text, length === 'chunked');
    this.#begin(writer);
    this.#source = body;
    body.pipe(this);
    if (this.#writer === writer) writer.flushHead();
  }

  respondWith(response: OwnResponse): void {
    if (this.#state !== 'open') return;
    if (this.#mustClose()) this.#keepAlive = false;
    const writer = new MessageWriter(
      this.#owner.socket,
      ownHeadText(response, this.#connectionField()),
      false,
    );
    this.#begin(writer);
    if (this.head.method !== 'HEAD' && response.body.length > 0) writer.write(response.body);
    this.end();
  }

  #begin(writer: MessageWriter): void {
    this.#state = 'answered';
    this.#writer = writer;
    this.#owner.touch();
  }

  /**
   * A request body that waits for a 100 which it never got, or whose rest is long or of unknown length, is not worth
   * reading to keep the connection.
   */
  #mustClose(): boolean {
    if (this.#owner.closing) return true;
    if (this.body.complete) return false;
    const waits = !this.#continued && listHas(this.head.fields.get('expect'), '100-continue');
    return waits || this.body.remaining > maxDrainBytes;
  }

  #connectionField(): 'close' | 'keep-alive' | undefined {
    if (!this.#keepAlive) return 'close';
    return this.head.version === 10 ? 'keep-alive' : undefined;
  }

  takeOver(head: string): TakenOver {
    if (this.#state !== 'open') {
      this.#owner.socket.destroy();
      return { socket: this.#owner.socket, early: null };
    }
    this.#state = 'over';
    this.onGone = null;
    return this.#owner.detach(head);
  }

  reset(): void {
    if (this.#state === 'over') return;
    this.onGone = null;
    reset(this.#owner.socket);
  }

  // The sink of the response's body.

  write(chunk: Buffer): boolean {
    if (this.#state !== 'answered') return true;
    this.#owner.touch();
    return this.#writer?.write(chunk) ?? true;
  }

  get settled(): boolean {
    return hasLeft(this.#owner.socket);
  }

  end(): void {
    if (this.#state !== 'answered') return;
    this.#writer?.end();
    this.#state = 'over';
    this.#writer = null;
    this.#source = null;
    this.onGone = null;
    this.#owner.exchangeOver(this, this.#keepAlive);
  }

  /** The origin broke off: the client must not take what it has for the whole (RFC 9112 §8). */
  abort(_error: Error): void {
    this.reset();
  }

  /** The client has taken what was written to it. */
  resumeResponse(): void {
    this.#source?.resume();
  }

  /** The client is gone. */
  gone(): void {
    if (this.#state === 'over' || this.#state === 'gone') return;
    this.#state = 'gone';
    const { onGone } = this;
    const source = this.#source;
    this.onGone = null;
    this.#source = null;
    this.#writer = null;
    source?.cancel();
    this.body.fail(new Error('the client closed the connection'));
    onGone?.();
  }
}
