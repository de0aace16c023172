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
import { hasLeft, recycle } from './wire/recycled-reads.ts';

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
    this.#watch(this.#client, origin);
    this.#watch(origin, this.#client);
    // The client may have gone while the origin was dialled, and then no event will tell.
    if (this.#client.destroyed || origin.destroyed) this.close();
    else this.#start(client.early, originEarly);
  }

  #start(early: Buffer | null, originEarly: Buffer | null): void {
    if (originEarly !== null) this.#client.write(originEarly);
    this.#relay(this.#origin, this.#client);
    this.#begin(early);
  }

  close(): void {
    this.#context.registry.delete(this);
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
    if (this.#client.readableEnded) return void this.#origin.end();
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
      if (hasLeft(to)) recycle(bytes);
    });
    to.on('drain', () => from.resume());
    if (from.readableEnded) return void to.end();
    from.on('end', () => to.end());
    from.resume();
  }

  /** The tunnel stays registered, and its deadline watched, until both sides have closed. */
  #watch(side: Duplex, other: Duplex): void {
    side.on('error', ignore);
    side.on('close', () => {
      if (other.destroyed) return this.#context.registry.delete(this);
      // Nobody is left to take what the other side sends. It still gets the last bytes that were sent to it, unless this
      // side did not end but broke off.
      if (!other.writableEnded || other.writableFinished) other.destroy();
      else other.once('finish', () => other.destroy());
    });
  }
}

const ignore = (): void => undefined;
