/** The two indexes alone, as an image holds them: built from a world, put into shared memory, opened again. */
import { createHash } from 'node:crypto';
import { HostIndexBuilder } from '../policy/compile/host-index-build.ts';
import { HostHits, HostIndex } from '../policy/compile/host-index.ts';
import type { HostSections } from '../policy/compile/host-index.ts';
import { hostSeeds } from '../policy/compile/host-text.ts';
import { isExcept, itemOf, targetOf } from '../policy/compile/items.ts';
import { UrlHits } from '../policy/compile/url-hits.ts';
import { UrlIndexBuilder } from '../policy/compile/url-index-build.ts';
import { URL_TARGET, UrlIndex } from '../policy/compile/url-index.ts';
import type { UrlSections } from '../policy/compile/url-index.ts';
import { requestFacts } from '../policy/facts.ts';
import { plainAbpHost } from '../policy/lists/abp-rule.ts';
import { parseUrlPattern } from '../policy/model/patterns.ts';
import { noHeaders } from '../policy/request.ts';
import type { RequestFacts, UrlFacts } from '../policy/request.ts';
import { CATEGORIES, patternCounts } from './policy-world.ts';
import type { World, WorldRequest } from './policy-world.ts';

export type Sections = HostSections & UrlSections;

export interface Facts extends RequestFacts {
  readonly url: UrlFacts;
}

export class Indexes {
  readonly hosts: HostIndex;
  readonly urls: UrlIndex;
  readonly hostHits = new HostHits();
  readonly urlHits = new UrlHits();

  constructor(sections: Sections) {
    this.hosts = new HostIndex(sections);
    this.urls = new UrlIndex(sections, this.hosts);
  }

  lookup(facts: Facts): void {
    this.hosts.lookup(facts.host, this.hostHits);
    this.urls.hits(facts, facts.url, this.hostHits, this.urlHits);
  }
}

const [CLOSES, OPENS] = [1, 2];

/** Verdicts of a list of Adblock Plus by itself: blocked, unless an exception or `$important` says otherwise. */
export class AbpVerdicts extends Indexes {
  /** What each set of the host index says. */
  readonly #sets: Uint8Array;

  constructor(sections: Sections) {
    super(sections);
    this.#sets = Uint8Array.from({ length: this.hosts.setCount }, (_, set) =>
      this.hosts
        .setItems(set)
        .filter((item) => targetOf(item) !== URL_TARGET)
        .reduce((bits, item) => bits | (isExcept(item) ? OPENS : CLOSES), 0),
    );
  }

  blocks(facts: Facts): boolean {
    this.lookup(facts);
    const { hostHits, urlHits } = this;
    let bits = 0;
    for (let i = 0; i < hostHits.count; i++) bits |= this.#sets[hostHits.sets[i] ?? 0] ?? 0;
    for (let i = 0; i < urlHits.count; i++) {
      if (urlHits.isImportant(i)) return true;
      bits |= urlHits.isExcept(i) ? OPENS : CLOSES;
    }
    return bits === CLOSES;
  }
}

export function factsOf({ scheme, host, rawPath, query, dest, initiator }: WorldRequest): Facts {
  const found = requestFacts({ scheme, rawHost: host, port: 443, method: 'GET', rawPath, rawQuery: query });
  if (!found.ok || typeof found.facts.url === 'string') throw new Error(host);
  const headers = { ...noHeaders, dest: dest as string, initiator };
  return { ...found.facts, url: { ...found.facts.url, ...{ headers } } };
}

/** What link would make of the world's lists and policy. */
export function build(world: World): Sections {
  const hosts = new HostIndexBuilder(hostSeeds('benchmark'));
  const urls = new UrlIndexBuilder(hosts);
  const { domains, urls: entries, patterns, rules } = world.size;
  for (let i = 0; i < domains; i++) {
    const category = world.categories[i] ?? 0;
    hosts.add(world.listed(i), itemOf('subtree', category), category);
    const second = world.secondCategory(i);
    if (second >= 0) hosts.add(world.listed(i), itemOf('subtree', second), second);
  }
  const entry = (target: number) => ({ target, except: false, origin: target });
  for (let i = 0; i < entries; i++) {
    const { host, path, category } = world.urlEntry(i);
    urls.path(host, false, path, entry(category));
  }
  const counts = patternCounts(patterns);
  for (let i = 0; i < counts.globs; i++) {
    const read = parseUrlPattern(world.glob(i));
    if (read.ok) urls.glob(read.value.host, read.value.path, entry(CATEGORIES + (i % rules)));
  }
  for (let i = 0; i < counts.regexes; i++) fine(urls.regex(world.regex(i), entry(i % CATEGORIES)));
  for (let i = 0; i < counts.rules; i++)
    fine(urls.abp(world.abp(i * 100 + 55 + (i % 45)), entry(CATEGORIES - 1)));
  return finished(hosts, urls);
}

/** A list of Adblock Plus alone. */
export function buildAbp(rules: readonly string[]): Sections {
  const hosts = new HostIndexBuilder(hostSeeds('benchmark'));
  const urls = new UrlIndexBuilder(hosts);
  for (const rule of rules) {
    const host = plainAbpHost(rule);
    if (host === null) fine(urls.abp(rule, { target: 0, except: false, origin: 0 }));
    else hosts.add(host, itemOf('subtree', 0, rule.startsWith('@@')), 0);
  }
  return finished(hosts, urls);
}

function fine(refused: string | null): void {
  if (refused !== null) throw new Error(refused);
}

function finished(hosts: HostIndexBuilder, urls: UrlIndexBuilder): Sections {
  const hostSections = hosts.finish();
  return { ...hostSections, ...urls.finish(new HostIndex(hostSections)) };
}

/** One piece of shared memory, as an image is. */
export function shared(sections: Sections): { image: SharedArrayBuffer; sections: Sections } {
  const names = Object.keys(sections) as (keyof Sections)[];
  const length = names.reduce((sum, name) => sum + ((sections[name].byteLength + 7) & ~7), 0);
  const image = new SharedArrayBuffer(length);
  let at = 0;
  const placed = names.map((name) => {
    const part = new Uint8Array(image, at, sections[name].byteLength);
    part.set(sections[name]);
    at += (part.byteLength + 7) & ~7;
    return [name, part];
  });
  return { image, sections: Object.fromEntries(placed) as Sections };
}

export const checksum = (image: SharedArrayBuffer): string =>
  createHash('sha256').update(new Uint8Array(image)).digest('hex');
