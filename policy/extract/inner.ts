/** The addresses that one address holds, one level deep; facts.ts goes on from each of them. */
import { fullyDecoded } from '../path.ts';
import type { FieldsView } from '../url-facts.ts';
import { addressIn, decoders, labelDecoded, parseAddress, xorDecoded } from './codings.ts';
import type { Address } from './codings.ts';
import type { Candidate, Place } from './extractors.ts';
import type { PathForm, PathFound } from './path-form.ts';
import { percentDecoded, valuesOf } from './query.ts';
import type { CarrierSource } from './source.ts';

/** What of a request is looked at. */
export interface Outer {
  readonly host: string;
  readonly path: string;
  readonly rawPath: string;
  readonly query: string;
  readonly fields: FieldsView | null;
}

/** An address is found by several forms at once; more than this are only there to hide one. */
const maxFound = 256;

/**
 * Null where there are more than are looked at.
 * @param places of the host
 * @param candidates forms of web proxies on any host that its path or query may have
 */
export function addressesIn(
  outer: Outer,
  places: readonly Place[],
  candidates: readonly Candidate[],
): Address[] | null {
  const found: Address[] = [];
  const paths = pathsOf(outer);
  for (const place of places) {
    for (const path of paths)
      for (const candidate of place.candidates(path)) carried(outer, candidate, path, paths, found);
    if (found.length === 0) for (const carrier of place.named) add(named(outer, carrier), found);
  }
  for (const candidate of candidates) for (const path of paths) carried(outer, candidate, path, paths, found);
  return found.length > maxFound ? null : found;
}

/** The address that the name of a host spells, as far as the name goes. */
export function addressInName(host: string, places: readonly Place[]): Address | null {
  for (const { named: carriers } of places) {
    for (const carrier of carriers) {
      const name = labelOf(host, carrier);
      if (name !== '') return parseAddress(labelDecoded(name, ''), 'https');
    }
  }
  return null;
}

function carried(
  outer: Outer,
  { carrier, form }: Candidate,
  path: string,
  paths: readonly string[],
  found: Address[],
): void {
  // Where the path only says which service it is, that is asked once.
  if (!form.holdsUrl && path !== paths[0]) return;
  const match = firstWithHost(form, path);
  if (match === null) return;
  if (!form.holdsUrl) return elsewhere(outer, carrier, paths, found);
  const tail = outer.query === '' || match.held.includes('?') ? '' : `?${outer.query}`;
  add(addressOf(match.held + tail, carrier, match.scheme), found);
}

/** Below any folder what only looks like an address may stand in front of one; the others lie inside the first. */
function firstWithHost(form: PathForm, path: string): PathFound | null {
  let match = form.match(path);
  while (match !== null && form.holdsAbsolute && !hasHost(match.held)) {
    const next = path.indexOf('/', match.at + 1);
    match = next < 0 ? null : form.match(path, next);
  }
  return match;
}

/** Of an absolute address; what follows its host is not read. */
const hasHost = (text: string): boolean =>
  parseAddress(/^https?:[/\\]*[^/\\?#]*/i.exec(text)?.[0] ?? '', 'http') !== null;

/** The path in every form in which a server may read it: canonical, decoded, and as it came. */
function pathsOf({ path, rawPath }: Outer): readonly string[] {
  return path === rawPath ? [path] : [path, fullyDecoded(rawPath), rawPath];
}

/** Where the address stands outside the path, or in a coding of the whole path. */
function elsewhere(outer: Outer, carrier: CarrierSource, paths: readonly string[], found: Address[]): void {
  const { query, fields } = outer;
  if (carrier.coding === 'xor' || carrier.coding === 'yahoo' || carrier.coding === 'proofpoint3') {
    // The first reading that gives an address: as it came, or with what was encoded twice.
    const read = paths.toReversed().map((path) => inPath(path, query, carrier));
    return add(read.find((address) => address !== null) ?? null, found);
  }
  if (!carrier.counters || !query.includes('&') || !isPart(fields))
    for (const value of valuesOf(query, carrier.parameters))
      add(addressOf(percentDecoded(value), carrier, null), found);
  if (carrier.query && query !== '') add(addressOf(query, carrier, null), found);
  for (const name of carrier.fields) {
    const value = fields?.get(name);
    if (value !== undefined) add(addressOf(value, carrier, null), found);
  }
}

/** Of what a page is made, as `Sec-Fetch-Dest` names it (Fetch Metadata §2.1); any other word may bring a page. */
const parts: readonly string[] = ['audio', 'font', 'image', 'manifest', 'script', 'style', 'track', 'video'];

function isPart(fields: FieldsView | null): boolean {
  return parts.includes(fields?.get('sec-fetch-dest')?.trim().toLowerCase() ?? '');
}

function inPath(path: string, query: string, carrier: CarrierSource): Address | null {
  const start = path.search(/\/hvtr/i);
  const tail = query === '' ? '' : `?${query}`;
  const text =
    carrier.coding === 'yahoo'
      ? decoders.yahoo(path)
      : carrier.coding === 'proofpoint3'
        ? decoders.proofpoint3(path)
        : start < 0
          ? null
          : xorDecoded(percentDecoded(path.slice(start + 1)) + tail);
  return text === null ? null : parseAddress(text, carrier.scheme);
}

function addressOf(value: string, carrier: CarrierSource, scheme: 'http' | 'https' | null): Address | null {
  const { coding, bare } = carrier;
  const text =
    coding === 'cache' || coding === 'bing' || coding === 'proofpoint2'
      ? decoders[coding](value)
      : scheme === null
        ? addressIn(value, bare)
        : `${scheme}://${value}`;
  return text === null ? null : parseAddress(text, scheme ?? carrier.scheme);
}

function named(outer: Outer, carrier: CarrierSource): Address | null {
  const name = labelOf(outer.host, carrier);
  if (name === '') return null;
  const [prefix = ''] = valuesOf(outer.query, ['_x_tr_hp']);
  const address = parseAddress(labelDecoded(name, percentDecoded(prefix)), 'https');
  if (address === null) return null;
  const plain = valuesOf(outer.query, ['_x_tr_sch']).includes('http');
  const query = outer.query
    .split('&')
    .filter((pair) => !pair.startsWith('_x_tr_'))
    .join('&');
  const { rawPath } = outer;
  return { ...address, ...(plain ? ({ scheme: 'http', port: 80 } as const) : {}), rawPath, query };
}

/** What stands before the carrier's own name: `www-example-com` of `www-example-com.translate.goog`. */
function labelOf(host: string, { hosts }: CarrierSource): string {
  const own = hosts.find((each) => host.endsWith(`.${each}`));
  return own === undefined ? '' : host.slice(0, host.length - own.length - 1);
}

function add(address: Address | null, found: Address[]): void {
  if (address !== null && found.length <= maxFound) found.push(address);
}
