/**
 * Names to addresses: `dns.hosts`, then the hosts file, then DNS by c-ares. Never `dns.lookup`: getaddrinfo shares a
 * few threads among the whole process, and eight slow names would hold every other one.
 */
import { getServers, promises } from 'node:dns';
import { isIPv4 } from 'node:net';
import { LRUCache } from 'lru-cache';
import { HostsFile } from './hosts-file.ts';
import { Lookup } from './lookup.ts';
import type { LookupEvents, LookupRules } from './lookup.ts';
import type { DnsOptions } from './options.ts';
import { failed, fixedAddresses } from './resolution.ts';
import type { Resolution } from './resolution.ts';

/**
 * How long a request waits while no DNS server has shown a sign of life: on a machine without DNS people must read
 * "name not found" at once. The question goes on meanwhile, and its answer restores the patience of `dns.timeout`.
 */
const UNPROVEN_PATIENCE_MS = 800;

const LOCALHOST = fixedAddresses(['127.0.0.1']);
const NOT_A_NAME = failed('not-found', Infinity);
const OVERLOADED = failed('overloaded', 0);

export interface NamesDeps {
  /** Epoch milliseconds; `Date.now` by default. */
  readonly now?: () => number;
}

export class Names {
  readonly #resolver: promises.Resolver;
  readonly #rules: LookupRules;
  readonly #events: LookupEvents;
  readonly #hosts: ReadonlyMap<string, Resolution>;
  readonly #hostsFile: HostsFile;
  readonly #cache: LRUCache<string, Resolution>;
  readonly #lookups = new Map<string, Lookup>();
  readonly #timeout: number;
  readonly #maxInFlight: number;
  readonly #now: () => number;
  /** When a server last answered; -Infinity while none has, or since one question of its own found all silent. */
  #answeredAt = -Infinity;

  constructor(options: DnsOptions, { now = Date.now }: NamesDeps = {}) {
    this.#resolver = resolverFor(options);
    this.#now = now;
    this.#rules = { negativeTtl: options.negativeTtl, minTtl: options.minTtl, maxTtl: options.maxTtl, now };
    this.#events = this.#listen();
    this.#hosts = new Map(
      Object.entries(options.hosts).map(([name, addresses]) => [name, fixedAddresses([addresses].flat())]),
    );
    this.#hostsFile = new HostsFile(options.hostsFile, now);
    this.#cache = new LRUCache({ max: options.cacheSize });
    this.#timeout = options.timeout;
    this.#maxInFlight = options.maxInFlight;
  }

  /**
   * The addresses of a canonical host: a lower-case A-label without trailing dot, or an IP address without brackets,
   * which answers itself. What is known already comes at once; a promise means that DNS is asked. Never rejects.
   */
  resolve(host: string): Resolution | Promise<Resolution> {
    const fixed = this.#hosts.get(host) ?? this.#hostsFile.lookup(host);
    if (fixed !== undefined) return fixed;
    const cached = this.#cache.get(host);
    if (cached !== undefined && cached.expires > this.#now()) return cached;
    if (isIPv4(host) || host.includes(':')) return fixedAddresses([host]);
    // RFC 6761 §6.3: loopback, whatever a DNS server says.
    if (host === 'localhost' || host.endsWith('.localhost')) return LOCALHOST;
    if (!isDnsName(host)) return NOT_A_NAME;
    return this.#ask(host);
  }

  /** Gives up every open question; those who wait get `timeout`. */
  close(): void {
    this.#resolver.cancel();
  }

  #ask(host: string): Resolution | Promise<Resolution> {
    let lookup = this.#lookups.get(host);
    if (lookup === undefined) {
      if (this.#lookups.size >= this.#maxInFlight) return OVERLOADED;
      lookup = new Lookup(host, this.#resolver, this.#rules, this.#events);
      this.#lookups.set(host, lookup);
    }
    const proven = this.#answeredAt !== -Infinity;
    return lookup.wait(proven ? this.#timeout : Math.min(this.#timeout, UNPROVEN_PATIENCE_MS));
  }

  #listen(): LookupEvents {
    return {
      answered: () => {
        this.#answeredAt = this.#now();
      },
      silent: (since) => {
        if (this.#answeredAt < since) this.#answeredAt = -Infinity;
      },
      resolved: (host, resolution) => {
        this.#cache.set(host, resolution);
      },
      finished: (host) => {
        this.#lookups.delete(host);
      },
    };
  }
}

/**
 * c-ares shortens its timeouts to a multiple of how fast a server usually is, but at least 250 ms, and doubles them on
 * each round through the servers; the rounds are chosen so that even then a slow answer can come within `dns.timeout`.
 */
function resolverFor({ servers, timeout }: DnsOptions): promises.Resolver {
  const count = Math.max(1, servers.length > 0 ? servers.length : getServers().length);
  const rounds = count === 1 ? 5 : count === 2 ? 4 : 3;
  const resolver = new promises.Resolver({
    timeout: Math.ceil(timeout / (count * 7)),
    maxTimeout: Math.ceil(timeout / 2),
    tries: rounds,
  });
  if (servers.length > 0) resolver.setServers(servers);
  return resolver;
}

/** Length, and no byte that a name in presentation format could mean something else by (RFC 1035 §5.1). */
function isDnsName(host: string): boolean {
  if (host.length === 0 || host.length > 253) return false;
  for (let i = 0; i < host.length; i++) {
    const code = host.charCodeAt(i);
    if (code <= 0x20 || code >= 0x7f || code === 0x5c) return false;
  }
  return true;
}
