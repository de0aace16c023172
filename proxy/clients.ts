/** Who may use the proxy at all: a proxy that serves everyone is soon everyone's. */
import { holds, parseCidr } from './upstream/cidr.ts';
import type { Cidr } from './upstream/cidr.ts';
import { readAddress, words } from '../policy/ip.ts';

/** Scratch room of one `admits`, which never yields in between. */
const address = words();

export class Clients {
  readonly #cidrs: readonly Cidr[];
  #last = '';
  #lastAdmitted = false;

  /** CIDRs or single addresses, without ports. Throws a RangeError for one that cannot be read. */
  constructor(cidrs: readonly string[]) {
    this.#cidrs = cidrs.map(parseCidr);
  }

  /**
   * `ip` as `socket.remoteAddress` gives it; an IPv4-mapped address counts as the IPv4 address that it is. What is not
   * an address (the socket is gone already) is not admitted. Browsers open connections in bursts, so the last answer
   * is kept.
   */
  admits(ip: string | undefined): boolean {
    if (ip === undefined) return false;
    if (ip === this.#last) return this.#lastAdmitted;
    this.#last = ip;
    this.#lastAdmitted = readAddress(ip, address) && this.#cidrs.some((cidr) => holds(cidr, address));
    return this.#lastAdmitted;
  }
}
