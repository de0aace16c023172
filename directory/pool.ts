/**
 * Connections to one server. Searches share a bounded set of connections bound as the service account, the last used
 * first, so that surplus ones fall idle and are closed. A person's bind gets a connection of its own that is closed
 * behind it: a connection that once carried somebody's rights never carries a search.
 */
import { Connection } from './connection.ts';
import type { BindResult, Search } from './connection.ts';
import { DirectoryError } from './errors.ts';
import { Gate } from './gate.ts';
import type { Endpoint, Settings } from './settings.ts';
import type { Entry } from 'ldapts';

interface Idle {
  readonly connection: Connection;
  readonly since: number;
}

export class Pool {
  readonly #endpoint: Endpoint;
  readonly #settings: Settings;
  readonly #searches: Gate;
  readonly #binds: Gate;
  readonly #idle: Idle[] = [];
  readonly #resting: () => boolean;
  readonly #sweeper: NodeJS.Timeout;
  /** Whether the server knows the password policy control; undefined before anybody has asked. */
  #policy: boolean | undefined;
  #closed = false;

  /** `resting`: the server failed while others waited for their turn, and is not to be asked now. */
  constructor(endpoint: Endpoint, settings: Settings, resting: () => boolean) {
    this.#endpoint = endpoint;
    this.#settings = settings;
    this.#resting = resting;
    this.#searches = new Gate(settings.poolSize);
    this.#binds = new Gate(settings.bindConnections);
    this.#sweeper = setInterval(() => this.#sweep(), settings.idle / 2).unref();
  }

  /** @throws DirectoryError */
  search(search: Search): Promise<Entry[]> {
    return this.#searches.run(async () => {
      this.#refuseUseless();
      const waiting = this.#takeIdle();
      if (waiting !== undefined) {
        try {
          return await this.#searchOn(waiting, search);
        } catch (error) {
          // Servers close idle connections when they please: that says nothing yet about the server. Once more, fresh.
          if (!(error instanceof DirectoryError) || error.code !== 'directory/unreachable') throw error;
        }
      }
      return this.#searchOn(await this.#openBound(), search);
    });
  }

  /** Tries a person's password. @throws DirectoryError when the server gives no answer */
  bind(dn: string, password: string): Promise<BindResult> {
    return this.#binds.run(async () => {
      this.#refuseUseless();
      const connection = await Connection.open(this.#endpoint, this.#settings);
      try {
        return await connection.bind(dn, password, this.#policy ?? false);
      } finally {
        connection.close();
      }
    });
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#sweeper);
    for (const { connection } of this.#idle.splice(0)) connection.close();
  }

  async #searchOn(connection: Connection, search: Search): Promise<Entry[]> {
    try {
      return await connection.search(search);
    } finally {
      if (this.#closed) connection.close();
      else if (connection.open) this.#idle.push({ connection, since: performance.now() });
    }
  }

  async #openBound(): Promise<Connection> {
    const connection = await Connection.open(this.#endpoint, this.#settings);
    try {
      await connection.bindService(this.#settings.service);
      this.#policy ??= await connection.knowsPasswordPolicy();
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  #takeIdle(): Connection | undefined {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.connection.open) return idle.connection;
    }
    return undefined;
  }

  #sweep(): void {
    const oldest = performance.now() - this.#settings.idle;
    const stale = this.#idle.findIndex(({ since }) => since > oldest);
    for (const { connection } of this.#idle.splice(0, stale === -1 ? this.#idle.length : stale))
      connection.close();
  }

  #refuseUseless(): void {
    if (this.#closed) throw new DirectoryError('directory/closed', 'the directory is closed');
    if (this.#resting()) {
      throw new DirectoryError('directory/unavailable', `\`${this.#endpoint.url}\` rests after a failure`);
    }
  }
}
