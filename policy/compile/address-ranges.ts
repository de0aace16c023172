/** Hosts that are addresses, by ranges: few, so one after another; a host's plan remembers what was found. */
import ipaddr from 'ipaddr.js';

export interface AddressRange {
  readonly from: string;
  readonly to: string;
  readonly target: number;
}

interface Read {
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly target: number;
}

export class AddressRanges {
  readonly #ranges: readonly Read[];

  /** @param ranges both ends canonical, of one family */
  constructor(ranges: readonly AddressRange[]) {
    this.#ranges = ranges.map(({ from, to, target }) => ({ from: bytesOf(from), to: bytesOf(to), target }));
  }

  targets(host: string, found: Set<number>): void {
    if (this.#ranges.length === 0 || !ipaddr.isValid(host)) return;
    const address = bytesOf(host);
    for (const { from, to, target } of this.#ranges)
      if (from.length === address.length && compare(from, address) <= 0 && compare(address, to) <= 0)
        found.add(target);
  }
}

const bytesOf = (address: string): number[] => ipaddr.parse(address).toByteArray();

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, byte] of a.entries()) {
    const difference = byte - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
