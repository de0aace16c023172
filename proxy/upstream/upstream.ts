/**
 * The way to an origin: a pooled connection when one is idle, else a new one, straight or through the parent proxy. A request is sent twice only when its connection turned out stale: reused, closed before the first byte of an answer,
 * with a method that may be repeated and no body (RFC 9110 §9.2.2).
 */
import type { Socket } from 'node:net';
import type { Clock } from '../wire/clock.ts';
import type { ClientSettings, OutgoingRequest, ResponseHandler, UpstreamFailure } from '../wire/h1-client.ts';
import { H1Client } from '../wire/h1-client.ts';
import type { Pins } from '../wire/pins.ts';
import type { AddressRules } from './address-rules.ts';
import type { DialOptions } from './dial.ts';
import type { Names } from './names.ts';
import type { ParentSettings } from './parent.ts';
import type { PoolLimits } from './pool.ts';
import { Pool } from './pool.ts';
import type { ConnectFailure, Connected, Origin, Route } from './route.ts';
import type { Asker } from './shares.ts';
import { Ways } from './ways.ts';

export type OriginFailure = ConnectFailure | UpstreamFailure;

export interface OriginHandler extends Omit<ResponseHandler, 'failed' | 'kept'> {
  /** Connections that are the client's alone. */
  readonly pins: Pins;
  /** Who sent the request, as far as pinned connections go. Asked only where there are any. */
  readonly holder: () => string;
  /** `detail` is for the log alone. */
  failed(failure: OriginFailure, detail: string | null): void;
}

export interface UpstreamSettings extends ClientSettings, PoolLimits {
  readonly dial: DialOptions;
  /** Null: every origin is reached directly. */
  readonly parent: Omit<ParentSettings, keyof ClientSettings> | null;
}

/** A request and the way it was written for. */
export interface RoutedRequest extends OutgoingRequest {
  readonly route: Route;
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
  readonly #settings: UpstreamSettings;
  readonly #clock: Clock;
  readonly #ways: Ways;
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
    this.#settings = settings;
    this.#clock = clock;
    // All that goes through the parent is to one place.
    const { parent, maxIdle, maxIdlePerOrigin } = settings;
    this.#pool = new Pool({ ...settings, maxIdlePerOrigin: parent === null ? maxIdlePerOrigin : maxIdle });
    this.defect = defect;
    this.#ways = new Ways({
      ...{ names, rules, dial: settings.dial, defect },
      parent: parent === null ? null : { ...settings, ...parent },
    });
  }

  routeTo(origin: Origin): Route {
    return this.#ways.routeTo(origin);
  }

  /** @returns a function that ends the exchange and its connection; harmless once it is over */
  request(origin: Origin, asker: Asker, request: RoutedRequest, handler: OriginHandler): () => void {
    const exchange = new OriginExchange(this, origin, asker, request, handler);
    exchange.start();
    return () => exchange.cancel();
  }

  /** A connection for a tunnel. @returns a function that gives up */
  connect(origin: Origin, asker: Asker, connected: Connected): () => void {
    return this.routeTo(origin).tunnel(origin, asker, connected);
  }

  aliasesOf(host: string): readonly string[] {
    return this.#names.aliasesOf(host);
  }

  takeIdle(origin: string): H1Client | undefined {
    const connection = this.#pool.take(origin);
    if (connection !== undefined) this.#busy.add(connection);
    return connection;
  }

  adopt(socket: Socket, origin: string, aliases: readonly string[] = []): H1Client {
    const connection = new H1Client(socket, origin, this.#settings, this, this.#clock);
    connection.aliases = aliases;
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

class OriginExchange {
  readonly #upstream: Upstream;
  readonly #origin: Origin;
  readonly #asker: Asker;
  readonly #key: string;
  readonly #request: RoutedRequest;
  readonly #handler: OriginHandler;
  #connection: H1Client | null = null;
  #giveUp: (() => void) | null = null;
  #cancelled = false;

  constructor(
    upstream: Upstream,
    origin: Origin,
    asker: Asker,
    request: RoutedRequest,
    handler: OriginHandler,
  ) {
    this.#upstream = upstream;
    this.#origin = origin;
    this.#asker = asker;
    this.#key = request.route.poolKey(origin);
    this.#request = request;
    this.#handler = handler;
  }

  start(): void {
    const idle = this.#handler.pins.take(this.#holder, this.#key) ?? this.#upstream.takeIdle(this.#key);
    if (idle === undefined) return this.#dial();
    // Whoever dialled it may have been allowed more than who asks now, or not all names were known then.
    const known = this.#upstream.aliasesOf(this.#origin.host);
    const aliases = known.length > idle.aliases.length ? known : idle.aliases;
    if (aliases.length === 0 || this.#asker.named?.(aliases) !== false) this.#send(idle);
    else idle.cancel();
  }

  /** Whose a pinned connection is, and for which origin: through the parent one key serves all of them. */
  readonly #holder = (): string => `${this.#handler.holder()} ${this.#origin.host} ${this.#origin.port}`;

  cancel(): void {
    this.#cancelled = true;
    this.#giveUp?.();
    this.#connection?.cancel();
    this.#connection = null;
  }

  #dial(): void {
    this.#giveUp = this.#request.route.open(this.#origin, this.#asker, (result) => {
      this.#giveUp = null;
      if ('failure' in result) {
        if (!this.#cancelled) this.#handler.failed(result.failure, result.detail);
      } else if (this.#cancelled) result.socket.destroy();
      else this.#send(this.#upstream.adopt(result.socket, this.#key, result.aliases));
    });
  }

  #send(connection: H1Client): void {
    this.#connection = connection;
    connection.send(this.#request, {
      interim: (head) => this.#handler.interim(head),
      response: (head, body) => {
        this.#connection = null;
        const refusal = this.#request.route.refusalIn(head);
        if (refusal === null) return this.#handler.response(head, body);
        connection.cancel();
        this.#handler.failed(refusal, `the parent proxy answered ${head.status}`);
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
      kept: () => this.#upstream.pin(connection, this.#handler.pins, this.#holder()),
    });
  }

  #mayRepeat(connection: H1Client): boolean {
    const stale = connection.uses > 1 && !connection.answered;
    return stale && this.#request.body.length === 0 && repeatable.has(this.#request.method);
  }
}
