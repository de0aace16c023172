/** What is known of a name's addresses. */

/**
 * - `not-found`: the name does not exist, has no address, or is no name that DNS could hold;
 * - `timeout`: no DNS server answered in time, or none can be reached at all;
 * - `refused`: the DNS server refuses to answer for this name;
 * - `servfail`: the DNS server could not find out, or its answer made no sense;
 * - `no-sockets`: this process or machine has no file descriptor left to ask by;
 * - `overloaded`: as many names as allowed are being asked for already (`dns.maxInFlight`);
 * - `over-share`: as many as one client may ask for at once are being asked for by this one
 *   (`dns.maxInFlightPerClient`).
 */
export type ResolutionFailureCode =
  'not-found' | 'timeout' | 'refused' | 'servfail' | 'no-sockets' | 'overloaded' | 'over-share';

export interface ResolvedAddresses {
  readonly kind: 'addresses';
  /** At least one; in the order in which to dial: IPv6 and IPv4 in turn (RFC 8305 §4). Not yet judged by any rule. */
  readonly addresses: readonly string[];
  /**
   * Canonical names on the way to the addresses, link by link; as many as were known in time. What is known later is in
   * the next answer.
   */
  readonly cnames: readonly string[];
  /** Epoch milliseconds from when on it should be asked anew; `Infinity` for what no TTL governs. */
  readonly expires: number;
}

export interface ResolutionFailure {
  readonly kind: 'failed';
  readonly code: ResolutionFailureCode;
  /** Epoch milliseconds until which asking again gives the same answer without a query. */
  readonly expires: number;
}

/** Frozen, and shared by all who ask for the same name. */
export type Resolution = ResolvedAddresses | ResolutionFailure;

/** DNS is being asked. */
export interface Pending {
  readonly kind: 'pending';
  /** Never rejects. Never settles after {@link leave}. */
  readonly answer: Promise<Resolution>;
  /** Who asked does not wait any more. A name that nobody waits for is asked for no longer. Harmless when repeated. */
  leave(): void;
}

const NONE: readonly string[] = Object.freeze([]);

/** More addresses of one family would only be dialled by a client that waits for minutes. */
const MAX_PER_FAMILY = 8;

/** An answer with the addresses of both families in dialling order. */
export function addressesOf(
  v6: readonly string[],
  v4: readonly string[],
  expires: number,
  cnames: readonly string[] = NONE,
): ResolvedAddresses {
  const addresses: string[] = [];
  for (let i = 0; i < MAX_PER_FAMILY; i++) {
    const six = v6[i];
    const four = v4[i];
    if (six !== undefined) addresses.push(six);
    if (four !== undefined) addresses.push(four);
  }
  return Object.freeze({ kind: 'addresses', addresses: Object.freeze(addresses), cnames, expires });
}

/** An answer from a mixed list, such as a hosts file's, that holds until it is changed. */
export function fixedAddresses(addresses: readonly string[]): ResolvedAddresses {
  const isV6 = (address: string) => address.includes(':');
  return addressesOf(
    addresses.filter(isV6),
    addresses.filter((address) => !isV6(address)),
    Infinity,
  );
}

export function failed(code: ResolutionFailureCode, expires: number): ResolutionFailure {
  return Object.freeze({ kind: 'failed', code, expires });
}
