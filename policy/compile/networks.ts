/** Client address → network: the most specific range that holds it, remembered per address. */
import { LRUCache } from 'lru-cache';
import { holds, readCidr } from '../cidr.ts';
import type { Cidr } from '../cidr.ts';
import { readAddress, words } from '../ip.ts';
import type { Program } from './program.ts';

/** With `max` it would take all its memory at once, and five milliseconds of a thread that opens an image. */
const byCount = { sizeCalculation: () => 1 };

/** Scratch room of one `indexOf`, which never yields in between. */
const address = words();

export class Networks {
  readonly #ranges: readonly { readonly cidr: Cidr; readonly network: number }[];
  readonly #known = new LRUCache<string, number>({ ...byCount, maxSize: 65_536 });

  constructor(program: Program) {
    const ranges = program.networks.flatMap(({ cidrs }, network) =>
      cidrs.flatMap((text) => {
        const cidr = readCidr(text);
        return cidr.ok ? [{ cidr: cidr.value, network }] : [];
      }),
    );
    // Sorting is stable: among equally specific ranges the first of the document wins.
    this.#ranges = ranges.sort((a, b) => b.cidr.prefix - a.cidr.prefix);
  }

  /** Index of the network of a canonical address; -1 when no network holds it. */
  indexOf(ip: string): number {
    if (this.#ranges.length === 0) return -1;
    const known = this.#known.get(ip);
    if (known !== undefined) return known;
    const found = readAddress(ip, address)
      ? (this.#ranges.find(({ cidr }) => holds(cidr, address))?.network ?? -1)
      : -1;
    this.#known.set(ip, found);
    return found;
  }
}
