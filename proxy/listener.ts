/** The listening socket of one proxy thread and the client connections that it has accepted. */
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { canonicalAddress } from '../policy/facts.ts';
import type { Answers } from './answers.ts';
import type { Clients } from './clients.ts';
import type { Clock } from './wire/clock.ts';
import type { ServerHandler, ServerSettings } from './wire/h1-server.ts';
import { H1Server } from './wire/h1-server.ts';

export interface ListenerDeps {
  readonly clients: Clients;
  readonly answers: Answers;
  readonly handler: ServerHandler;
  readonly settings: ServerSettings;
  readonly clock: Clock;
  readonly maxConnections: number;
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  /** Several threads listen on the one port, and the kernel spreads the connections among them. */
  readonly reusePort: boolean;
}

export class Listener {
  readonly #deps: ListenerDeps;
  readonly #server: Server;
  readonly #connections = new Set<H1Server>();

  constructor(deps: ListenerDeps) {
    this.#deps = deps;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** @throws the error of `listen`, such as EADDRINUSE */
  async listen({ host, port, reusePort }: ListenAddress): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, reusePort, backlog: 1_024 }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    // A failed accept (no file descriptor left) must not end the thread; the client sees its connection refused.
    this.#server.on('error', () => undefined);
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  #accept(socket: Socket): void {
    const { clients, handler, settings, clock, maxConnections } = this.#deps;
    const ip = canonicalAddress(socket.remoteAddress ?? '');
    if (ip === null || this.#connections.size >= maxConnections) {
      socket.destroy();
      return;
    }
    if (!clients.admits(ip)) return this.#turnAway(socket, ip);
    const connection = new H1Server(socket, ip, settings, handler, clock);
    this.#connections.add(connection);
    socket.on('close', () => this.#connections.delete(connection));
  }

  /** Never an open proxy: one short answer, and nothing that was sent is read. */
  #turnAway(socket: Socket, ip: string): void {
    const page = this.#deps.answers.notAdmitted(ip);
    socket.on('error', () => undefined);
    socket.end(page);
    socket.resume();
    setTimeout(() => socket.destroy(), 1_000).unref();
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
