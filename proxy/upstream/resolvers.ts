/**
 * One resolver (a c-ares channel) for each lookup in flight: c-ares gives up all that a channel asks or nothing, and a
 * lookup whose askers have hung up must not be kept for ten seconds. A channel costs some 200 µs and 15 KB to make, so
 * those that are free are used again, the last one first: it knows best how fast the servers are.
 */
import { getServers, promises } from 'node:dns';
import type { DnsOptions } from './options.ts';

/** Kept when free; a burst of names that nobody knew may make more. */
const maxFree = 64;

export class Resolvers {
  readonly #make: () => promises.Resolver;
  readonly #free: promises.Resolver[] = [];

  constructor(options: Pick<DnsOptions, 'servers' | 'timeout'>) {
    this.#make = makerOf(options);
    // What cannot be used as a server is said at start.
    this.#free.push(this.#make());
  }

  take(): promises.Resolver {
    return this.#free.pop() ?? this.#make();
  }

  /** Only after all its questions are over or given up. */
  put(resolver: promises.Resolver): void {
    if (this.#free.length < maxFree) this.#free.push(resolver);
  }
}

/**
 * c-ares shortens its timeouts to a multiple of how fast a server usually is, but at least 250 ms, and doubles them on
 * each round through the servers; the rounds are chosen so that even then a slow answer can come within `dns.timeout`.
 */
function makerOf({ servers, timeout }: Pick<DnsOptions, 'servers' | 'timeout'>): () => promises.Resolver {
  const count = Math.max(1, servers.length > 0 ? servers.length : getServers().length);
  const rounds = count === 1 ? 5 : count === 2 ? 4 : 3;
  const settings = {
    timeout: Math.ceil(timeout / (count * 7)),
    maxTimeout: Math.ceil(timeout / 2),
    tries: rounds,
  };
  return () => {
    const resolver = new promises.Resolver(settings);
    if (servers.length > 0) resolver.setServers(servers);
    return resolver;
  };
}
