/**
 * Which addresses the proxy may dial. A name is only a claim: what counts is the address that the connection goes to,
 * so this is asked for every address before its attempt, and again for the address of the connected socket.
 */
import { holds, parseCidrPort } from './cidr.ts';
import type { CidrPort } from './cidr.ts';
import { readAddress, words } from '../../policy/ip.ts';
import type { Words } from '../../policy/ip.ts';
import { OwnEndpoints } from './own-endpoints.ts';
import type { Endpoint } from './own-endpoints.ts';
import { EMBEDDINGS, specialRange, unwrap } from './special-ranges.ts';
import type { SpecialRange } from './special-ranges.ts';

/**
 * Why an address is refused. `own-endpoint`: a listener, directory or store of Hallpass, which no `allow` entry opens.
 * `own-address`: any other port of this machine. `invalid`: not an IP address.
 */
export type AddressRefusal = SpecialRange | 'own-endpoint' | 'own-address' | 'invalid';

export interface AddressRulesOptions {
  /** `CIDR[:port]` entries (`upstream.allow`). Cloud metadata is opened only by an entry for exactly that address. */
  readonly allow: readonly string[];
  /** Hallpass's own listeners, directory servers and stores. */
  readonly own: readonly Endpoint[];
  /** Addresses of this machine's interfaces; for tests. */
  readonly interfaces?: () => readonly string[];
}

/** Scratch room of one `check`, which never yields in between. */
const outer = words();
const inner = words();

export class AddressRules {
  readonly #allow: readonly CidrPort[];
  readonly #own: OwnEndpoints;

  /** Throws a RangeError for an entry that cannot be read. */
  constructor({ allow, own, interfaces }: AddressRulesOptions) {
    this.#allow = allow.map(parseCidrPort);
    this.#own = new OwnEndpoints(own, interfaces);
  }

  /** Replaces the list of own endpoints, for the next check. */
  protect(own: readonly Endpoint[]): void {
    this.#own.replace(own);
  }

  /**
   * An IPv6 address that embeds an IPv4 address (NAT64, 6to4, Teredo, …) is allowed only when both are. Allocates
   * nothing; some hundred nanoseconds.
   */
  check(address: string, port: number): 'allowed' | AddressRefusal {
    if (!readAddress(address, outer)) return 'invalid';
    const refusal = this.#judge(outer, port);
    if (refusal !== null) return refusal;
    for (let i = 0; i < EMBEDDINGS; i++) {
      if (!unwrap(i, outer, inner)) continue;
      const embedded = this.#judge(inner, port);
      if (embedded !== null) return embedded;
    }
    return 'allowed';
  }

  /** Whether an address is one of the open internet: one that may be dialled, though no entry of `allow` says so. */
  isPublic(address: string, port: number): boolean {
    return this.check(address, port) === 'allowed' && specialRange(outer) === null;
  }

  #judge(address: Words, port: number): AddressRefusal | null {
    if (this.#own.reaches(address, port)) return 'own-endpoint';
    const special = specialRange(address);
    const refusal = special ?? (this.#own.isHere(address) ? 'own-address' : null);
    if (refusal === null || this.#isAllowed(address, port, refusal === 'metadata')) return null;
    return refusal;
  }

  #isAllowed(address: Words, port: number, exactly: boolean): boolean {
    for (const entry of this.#allow) {
      if (entry.port !== null && entry.port !== port) continue;
      if (exactly && entry.prefix !== 128) continue;
      if (holds(entry, address)) return true;
    }
    return false;
  }
}
