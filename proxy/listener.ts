/** The listening socket of one proxy thread and the client connections that it has accepted. */
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { canonicalAddress } from '../policy/facts.ts';
import type { ListenAddress } from '../threads/listener.ts';
import type { Log } from '../threads/log.ts';
import { LineLimit } from '../threads/line-limit.ts';
import type { Answers } from './answers.ts';
import type { Clients } from './clients.ts';
import type { ConnectionShares } from './connection-shares.ts';
import type { Clock } from './wire/clock.ts';
import type { ServerHandler, ServerSettings } from './wire/h1-server.ts';
import { H1Server } from './wire/h1-server.ts';

export interface ListenerDeps {
  readonly clients: Clients;
  readonly shares: ConnectionShares;
  readonly answers: Answers;
  readonly handler: ServerHandler;
  readonly settings: ServerSettings;
  readonly clock: Clock;
  readonly maxConnections: number;
  readonly log: Log;
}

/** Connections that are told why they are closed, at once; a flood of more than these is reset without a word. */
const maxLeaving = 64;

interface SharedAddress extends ListenAddress {
  /** Several threads listen on the one port, and the kernel spreads the connections among them. */
  readonly reusePort: boolean;
}

export class Listener {
  readonly #deps: ListenerDeps;
  readonly #server: Server;
  readonly #connections = new Set<H1Server>();
  readonly #lines: LineLimit;
  #leaving = 0;

  constructor(deps: ListenerDeps) {
    this.#deps = deps;
    this.#lines = new LineLimit(deps.log);
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** @throws the error of `listen`, such as EADDRINUSE */
  async listen({ host, port, reusePort }: SharedAddress): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, reusePort, backlog: 1_024 }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    // A failed accept must not end the thread; the client sees its connection closed.
    this.#server.on('error', (error) => {
      if (this.#lines.admits('accept'))
        this.#deps.log.warn({ err: error }, 'a connection could not be accepted');
    });
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  #accept(socket: Socket): void {
    const { clients, shares, answers, maxConnections } = this.#deps;
    const ip = canonicalAddress(socket.remoteAddress ?? '');
    if (ip === null) socket.destroy();
    else if (!clients.admits(ip)) this.#turnAway(socket, () => answers.notAdmitted(ip));
    else if (this.#connections.size >= maxConnections) this.#tooMany(socket, ip, 'maxConnections');
    else if (!shares.take(ip)) this.#tooMany(socket, ip, 'maxConnectionsPerAddress');
    else this.#serve(socket, ip);
  }

  #serve(socket: Socket, ip: string): void {
    const { shares, handler, settings, clock } = this.#deps;
    const connection = new H1Server(socket, ip, settings, handler, clock);
    this.#connections.add(connection);
    socket.on('close', () => {
      this.#connections.delete(connection);
      shares.release(ip);
    });
  }

  #tooMany(socket: Socket, ip: string, bound: 'maxConnections' | 'maxConnectionsPerAddress'): void {
    const { answers, log } = this.#deps;
    if (this.#lines.admits(bound)) {
      log.warn({ ip, connections: this.#connections.size }, `refused a connection beyond \`proxy.${bound}\``);
    }
    this.#turnAway(socket, () => answers.busy());
  }

  /** One short answer, and nothing that was sent is read. */
  #turnAway(socket: Socket, answer: () => Buffer): void {
    socket.on('error', () => undefined);
    if (this.#leaving >= maxLeaving) return void socket.resetAndDestroy();
    this.#leaving++;
    const timer = setTimeout(() => socket.destroy(), 1_000).unref();
    socket.on('close', () => {
      clearTimeout(timer);
      this.#leaving--;
    });
    socket.end(answer());
    socket.resume();
  }

  sweep(now: number): void {
    for (const connection of this.#connections) {
      if (connection.deadline <= now) connection.expire();
    }
  }

  /** Stops accepting, lets exchanges under way finish, then closes what is left. */
  async drain(deadlineMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.drain();
    const timer = setTimeout(() => this.destroyAll(), deadlineMs);
    await closed;
    clearTimeout(timer);
  }

  destroyAll(): void {
    for (const connection of this.#connections) connection.socket.destroy();
  }
}
