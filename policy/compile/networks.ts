/** Client address → network: the most specific range that holds it, remembered per address. */
import { LRUCache } from 'lru-cache';
import { addressBytes, inCidr, parseCidr } from '../address.ts';
import type { Cidr } from '../address.ts';
import type { Program } from './program.ts';

export class Networks {
  readonly #ranges: readonly { readonly cidr: Cidr; readonly network: number }[];
  readonly #known = new LRUCache<string, number>({ max: 65_536 });

  constructor(program: Program) {
    const ranges = program.networks.flatMap(({ cidrs }, network) =>
      cidrs.flatMap((text) => {
        const cidr = parseCidr(text);
        return cidr === null ? [] : [{ cidr, network }];
      }),
    );
    // Sorting is stable: among equally specific ranges the first of the document wins.
    this.#ranges = ranges.sort((a, b) => b.cidr.bits - a.cidr.bits);
  }

  /** Index of the network of a canonical address; -1 when no network holds it. */
  indexOf(ip: string): number {
    if (this.#ranges.length === 0) return -1;
    const known = this.#known.get(ip);
    if (known !== undefined) return known;
    const bytes = addressBytes(ip);
    const found = this.#ranges.find(({ cidr }) => inCidr(bytes, cidr))?.network ?? -1;
    this.#known.set(ip, found);
    return found;
  }
}
