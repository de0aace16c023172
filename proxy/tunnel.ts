/**
 * Bytes both ways after CONNECT or an upgrade, with backpressure and half-close: when one side ends, the other is ended
 * after the last byte, and may still send. The client's first bytes pass one hook before anything is relayed.
 */
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import type { RequestFacts } from '../policy/request.ts';
import type { Subject } from '../policy/subject.ts';
import type { TakenOver } from './downstream.ts';
import type { OpenTunnel, TunnelRegistry } from './tunnels.ts';
import type { Clock } from './wire/clock.ts';

/** Looks at the client's first bytes; false closes the tunnel before any of them is relayed. */
export type FirstBytesHook = (bytes: Buffer) => boolean;

/** Everything may pass; a check of the TLS ClientHello takes this place. */
export const passFirstBytes: FirstBytesHook = () => true;

export interface TunnelContext {
  readonly facts: RequestFacts;
  readonly subject: Subject;
  readonly registry: TunnelRegistry;
  readonly clock: Clock;
  /** Milliseconds that a tunnel may stand still. */
  readonly idleTimeout: number;
  readonly firstBytes: FirstBytesHook;
}

export class Tunnel implements OpenTunnel {
  readonly facts: RequestFacts;
  readonly subject: Subject;
  readonly #client: Duplex;
  readonly #origin: Socket;
  readonly #context: TunnelContext;
  deadline: number;

  constructor(client: TakenOver, origin: Socket, originEarly: Buffer | null, context: TunnelContext) {
    this.facts = context.facts;
    this.subject = context.subject;
    this.#client = client.socket;
    this.#origin = origin;
    this.#context = context;
    this.deadline = context.clock.now + context.idleTimeout;
    context.registry.add(this);
    this.#client.on('error', ignore);
    this.#client.on('close', this.#closed);
    origin.on('error', ignore);
    origin.on('close', this.#closed);
    if (originEarly !== null) this.#client.write(originEarly);
    this.#relay(origin, this.#client);
    this.#begin(client.early);
  }

  close(): void {
    this.#client.destroy();
    this.#origin.destroy();
  }

  /** Nothing of the client's reaches the origin before the hook has seen its first bytes. */
  #begin(early: Buffer | null): void {
    const first = (bytes: Buffer): void => {
      if (!this.#context.firstBytes(bytes)) return this.close();
      this.#origin.write(bytes);
      this.#relay(this.#client, this.#origin);
    };
    if (early !== null) return first(early);
    const onEnd = (): void => void this.#origin.end();
    this.#client.once('end', onEnd);
    this.#client.once('data', (bytes: Buffer) => {
      this.#client.off('end', onEnd);
      first(bytes);
    });
    this.#client.resume();
  }

  #relay(from: Duplex, to: Duplex): void {
    from.on('data', (bytes: Buffer) => {
      this.deadline = this.#context.clock.now + this.#context.idleTimeout;
      if (!to.write(bytes)) from.pause();
    });
    to.on('drain', () => from.resume());
    from.on('end', () => to.end());
    from.resume();
  }

  readonly #closed = (): void => {
    this.#context.registry.delete(this);
    // A reset of one side is a reset of the whole; an orderly end has ended the other side already.
    if (!this.#client.destroyed && !this.#client.writableEnded) this.#client.destroy();
    if (!this.#origin.destroyed && !this.#origin.writableEnded) this.#origin.destroy();
  };
}

const ignore = (): void => undefined;
