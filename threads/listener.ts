/** An address to listen on, as options write it: `127.0.0.1:3128`, `[::]:3128`, `localhost:8080`. */
import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

export interface ListenAddress {
  /** An IP address without brackets, or a host name. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** Null when the text is no address with a port. */
export function parseListener(text: string): ListenAddress | null {
  const [, v6, name, digits] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:[\]/@]+)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  const host = v6 ?? name;
  if (host === undefined || port > 65_535) return null;
  if (v6 !== undefined ? isIP(v6) !== 6 : looksNumeric(host) && isIP(host) !== 4) return null;
  return { host, port };
}

/** Of a text that was checked already. @throws RangeError for any other */
export function listenAddress(text: string): ListenAddress {
  const address = parseListener(text);
  if (address === null) throw new RangeError(`\`${text}\` is no address to listen on`);
  return address;
}

export const formatListener = ({ host, port }: ListenAddress): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** A text that `parseListener` reads. */
export const listener = z
  .string()
  .refine(
    (text) => parseListener(text) !== null,
    'an address and a port from 0 to 65535, such as `127.0.0.1:3128` or `[::]:3128`',
  );

/** Where something listens that is not ours to open: a host and a port that is not 0. */
export const endpoint = (message: string) =>
  z.string().refine((text) => (parseListener(text)?.port ?? 0) > 0, message);

/** Only `localhost` among the names: what another name resolves to is not known before it is asked for. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  return family === 0
    ? host.toLowerCase() === 'localhost'
    : loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/** Whether one socket would take connections that the other is for. */
export function overlap(a: ListenAddress, b: ListenAddress): boolean {
  if (a.port !== b.port || a.port === 0) return false;
  return a.host === b.host || isEverywhere(a.host) || isEverywhere(b.host) || isNamedLoopback(a, b);
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

const looksNumeric = (host: string): boolean => /^[\d.]+$/.test(host);
const isEverywhere = (host: string): boolean => host === '0.0.0.0' || host === '::';
const isNamedLoopback = (a: ListenAddress, b: ListenAddress): boolean =>
  (isIP(a.host) === 0) !== (isIP(b.host) === 0) && isLoopback(a.host) && isLoopback(b.host);
