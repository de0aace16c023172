/**
 * The servers in order of preference, each behind a circuit breaker: after a failure it rests, at first for a second,
 * then twice as long each time up to half a minute, so that a dead server costs its time limit once and not once for
 * each person. A rested server is tried by the next request, or by a probe when there is none: recovery is by itself.
 */
import { PresenceFilter } from 'ldapts';
import type { Entry } from 'ldapts';
import type { BindResult, Search } from './connection.ts';
import { DirectoryError, reasonOf } from './errors.ts';
import type { DirectoryErrorCode } from './errors.ts';
import { Pool } from './pool.ts';
import type { Settings } from './settings.ts';

export interface ServerStatus {
  readonly url: string;
  readonly state: 'untried' | 'up' | 'down';
  /** Why it is down. */
  readonly error: string | null;
}

interface Server {
  readonly url: string;
  readonly pool: Pool;
  state: ServerStatus['state'];
  error: string | null;
  failures: number;
  probing: boolean;
  /** Milliseconds of the monotonic clock. */
  restsUntil: number;
}

export interface ServerListener {
  (url: string, state: 'up' | 'down', error: string | null): void;
}

const firstRest = 1_000;
const longestRest = 30_000;
const probeEvery = 1_000;

export class Servers {
  readonly #servers: readonly Server[];
  readonly #changed: ServerListener;
  #probe: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(settings: Settings, changed: ServerListener) {
    this.#changed = changed;
    this.#servers = settings.endpoints.map((endpoint) => {
      const pool = new Pool(endpoint, settings, () => server.restsUntil > performance.now());
      const server: Server = {
        url: endpoint.url,
        pool,
        state: 'untried',
        error: null,
        failures: 0,
        probing: false,
        restsUntil: 0,
      };
      return server;
    });
  }

  /** @throws DirectoryError `unavailable` when no server answers, `refused` when one says no */
  search(search: Search): Promise<Entry[]> {
    return this.#onFirst((pool) => pool.search(search));
  }

  /** @throws DirectoryError `unavailable` when no server answers, `refused` when one cannot check this password */
  bind(dn: string, password: string): Promise<BindResult> {
    return this.#onFirst(async (pool) => {
      const result = await pool.bind(dn, password);
      if (busy.has(result.code)) throw new DirectoryError('directory/unreachable', result.message);
      if (!serverFaults.has(result.code)) return result;
      throw new DirectoryError(
        'directory/refused',
        `the server does not check a password: ${result.message}`,
      );
    });
  }

  status(): readonly ServerStatus[] {
    return this.#servers.map(({ url, state, error }) => ({ url, state, error }));
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#probe);
    for (const { pool } of this.#servers) pool.close();
  }

  async #onFirst<T>(ask: (pool: Pool) => Promise<T>): Promise<T> {
    for (const server of this.#servers) {
      if (server.restsUntil > performance.now()) continue;
      try {
        const answer = await ask(server.pool);
        this.#answered(server);
        return answer;
      } catch (error) {
        if (!(error instanceof DirectoryError) || !retryable.has(error.code)) throw error;
        if (error.code !== 'directory/unavailable') this.#failed(server, error);
      }
    }
    const reasons = this.#servers.map(({ error }) => error).filter((reason) => reason !== null);
    throw new DirectoryError('directory/unavailable', `no directory server answers: ${reasons.join('; ')}`);
  }

  #answered(server: Server): void {
    server.failures = 0;
    server.restsUntil = 0;
    server.error = null;
    if (server.state === 'up') return;
    const wasDown = server.state === 'down';
    server.state = 'up';
    if (wasDown) this.#changed(server.url, 'up', null);
  }

  #failed(server: Server, error: unknown): void {
    if (this.#closed) return;
    server.error = reasonOf(error);
    const now = performance.now();
    // Requests that were under way together fail together: that is one failure, not many.
    if (server.restsUntil <= now) {
      server.restsUntil = now + Math.min(longestRest, firstRest * 2 ** server.failures);
      server.failures = Math.min(server.failures + 1, 16);
    }
    if (server.state !== 'down') {
      server.state = 'down';
      this.#changed(server.url, 'down', server.error);
    }
    this.#probe ??= setInterval(() => void this.#probeRested(), probeEvery).unref();
  }

  async #probeRested(): Promise<void> {
    const down = this.#servers.filter(({ state }) => state === 'down');
    if (down.length === 0) {
      clearInterval(this.#probe);
      this.#probe = undefined;
      return;
    }
    const rested = down.filter(({ restsUntil }) => restsUntil <= performance.now());
    await Promise.all(
      rested.map(async (server) => {
        if (server.probing) return;
        server.probing = true;
        try {
          await server.pool.search(rootEntry);
          this.#answered(server);
        } catch (error) {
          this.#failed(server, error);
        } finally {
          server.probing = false;
        }
      }),
    );
  }
}

/** The root DSE (RFC 4512 §5.1): every server has it, and reading it proves connection, TLS and service account. */
const rootEntry: Search = {
  base: '',
  scope: 'base',
  filter: new PresenceFilter({ attribute: 'objectClass' }),
  attributes: ['1.1'],
  limit: 1,
};

/** Errors after which the next server may do better. */
const retryable: ReadonlySet<DirectoryErrorCode> = new Set<DirectoryErrorCode>([
  'directory/unreachable',
  'directory/timeout',
  'directory/tls',
  'directory/starttls-refused',
  'directory/service-bind-refused',
  'directory/unavailable',
]);

/** busy, unavailable. */
const busy: ReadonlySet<number> = new Set([51, 52]);

/**
 * Results of a bind that say nothing about the password (RFC 4511 §A.1): operationsError, protocolError,
 * timeLimitExceeded, authMethodNotSupported, strongerAuthRequired, referral (never followed with a password),
 * adminLimitExceeded, confidentialityRequired, other. They need not concern anybody else, so the server stays in use.
 */
const serverFaults: ReadonlySet<number> = new Set([1, 2, 3, 7, 8, 10, 11, 13, 80]);
