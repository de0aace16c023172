/**
 * Names to addresses: `dns.hosts`, then the hosts file, then DNS by c-ares. Never `dns.lookup`: getaddrinfo shares a
 * few threads among the whole process, and eight slow names would hold every other one.
 */
import type { promises } from 'node:dns';
import { isIPv4 } from 'node:net';
import { LRUCache } from 'lru-cache';
import { HostsFile } from './hosts-file.ts';
import { Lookup } from './lookup.ts';
import type { LookupEvents, LookupRules } from './lookup.ts';
import type { DnsOptions } from './options.ts';
import { failed, fixedAddresses } from './resolution.ts';
import type { Pending, Resolution } from './resolution.ts';
import { Resolvers } from './resolvers.ts';
import { Shares } from './shares.ts';
import type { Asker, Claim } from './shares.ts';

/**
 * How long a request waits while no DNS server has shown a sign of life: on a machine without DNS people must read
 * "name not found" at once. The question goes on meanwhile, and its answer restores the patience of `dns.timeout`.
 */
const UNPROVEN_PATIENCE_MS = 800;

const none: readonly string[] = Object.freeze([]);
const LOCALHOST = fixedAddresses(['127.0.0.1']);
const NOT_A_NAME = failed('not-found', Infinity);
const NO_ROOM = { overloaded: failed('overloaded', 0), 'over-share': failed('over-share', 0) } as const;

export interface NamesDeps {
  /** Epoch milliseconds; `Date.now` by default. */
  readonly now?: () => number;
}

interface InFlight {
  readonly lookup: Lookup;
  readonly resolver: promises.Resolver;
  readonly claim: Claim;
}

export class Names {
  readonly #resolvers: Resolvers;
  readonly #shares: Shares;
  readonly #rules: LookupRules;
  readonly #events: LookupEvents;
  readonly #hosts: ReadonlyMap<string, Resolution>;
  readonly #hostsFile: HostsFile;
  readonly #cache: LRUCache<string, Resolution>;
  readonly #inFlight = new Map<string, InFlight>();
  readonly #timeout: number;
  readonly #now: () => number;
  /** When a server last answered; -Infinity while none has, or since one question of its own found all silent. */
  #answeredAt = -Infinity;

  constructor(options: DnsOptions, { now = Date.now }: NamesDeps = {}) {
    this.#resolvers = new Resolvers(options);
    this.#shares = new Shares(options.maxInFlight, options.maxInFlightPerClient);
    this.#now = now;
    this.#rules = { negativeTtl: options.negativeTtl, minTtl: options.minTtl, maxTtl: options.maxTtl, now };
    this.#events = this.#listen();
    this.#hosts = new Map(
      Object.entries(options.hosts).map(([name, addresses]) => [name, fixedAddresses([addresses].flat())]),
    );
    this.#hostsFile = new HostsFile(options.hostsFile, now);
    this.#cache = new LRUCache({ max: options.cacheSize });
    this.#timeout = options.timeout;
  }

  /**
   * The addresses of a canonical host: a lower-case A-label without trailing dot, or an IP address without brackets,
   * which answers itself. What is known already comes at once, whoever asks.
   */
  resolve(host: string, asker: Asker): Resolution | Pending {
    const fixed = this.#hosts.get(host) ?? this.#hostsFile.lookup(host);
    if (fixed !== undefined) return fixed;
    const cached = this.#cache.get(host);
    if (cached !== undefined && cached.expires > this.#now()) return cached;
    if (isIPv4(host) || host.includes(':')) return fixedAddresses([host]);
    // RFC 6761 §6.3: loopback, whatever a DNS server says.
    if (host === 'localhost' || host.endsWith('.localhost')) return LOCALHOST;
    if (!isDnsName(host)) return NOT_A_NAME;
    return this.#ask(host, asker);
  }

  /** Names that DNS has for a host besides, as far as they are known by now; links may have come after the addresses. */
  aliasesOf(host: string): readonly string[] {
    const cached = this.#cache.get(host);
    return cached?.kind === 'addresses' ? cached.cnames : none;
  }

  /** Whether the operator has said which address a canonical name has. */
  isFixed(host: string): boolean {
    return this.#hosts.has(host) || this.#hostsFile.lookup(host) !== undefined;
  }

  /** Gives up every open question; those who wait get `timeout`. */
  close(): void {
    for (const { lookup } of this.#inFlight.values()) lookup.cancel();
  }

  #ask(host: string, asker: Asker): Resolution | Pending {
    let asked = this.#inFlight.get(host);
    if (asked === undefined) {
      const claim = this.#shares.claim(asker);
      if (typeof claim === 'string') return NO_ROOM[claim];
      asked = this.#start(host, claim);
    } else if (!asked.claim.admits(asker)) return NO_ROOM['over-share'];
    const proven = this.#answeredAt !== -Infinity;
    const answer = asked.lookup.wait(proven ? this.#timeout : Math.min(this.#timeout, UNPROVEN_PATIENCE_MS));
    return answer instanceof Promise ? this.#pending(host, asked, asker.client, answer) : answer;
  }

  #start(host: string, claim: Claim): InFlight {
    const resolver = this.#resolvers.take();
    const asked = { resolver, claim, lookup: new Lookup(host, resolver, this.#rules, this.#events) };
    this.#inFlight.set(host, asked);
    return asked;
  }

  #pending(host: string, asked: InFlight, client: string, answer: Promise<Resolution>): Pending {
    asked.claim.join(client);
    let waits = true;
    const leave = (): void => {
      // A lookup that is over has ended its claim already.
      if (!waits || this.#inFlight.get(host) !== asked) return;
      waits = false;
      if (!asked.claim.leave(client)) return;
      asked.lookup.abandon();
      this.#over(host, asked);
    };
    return { kind: 'pending', answer, leave };
  }

  #over(host: string, { claim, resolver }: InFlight): void {
    this.#inFlight.delete(host);
    claim.end();
    this.#resolvers.put(resolver);
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
        const asked = this.#inFlight.get(host);
        if (asked !== undefined) this.#over(host, asked);
      },
    };
  }
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
