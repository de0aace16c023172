/** Raw request → canonical facts, once per request. Every rule sees these and nothing else. */
import { canonicalAddress } from './address.ts';
import { canonicalHost } from './host.ts';
import { canonicalPath } from './path.ts';
import type { TargetErrorCode } from './errors.ts';
import { noFacts, noNames } from './request.ts';
import type { RequestFacts } from './request.ts';
import { RequestUrl } from './url-facts.ts';
import type { HeadView } from './url-facts.ts';

export { canonicalAddress, canonicalHost, canonicalPath };

/** A request's target as the wire split it: validated bytes, nothing decoded. */
export interface RawTarget {
  readonly scheme: 'http' | 'https';
  /** As written; an IPv6 literal with or without its brackets. */
  readonly rawHost: string;
  readonly port: number;
  readonly method: string;
  /** Begins with `/`. */
  readonly rawPath: string;
  /** Without `?`. */
  readonly rawQuery: string;
}

export type FactsResult =
  | { readonly ok: true; readonly facts: RequestFacts }
  | { readonly ok: false; readonly code: TargetErrorCode };

const validPort = (port: number) => Number.isInteger(port) && port >= 1 && port <= 65_535;

/**
 * The facts of a request whose method and path are known.
 * @param head its fields; without one the request has none
 */
export function requestFacts(target: RawTarget, head: HeadView | null = null): FactsResult {
  const host = canonicalHost(target.rawHost);
  if (!host.ok) return host;
  if (!validPort(target.port)) return { ok: false, code: 'port-range' };
  const { rawPath } = target;
  if (rawPath.charCodeAt(0) !== 47) return { ok: false, code: 'path-form' };
  const url = new RequestUrl(target.method, rawPath, target.rawQuery, head);
  return {
    ok: true,
    facts: {
      scheme: target.scheme,
      host: host.host,
      hostKind: host.kind,
      port: target.port,
      url,
      inner: noFacts,
      aliases: noNames,
      mixedScript: false,
      response: 'unknown',
    },
  };
}

/** The facts of a CONNECT: `unknown` while its requests may still be seen, `unobtainable` when they never will be. */
export function tunnelFacts(rawHost: string, port: number, url: 'unknown' | 'unobtainable'): FactsResult {
  const host = canonicalHost(rawHost);
  if (!host.ok) return host;
  if (!validPort(port)) return { ok: false, code: 'port-range' };
  return {
    ok: true,
    facts: {
      scheme: 'https',
      host: host.host,
      hostKind: host.kind,
      port,
      url,
      inner: noFacts,
      aliases: noNames,
      mixedScript: false,
      response: url,
    },
  };
}

/** `scheme://host[:port]`, with the port where it is not the scheme's own. */
export function originOf({ scheme, host, hostKind, port }: RequestFacts): string {
  const name = hostKind === 'ipv6' ? `[${host}]` : host;
  return port === (scheme === 'https' ? 443 : 80) ? `${scheme}://${name}` : `${scheme}://${name}:${port}`;
}

/** The longest address that is worth keeping to come back to. */
const longestAddress = 4_000;

/** Where one comes back to by GET: the address as it was asked for, or the beginning of its site. */
export function addressOf(facts: RequestFacts): string {
  const origin = originOf(facts);
  const { url } = facts;
  if (typeof url === 'string' || (url.method !== 'GET' && url.method !== 'HEAD')) return `${origin}/`;
  const address = `${origin}${url.rawPath}${url.query === '' ? '' : `?${url.query}`}`;
  return address.length > longestAddress ? `${origin}/` : address;
}
