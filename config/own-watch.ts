/**
 * Hallpass's own endpoints while it runs: a directory server's name may get another address, which must be guarded like
 * the one of before. The names are asked again every minute; an address that a name has no longer stays guarded for an
 * hour, since the directory may still be connected there, and for as long as a name has no answer at all.
 */
import type { Endpoint } from '../proxy/upstream/own-endpoints.ts';
import type { Log } from '../threads/log.ts';
import type { OwnEndpoints } from './own-endpoints.ts';

const everyMinute = 60_000;
const anHour = 3_600_000;

export interface OwnWatchDeps {
  /** Asks for all names once. */
  readonly find: () => Promise<OwnEndpoints>;
  /** Told whenever the list is another than before. */
  readonly protect: (endpoints: readonly Endpoint[]) => void;
  readonly log: Log;
  /** Milliseconds between two looks; a minute unless given. */
  readonly period?: number;
  /** Milliseconds of any clock that never goes back. */
  readonly now?: () => number;
}

interface Known {
  readonly endpoint: Endpoint;
  lastSeen: number;
}

export class OwnWatch {
  readonly #deps: OwnWatchDeps;
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();
  #unresolved: string;
  #timer: NodeJS.Timeout | undefined;

  /** @param first what was found at start, and is guarded already */
  constructor(first: OwnEndpoints, deps: OwnWatchDeps) {
    this.#deps = deps;
    this.#now = deps.now ?? (() => performance.now());
    this.#unresolved = first.unresolved.join(' ');
    this.#see(first.endpoints);
  }

  start(): void {
    this.#timer = setTimeout(() => {
      this.look()
        .catch((error: unknown) =>
          this.#deps.log.error({ err: error }, 'own endpoints could not be looked up'),
        )
        .finally(() => {
          if (this.#timer !== undefined) this.start();
        });
    }, this.#deps.period ?? everyMinute);
    this.#timer.unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Asks once, and passes on what has changed. */
  async look(): Promise<void> {
    const { find, protect, log } = this.#deps;
    const found = await find();
    const added = this.#see(found.endpoints);
    // Who does not answer may come back with the address of before.
    const gone = found.unresolved.length > 0 ? this.#keepAll() : this.#forget();
    this.#complain(found.unresolved);
    if (!added && !gone) return;
    const endpoints = [...this.#known.values()].map(({ endpoint }) => endpoint);
    log.info({ endpoints }, 'own endpoints have other addresses');
    protect(endpoints);
  }

  /** @returns whether one was not known before */
  #see(endpoints: readonly Endpoint[]): boolean {
    const before = this.#known.size;
    const lastSeen = this.#now();
    for (const endpoint of endpoints) {
      this.#known.set(`${endpoint.address} ${endpoint.port}`, { endpoint, lastSeen });
    }
    return this.#known.size > before;
  }

  #keepAll(): boolean {
    for (const known of this.#known.values()) known.lastSeen = this.#now();
    return false;
  }

  /** @returns whether one has been forgotten */
  #forget(): boolean {
    const before = this.#known.size;
    for (const [key, { lastSeen }] of this.#known) {
      if (this.#now() - lastSeen > anHour) this.#known.delete(key);
    }
    return this.#known.size < before;
  }

  #complain(unresolved: readonly string[]): void {
    const names = unresolved.join(' ');
    if (names !== this.#unresolved && names !== '') {
      this.#deps.log.warn({ unresolved }, 'own endpoints without an address: those of before stay guarded');
    }
    this.#unresolved = names;
  }
}
