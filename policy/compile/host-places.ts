/** What is said of a host and of the requests to it: the indexes together, as plans and the trace ask them. */
import type { RequestFacts } from '../request.ts';
import { HostHits } from './host-index.ts';
import type { HostIndex } from './host-index.ts';
import type { HostLines } from './host-lines.ts';
import { reaches, targetOf } from './items.ts';
import { PossibleTargets, UrlHits } from './url-hits.ts';
import type { UrlIndex } from './url-index.ts';
import { URL_TARGET } from './url-index.ts';

/** Where an entry came from, for the trace. */
export interface EntryAt {
  readonly host: string;
  readonly target: number;
  readonly origin: number;
  /** 0 where nobody knows it, or the origin has no lines of its own. */
  readonly line: number;
}

/** What of an address was met, for the trace. */
export interface PatternAt {
  readonly target: number;
  readonly origin: number;
  /** As a list writes it. */
  readonly text: string;
}

/** Labels below the host that was found: at it, one below, further. */
const DISTANCES = 3;
/** Beyond what is said of one host by the host index; and, with what its row adds, beyond every key of one host. */
const SAID = 2 ** 18;
const TWO_HOSTS = 2 ** 26;

export class HostPlaces {
  readonly #hosts: HostIndex;
  readonly #urls: UrlIndex;
  readonly #lines: HostLines;
  /** Scratch room of one question. */
  readonly #hits = new HostHits();
  /** The host that `#hits` is of: one request asks several times. */
  #looked = '';
  readonly #urlHits = new UrlHits();
  readonly #possible = new PossibleTargets();
  /** Keys of what is said together with what a row adds. */
  readonly #withRows = new Map<number, number>();

  constructor(hosts: HostIndex, urls: UrlIndex, lines: HostLines) {
    this.#hosts = hosts;
    this.#urls = urls;
    this.#lines = lines;
  }

  #look(host: string): number {
    if (host === this.#looked) return this.#hits.count;
    this.#looked = host;
    return this.#hosts.lookup(host, this.#hits);
  }

  /**
   * A number of all that is said of a host; the same of any two hosts of which the same is said. -1 where it would take more
   * than a number.
   */
  keyOf(host: string): number {
    const count = this.#look(host);
    if (count === 0) return this.#urls.hasLooseGlobs ? -1 : 0;
    if (count > 2 || this.#urls.hasLooseGlobs) return -1;
    const first = this.#keyAt(0);
    if (count === 1 || first < 0) return first;
    const second = this.#keyAt(1);
    return second < 0 ? -1 : first * TWO_HOSTS + second;
  }

  #keyAt(i: number): number {
    const below = this.#hits.below[i] ?? 0;
    const said = (this.#hits.sets[i] ?? 0) * DISTANCES + (below < DISTANCES ? below : DISTANCES - 1) + 1;
    const row = this.#urls.rowClassOf(this.#hits, i);
    return row === 0 ? said : this.#withRow(row * SAID + said);
  }

  /** Numbers that follow each other, of what is seldom said. */
  #withRow(said: number): number {
    let number = this.#withRows.get(said);
    if (number === undefined) this.#withRows.set(said, (number = SAID + this.#withRows.size));
    return number < TWO_HOSTS ? number : -1;
  }

  /** Adds the targets of everything that is said of `host`, directly or by a parent. */
  targets(host: string, found: Set<number>): void {
    const hits = this.#hits;
    const count = this.#look(host);
    for (let i = 0; i < count; i++) {
      const set = hits.sets[i] ?? 0;
      const end = this.#hosts.setStart[set + 1] ?? 0;
      for (let at = this.#hosts.setStart[set] ?? 0; at < end; at++) {
        const item = this.#hosts.items[at] ?? 0;
        if (reaches(item, hits.below[i] ?? 0) && targetOf(item) !== URL_TARGET) found.add(targetOf(item));
      }
    }
  }

  /** Targets that the address of a request to any host may put it into. */
  get possibleAnywhere(): Iterable<number> {
    return this.#urls.loose;
  }

  /** Targets that a query or the fields of a request may bring, not its path alone. */
  get beyondPaths(): ReadonlySet<number> {
    return this.#urls.beyondPaths;
  }

  /** Adds those that only the address of a request to `host` may. */
  possible(host: string, found: Set<number>): void {
    this.#look(host);
    this.#urls.possibleHere(host, this.#hits, this.#possible);
    for (let i = 0; i < this.#possible.count; i++) found.add(this.#possible.targets[i] ?? 0);
  }

  /** Marks the targets that the address of a request puts it into. */
  find(facts: RequestFacts, mark: (target: number, rawOnly: boolean) => void): void {
    const { url } = facts;
    if (typeof url === 'string') return;
    const hits = this.#urlHits;
    this.#look(facts.host);
    this.#urls.hits(facts, url, this.#hits, hits);
    for (let i = 0; i < hits.count; i++) mark(hits.target(i), hits.isLoose(i));
  }

  /** The entries that put `host` where it is. */
  entries(host: string): EntryAt[] {
    const found: EntryAt[] = [];
    const hits = this.#hits;
    const count = this.#look(host);
    for (let i = 0; i < count; i++) {
      const set = hits.sets[i] ?? 0;
      const origins = this.#hosts.setOrigins(set);
      for (const [at, item] of this.#hosts.setItems(set).entries()) {
        if (!reaches(item, hits.below[i] ?? 0) || targetOf(item) === URL_TARGET) continue;
        const origin = origins[at] ?? 0;
        const line = this.#lines.lineOf(hits.slots[i] ?? 0, item, origin);
        found.push({ host: host.slice(hits.starts[i] ?? 0), target: targetOf(item), origin, line });
      }
    }
    return found;
  }

  /** The patterns that put the address of a request where it is. */
  patterns({ scheme, host, url }: RequestFacts): PatternAt[] {
    if (typeof url === 'string') return [];
    const hits = this.#urlHits;
    this.#look(host);
    this.#urls.hits({ scheme, host }, url, this.#hits, hits);
    return Array.from({ length: hits.count }, (_, i) => ({
      target: hits.target(i),
      origin: hits.origins[i] ?? 0,
      text: this.#urls.textOf(hits.sources[i] ?? 0),
    }));
  }
}
