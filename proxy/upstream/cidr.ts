/** Ranges of addresses as the proxy's options have them: `10.0.0.0/8`, `10.1.2.3:8080`, `[fd00::]/8:443`. */
import { readCidr, readRange } from '../../policy/cidr.ts';
import type { Cidr, CidrRead } from '../../policy/cidr.ts';

export { holds } from '../../policy/cidr.ts';
export type { Cidr };

export interface CidrPort extends Cidr {
  /** Null: every port. */
  readonly port: number | null;
}

/** Reads `CIDR`, or a single address as the range that holds only it. Throws a RangeError that says what is wrong. */
export function parseCidr(text: string): Cidr {
  return valueOf(text, readCidr(text));
}

/** Reads `CIDR[:port]`; an IPv6 address stands in brackets when a port follows. Throws a RangeError. */
export function parseCidrPort(text: string): CidrPort {
  const bracketed = /^\[([^\]]*)\](?:\/([^:]*))?(?::(.*))?$/.exec(text);
  const dotted = /^([^:[\]/]*)(?:\/([^:]*))?(?::([^:]*))?$/.exec(text);
  const [, address, prefix, port] = bracketed ?? dotted ?? [];
  if (address === undefined) return Object.freeze({ ...parseCidr(text), port: null });
  if (bracketed !== null && !address.includes(':')) {
    throw new RangeError(`\`${text}\`: only an IPv6 address stands in brackets`);
  }
  const range = valueOf(text, readRange(address, prefix ?? null));
  return Object.freeze({ ...range, port: port === undefined ? null : readPort(text, port) });
}

function valueOf(text: string, read: CidrRead): Cidr {
  if (read.ok) return read.value;
  throw new RangeError(`\`${text}\`: ${read.hint}`);
}

function readPort(text: string, port: string): number {
  if (/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535) return Number(port);
  throw new RangeError(`\`${text}\`: \`:${port}\` is not a port from 1 to 65535`);
}
