/** The addresses inside an address, as facts of their own: one list however deeply they lie in each other. */
import { noPlaces } from './extract/extractors.ts';
import type { Candidate, Extractors, Place } from './extract/extractors.ts';
import { addressesIn, addressInName } from './extract/inner.ts';
import type { Address } from './extract/codings.ts';
import { noFacts, noNames } from './request.ts';
import type { RequestFacts } from './request.ts';
import { mixesScripts } from './scripts.ts';
import { RequestUrl } from './url-facts.ts';
import type { HeadView } from './url-facts.ts';

/**
 * Links of mails are wrapped by every gateway that they pass, and addresses mention others. Who needs more hides one, and
 * what is not looked at must not open.
 */
const maxDepth = 16;
const maxCount = 32;

/** Of a request to `host`; each is a GET with the request's own fields and no body. Null where there are more than that. */
export function innerRequests(
  host: string,
  url: RequestUrl,
  head: HeadView | null,
  places: readonly Place[],
  extractors: Extractors,
): readonly RequestFacts[] | null {
  const candidates = candidatesOf(url, extractors);
  if (candidates.length === 0 && places.every(({ empty }) => empty)) return noFacts;
  const fields = head?.fields ?? null;
  let level = addressesIn({ host, ...pathsOf(url), fields }, places, candidates);
  if (level === null) return null;
  if (level.length === 0) return noFacts;
  const bodiless = fields === null ? null : { fields, body: 0 };
  const seen = new Set([nameOf(host, url)]);
  const inner: RequestFacts[] = [];
  for (let depth = 1; level.length > 0; depth++) {
    const next: Address[] = [];
    for (const address of level) {
      const here = extractors.placesOf(address.host);
      const there = new RequestUrl('GET', address.rawPath, address.query, bodiless, here);
      const name = nameOf(address.host, there);
      if (seen.has(name)) continue;
      if (depth > maxDepth || inner.length === maxCount) return null;
      seen.add(name);
      inner.push(factsOf(address, there));
      const outer = { host: address.host, ...pathsOf(there), fields: null };
      const deeper = addressesIn(outer, here, candidatesOf(there, extractors));
      if (deeper === null) return null;
      next.push(...deeper);
    }
    level = next;
  }
  return inner.length === 0 ? noFacts : inner;
}

/** By either form of the path: the dots of an inner address may have eaten the name of what carries it. */
function candidatesOf(url: RequestUrl, extractors: Extractors): readonly Candidate[] {
  const { path, rawPath, query } = url;
  let found = extractors.candidates(path, query);
  if (path !== rawPath && !(rawPath.length === path.length + 1 && rawPath.startsWith(path))) {
    const raw = extractors.candidates(rawPath, query);
    found = found.length === 0 ? raw : raw.length === 0 ? found : [...found, ...raw];
  }
  // Where people search, an address among the words is what they look for.
  if (found.length === 0 || url.search === null) return found;
  return found.filter(({ form }) => form.holdsUrl);
}

/** Of a CONNECT: what the name of the host alone says. */
export function innerTunnels(
  host: string,
  url: 'unknown' | 'unobtainable',
  extractors: Extractors,
): readonly RequestFacts[] {
  const places = extractors.placesOf(host);
  const address = places === noPlaces ? null : addressInName(host, places);
  return address === null ? noFacts : [factsOf(address, url)];
}

const nameOf = (host: string, { path, query }: RequestUrl): string => `${host}${path}?${query}`;

const pathsOf = ({ path, rawPath, query }: RequestUrl) => ({ path, rawPath, query });

function factsOf(address: Address, url: RequestFacts['url']): RequestFacts {
  const { scheme, host, hostKind, port } = address;
  return {
    scheme,
    host,
    hostKind,
    port,
    url,
    inner: noFacts,
    aliases: noNames,
    mixedScript: mixesScripts(host),
    response: typeof url === 'string' ? url : 'unknown',
  };
}
