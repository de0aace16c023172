/**
 * The way to an origin: a pooled connection when one is idle, else its name is resolved and a checked address dialled.
 * A request is sent twice only when its connection turned out stale: reused, closed before the first byte of an answer,
 * with a method that may be repeated and no body (RFC 9110 §9.2.2).
 */
import type { Socket } from 'node:net';
import type { Clock } from '../wire/clock.ts';
import type { ClientSettings, OutgoingRequest, ResponseHandler, UpstreamFailure } from '../wire/h1-client.ts';
import { H1Client } from '../wire/h1-client.ts';
import type { Pins } from '../wire/pins.ts';
import type { AddressRules } from './address-rules.ts';
import type { DialFailure, DialFailureCode, DialOptions } from './dial.ts';
import { dial } from './dial.ts';
import type { Names } from './names.ts';
import type { Resolution, ResolutionFailureCode } from './resolution.ts';
import type { Asker } from './shares.ts';
import type { PoolLimits } from './pool.ts';
import { Pool } from './pool.ts';

export interface Origin {
  /** Canonical host; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

export type ConnectFailure = `name-${ResolutionFailureCode}` | DialFailureCode;
export type OriginFailure = ConnectFailure | UpstreamFailure;

export interface OriginHandler extends Omit<ResponseHandler, 'failed' | 'kept'> {
  /** Connections that are the client's alone. */
  readonly pins: Pins;
  /** Who sent the request, as far as pinned connections go. Asked only where there are any. */
  readonly holder: () => string;
  /** `detail` is for the log alone. */
  failed(failure: OriginFailure, detail: string | null): void;
}

type Connected = (
  result:
    | { readonly socket: Socket }
    /** `detail`: the address that the failure is about and why it was refused, for the log alone. */
    | { readonly failure: ConnectFailure; readonly detail: string | null },
) => void;

export interface UpstreamSettings extends ClientSettings, PoolLimits {
  readonly dial: DialOptions;
}

const repeatable: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'PUT',
  'DELETE',
  'PROPFIND',
  'QUERY',
]);

export class Upstream {
  readonly #names: Names;
  readonly #rules: AddressRules;
  readonly #settings: UpstreamSettings;
  readonly #clock: Clock;
  readonly #pool: Pool;
  readonly #busy = new Set<H1Client>();
  /** Told of a defect of ours that ended a connection. */
  readonly defect: (error: unknown) => void;

  constructor(
    names: Names,
    rules: AddressRules,
    settings: UpstreamSettings,
    clock: Clock,
    defect: (error: unknown) => void,
  ) {
    this.#names = names;
    this.#rules = rules;
    this.#settings = settings;
    this.#clock = clock;
    this.#pool = new Pool(settings);
    this.defect = defect;
  }

  /** @returns a function that ends the exchange and its connection; harmless once it is over */
  request(origin: Origin, asker: Asker, request: OutgoingRequest, handler: OriginHandler): () => void {
    const exchange = new OriginExchange(this, origin, asker, request, handler);
    exchange.start();
    return () => exchange.cancel();
  }

  /**
   * Dials.
   *
   * @param allowHalfOpen for tunnels, where each direction ends by itself
   * @returns a function that gives up
   */
  connect(origin: Origin, asker: Asker, allowHalfOpen: boolean, connected: Connected): () => void {
    let cancel = nothing;
    let cancelled = false;
    const dialAddresses = (resolution: Resolution): void => {
      if (cancelled) return;
      cancel = nothing;
      if (resolution.kind === 'failed')
        return connected({ failure: `name-${resolution.code}`, detail: null });
      const { host, port } = origin;
      cancel = dial(
        { host, port, addresses: resolution.addresses, allowHalfOpen },
        this.#rules,
        this.#settings.dial,
        (result) =>
          connected(
            result.kind === 'connected'
              ? { socket: result.socket }
              : { failure: result.code, detail: detailOf(result) },
          ),
      );
    };
    const resolution = this.#names.resolve(origin.host, asker);
    if (resolution.kind === 'pending') {
      cancel = () => resolution.leave();
      resolution.answer.then(dialAddresses).catch(this.defect);
    } else dialAddresses(resolution);
    return () => {
      cancelled = true;
      cancel();
    };
  }

  takeIdle(origin: string): H1Client | undefined {
    const connection = this.#pool.take(origin);
    if (connection !== undefined) this.#busy.add(connection);
    return connection;
  }

  adopt(socket: Socket, origin: string): H1Client {
    const connection = new H1Client(socket, origin, this.#settings, this, this.#clock);
    this.#busy.add(connection);
    return connection;
  }

  reusable(connection: H1Client): void {
    this.#busy.delete(connection);
    this.#pool.put(connection, this.#clock.now);
  }

  /** Keeps a connection for one client and person. It stays among the busy ones, which are closed when their time is over. */
  pin(connection: H1Client, pins: Pins, holder: string): void {
    connection.deadline = this.#clock.now + this.#settings.keepAlive;
    pins.put(holder, connection);
  }

  gone(connection: H1Client): void {
    this.#busy.delete(connection);
    this.#pool.remove(connection);
  }

  sweep(now: number): void {
    this.#pool.sweep(now);
    for (const connection of this.#busy) if (connection.deadline <= now) connection.expire();
  }

  close(): void {
    this.#pool.close();
    for (const connection of this.#busy) connection.cancel();
  }
}

const nothing = (): void => undefined;

const detailOf = ({ address, refusal }: DialFailure): string | null =>
  refusal === null ? address : `${address} (${refusal})`;

class OriginExchange {
  readonly #upstream: Upstream;
  readonly #origin: Origin;
  readonly #asker: Asker;
  readonly #key: string;
  readonly #request: OutgoingRequest;
  readonly #handler: OriginHandler;
  #connection: H1Client | null = null;
  #giveUp: (() => void) | null = null;
  #cancelled = false;

  constructor(
    upstream: Upstream,
    origin: Origin,
    asker: Asker,
    request: OutgoingRequest,
    handler: OriginHandler,
  ) {
    this.#upstream = upstream;
    this.#origin = origin;
    this.#asker = asker;
    this.#key = `${origin.host}|${origin.port}`;
    this.#request = request;
    this.#handler = handler;
  }

  start(): void {
    const { pins, holder } = this.#handler;
    const idle = pins.take(holder, this.#key) ?? this.#upstream.takeIdle(this.#key);
    if (idle === undefined) this.#dial();
    else this.#send(idle);
  }

  cancel(): void {
    this.#cancelled = true;
    this.#giveUp?.();
    this.#connection?.cancel();
    this.#connection = null;
  }

  #dial(): void {
    this.#giveUp = this.#upstream.connect(this.#origin, this.#asker, false, (result) => {
      this.#giveUp = null;
      if ('failure' in result) {
        if (!this.#cancelled) this.#handler.failed(result.failure, result.detail);
      } else if (this.#cancelled) result.socket.destroy();
      else this.#send(this.#upstream.adopt(result.socket, this.#key));
    });
  }

  #send(connection: H1Client): void {
    this.#connection = connection;
    connection.send(this.#request, {
      interim: (head) => this.#handler.interim(head),
      response: (head, body) => {
        this.#connection = null;
        this.#handler.response(head, body);
      },
      switched: (head, socket, early) => {
        this.#connection = null;
        this.#handler.switched(head, socket, early);
      },
      failed: (failure) => {
        this.#connection = null;
        if (failure === 'closed-early' && this.#mayRepeat(connection)) this.#dial();
        else this.#handler.failed(failure, null);
      },
      kept: () => this.#upstream.pin(connection, this.#handler.pins, this.#handler.holder()),
    });
  }

  #mayRepeat(connection: H1Client): boolean {
    const stale = connection.uses > 1 && !connection.answered;
    return stale && this.#request.body.length === 0 && repeatable.has(this.#request.method);
  }
}
