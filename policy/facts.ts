/** Raw request → canonical facts, once per request. Every rule sees these and nothing else. */
import { canonicalAddress } from './address.ts';
import { noExtractors } from './extract/extractors.ts';
import type { Extractors } from './extract/extractors.ts';
import { canonicalHost } from './host.ts';
import { canonicalPath } from './path.ts';
import type { TargetErrorCode } from './errors.ts';
import { noNames } from './request.ts';
import type { RequestFacts } from './request.ts';
import { innerRequests, innerTunnels } from './inner-facts.ts';
import { mixesScripts } from './scripts.ts';
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
 * @param extractors what is known of search engines and of addresses inside addresses
 */
export function requestFacts(
  target: RawTarget,
  head: HeadView | null = null,
  extractors: Extractors = noExtractors,
): FactsResult {
  const found = canonicalHost(target.rawHost);
  if (!found.ok) return found;
  const { host, kind } = found;
  if (!validPort(target.port)) return { ok: false, code: 'port-range' };
  const { scheme, rawPath, rawQuery } = target;
  if (rawPath.charCodeAt(0) !== 47) return { ok: false, code: 'path-form' };
  const places = extractors.placesOf(host);
  const url = new RequestUrl(target.method, rawPath, rawQuery, head, places);
  const inner = innerRequests(host, url, head, places, extractors);
  if (inner === null) return { ok: false, code: 'inner-count' };
  const facts = {
    scheme,
    host,
    hostKind: kind,
    port: target.port,
    url,
    inner,
    aliases: noNames,
    mixedScript: mixesScripts(host),
    response: 'unknown',
  } as const;
  return { ok: true, facts };
}

/** The facts of a CONNECT: `unknown` while its requests may still be seen, `unobtainable` when they never will be. */
export function tunnelFacts(
  rawHost: string,
  port: number,
  url: 'unknown' | 'unobtainable',
  extractors: Extractors = noExtractors,
): FactsResult {
  const found = canonicalHost(rawHost);
  if (!found.ok) return found;
  if (!validPort(port)) return { ok: false, code: 'port-range' };
  const { host, kind } = found;
  const facts = {
    scheme: 'https',
    host,
    hostKind: kind,
    port,
    url,
    inner: innerTunnels(host, url, extractors),
    aliases: noNames,
    mixedScript: mixesScripts(host),
    response: url,
  } as const;
  return { ok: true, facts };
}

/** The facts once the name was resolved: with the CNAMEs on the way to its addresses. */
export function withAliases(facts: RequestFacts, aliases: readonly string[]): RequestFacts {
  return aliases.length === 0 ? facts : { ...facts, aliases };
}

/** The facts once the origin has answered, or nobody will see its answer; what an address inside shows is that same answer. */
export function withResponse(facts: RequestFacts, response: RequestFacts['response']): RequestFacts {
  const { inner } = facts;
  return {
    ...facts,
    response,
    inner: inner.length === 0 ? inner : inner.map((each) => ({ ...each, response })),
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
