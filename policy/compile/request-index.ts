/**
 * What puts a request into a target: its host and address by the indexes, and here what few lists have: searches, kinds of
 * files, types of answers, ranges of addresses.
 */
import { AddressRanges } from './address-ranges.ts';
import type { RequestFacts, SearchFacts } from '../request.ts';
import { isType } from './narrowing.ts';
import { NEED_RESPONSE, NEED_URL } from './outcome.ts';
import type { Program, ProgramPattern } from './program.ts';
import type { HostPlaces } from './host-places.ts';

type Of<K extends ProgramPattern['kind']> = Extract<ProgramPattern, { kind: K }>;
type Mark = (target: number, rawOnly: boolean) => void;

export class RequestIndex {
  readonly #places: HostPlaces;
  readonly #ranges: AddressRanges;
  /** Sets of words by one word of each. */
  readonly #terms = new Map<string, Of<'term'>[]>();
  readonly #extensions = new Map<string, number[]>();
  readonly #types: readonly Of<'type'>[];
  readonly #hasDetails: boolean;
  /** Targets that a request to any host may come into. */
  readonly #anywhere = new Map<number, number>();

  constructor({ patterns }: Pick<Program, 'patterns'>, places: HostPlaces) {
    this.#places = places;
    const of = <K extends ProgramPattern['kind']>(kind: K) =>
      patterns.filter((pattern): pattern is Of<K> => pattern.kind === kind);
    this.#ranges = new AddressRanges(of('ip'));
    for (const term of of('term')) {
      const word = term.words.toSorted((a, b) => b.length - a.length)[0] ?? '';
      append(this.#terms, word, term);
      this.#may(term.target, NEED_URL);
    }
    for (const { extension, target } of of('extension')) {
      append(this.#extensions, extension, target);
      this.#may(target, NEED_URL);
    }
    this.#types = of('type');
    for (const target of places.possibleAnywhere) this.#may(target, NEED_URL);
    this.#hasDetails = this.#terms.size + this.#extensions.size + this.#types.length > 0;
    for (const { target } of this.#types) this.#may(target, NEED_RESPONSE);
  }

  /** See `HostPlaces.keyOf`; an address may be in ranges besides. */
  keyOf(host: string): number {
    return this.#places.keyOf(host);
  }

  /** Adds the targets of everything that is said of `host`, directly or by a parent. */
  targets(host: string, found: Set<number>): void {
    this.#places.targets(host, found);
    this.#ranges.targets(host, found);
  }

  /** Targets that more of a request to any host may put it into, with the bits of what would tell. */
  get possibleAnywhere(): ReadonlyMap<number, number> {
    return this.#anywhere;
  }

  /** Adds those that only the address of a request to `host` may. */
  possible(host: string, found: Set<number>): void {
    this.#places.possible(host, found);
  }

  /** Marks what is known of a request puts it into. */
  find(facts: RequestFacts, mark: Mark): void {
    this.#places.find(facts, mark);
    if (this.#hasDetails) this.#details(facts, (target) => mark(target, false));
  }

  /** The patterns of this index alone that a request meets, for the trace. */
  met(facts: RequestFacts, patterns: readonly ProgramPattern[]): ProgramPattern[] {
    const targets = new Set<number>();
    this.#details(facts, (target) => targets.add(target));
    this.#ranges.targets(facts.host, targets);
    return patterns.filter((pattern) => targets.has(pattern.target));
  }

  #details({ url, response }: RequestFacts, mark: (target: number) => void): void {
    if (typeof url !== 'string') {
      if (this.#extensions.size > 0)
        for (const target of this.#extensions.get(url.extension) ?? []) mark(target);
      if (this.#terms.size > 0 && url.search !== null) this.#search(url.search, mark);
    }
    if (typeof response !== 'string')
      for (const { type, target } of this.#types) if (isType(type, response.mediaType)) mark(target);
  }

  #search({ words }: SearchFacts, mark: (target: number) => void): void {
    for (const word of words)
      for (const term of this.#terms.get(word) ?? [])
        if (term.words.every((each) => words.includes(each))) mark(term.target);
  }

  #may(target: number, needs: number): void {
    this.#anywhere.set(target, (this.#anywhere.get(target) ?? 0) | needs);
  }
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const all = map.get(key);
  if (all === undefined) map.set(key, [value]);
  else all.push(value);
}
