/** How many connections each client address has, so that no address takes all that a thread may have. */
import { readAddress, words } from '../policy/ip.ts';
import { holds, parseCidr } from './upstream/cidr.ts';
import type { Cidr } from './upstream/cidr.ts';

interface SharedNetwork {
  readonly cidr: Cidr;
  readonly most: number;
}

/** Scratch room of one `take`, which never yields in between. */
const address = words();

export class ConnectionShares {
  readonly #most: number;
  readonly #shared: readonly SharedNetwork[];
  readonly #open = new Map<string, number>();

  /**
   * @param most connections of one address
   * @param shared CIDRs in which many devices share an address, and the most connections of one address there, where
   *   that is more
   */
  constructor(most: number, shared: Readonly<Record<string, number>>) {
    this.#most = most;
    this.#shared = Object.entries(shared).map(([cidr, more]) => ({ cidr: parseCidr(cidr), most: more }));
  }

  /** Counts one connection more of a canonical address; false when it has as many as it may, and none is counted. */
  take(ip: string): boolean {
    const open = this.#open.get(ip) ?? 0;
    if (open >= this.#most && open >= this.#mostOf(ip)) return false;
    this.#open.set(ip, open + 1);
    return true;
  }

  release(ip: string): void {
    const rest = (this.#open.get(ip) ?? 0) - 1;
    if (rest > 0) this.#open.set(ip, rest);
    else this.#open.delete(ip);
  }

  #mostOf(ip: string): number {
    let most = this.#most;
    if (!readAddress(ip, address)) return most;
    for (const network of this.#shared) {
      if (network.most > most && holds(network.cidr, address)) most = network.most;
    }
    return most;
  }
}
