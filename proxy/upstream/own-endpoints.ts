/** What belongs to Hallpass itself: its listeners, its directory and store, and the machine's own addresses. */
import { networkInterfaces } from 'node:os';
import { holds, parseCidr } from './cidr.ts';
import { readAddress, words } from '../../policy/ip.ts';
import type { Words } from '../../policy/ip.ts';

export interface Endpoint {
  /** An IP address; `0.0.0.0` and `::` mean every address of this machine. */
  readonly address: string;
  /** 1 to 65535. */
  readonly port: number;
}

interface OwnEndpoint {
  readonly address: Words;
  readonly port: number;
  readonly everywhere: boolean;
}

/** Addresses come and go with DHCP and VPNs; reading them costs some 50 µs. */
const REREAD_MS = 30_000;
const loopback = parseCidr('127.0.0.0/8');
const loopback6 = parseCidr('::1');
const unspecified = parseCidr('0.0.0.0');
const unspecified6 = parseCidr('::');

export class OwnEndpoints {
  #endpoints: readonly OwnEndpoint[];
  #interfaces: readonly Words[] = [];
  #readAt = -Infinity;
  readonly #list: () => readonly string[];
  readonly #now: () => number;

  constructor(
    endpoints: readonly Endpoint[],
    list: () => readonly string[] = interfaceAddresses,
    now = Date.now,
  ) {
    this.#endpoints = endpoints.map(ownEndpoint);
    this.#list = list;
    this.#now = now;
  }

  /** Replaces the list: an LDAP server's name, say, has got another address. */
  replace(endpoints: readonly Endpoint[]): void {
    this.#endpoints = endpoints.map(ownEndpoint);
  }

  /** Whether the address and port reach one of the endpoints, by whichever address of this machine. */
  reaches(address: Words, port: number): boolean {
    for (const own of this.#endpoints) {
      if (own.port !== port) continue;
      if (same(own.address, address)) return true;
      if (own.everywhere ? this.isHere(address) : this.isHere(own.address) && this.#isInterface(address))
        return true;
    }
    return false;
  }

  /** Whether the address is one of this machine: all of loopback, `0.0.0.0`, `::`, or an interface's. */
  isHere(address: Words): boolean {
    return holds(loopback, address) || holds(loopback6, address) || this.#isInterface(address);
  }

  /** An address that an interface has, or an unspecified one, which the kernel takes for its own. */
  #isInterface(address: Words): boolean {
    if (isUnspecified(address)) return true;
    const now = this.#now();
    if (now - this.#readAt > REREAD_MS) {
      this.#readAt = now;
      this.#interfaces = this.#list().map(parse);
    }
    for (const own of this.#interfaces) if (same(own, address)) return true;
    return false;
  }
}

function ownEndpoint({ address, port }: Endpoint): OwnEndpoint {
  const parsed = parse(address);
  return { address: parsed, port, everywhere: isUnspecified(parsed) };
}

function isUnspecified(address: Words): boolean {
  return holds(unspecified, address) || holds(unspecified6, address);
}

function same(a: Words, b: Words): boolean {
  return a[3] === b[3] && a[2] === b[2] && a[1] === b[1] && a[0] === b[0];
}

function parse(text: string): Words {
  const address = words();
  if (!readAddress(text, address)) throw new RangeError(`\`${text}\` is not an IP address`);
  return address;
}

function interfaceAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((entry) => entry.address));
}
