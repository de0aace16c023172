/** The tables of search engines and of what carries addresses, opened: made once of an `ExtractorSource`, read at each request. */
import { HostIndex } from './host-index.ts';
import { PathForm } from './path-form.ts';
import { emptySource } from './source.ts';
import type { CarrierSource, EngineSource, ExtractorSource } from './source.ts';

export interface Engine {
  readonly name: string;
  readonly searches: readonly {
    readonly forms: readonly PathForm[];
    readonly parameters: readonly string[];
  }[];
}

/** One form of a carrier's path. */
export interface Candidate {
  readonly carrier: CarrierSource;
  readonly form: PathForm;
}

const noCandidates: readonly Candidate[] = Object.freeze([]);

/** What is known of the hosts that one pattern means. */
export class Place {
  readonly engines: Engine[] = [];
  /** Those whose addresses stand in the name of the host. */
  readonly named: CarrierSource[] = [];
  /** Whether nothing here holds addresses. */
  get empty(): boolean {
    return this.named.length === 0 && this.#first.size === 0 && this.#loose.length === 0;
  }

  readonly #first = new Map<string, Candidate[]>();
  readonly #loose: Candidate[] = [];

  add(candidate: Candidate): void {
    const first = firstOf(candidate.form);
    if (first === null) this.#loose.push(candidate);
    else this.#first.set(first, [...(this.#first.get(first) ?? []), candidate]);
  }

  /** The forms that a path may have. */
  candidates(path: string): readonly Candidate[] {
    if (this.#first.size === 0) return this.#loose;
    const slash = path.indexOf('/', 1);
    const here = this.#first.get(path.slice(1, slash < 0 ? path.length : slash).toLowerCase());
    if (here === undefined) return this.#loose;
    return this.#loose.length === 0 ? here : [...here, ...this.#loose];
  }
}

/** The segment that a path of the form begins with; null where it may be any. */
function firstOf({ anywhere, segments }: PathForm): string | null {
  const [first = ''] = segments;
  return anywhere || /^\*|^\{/.test(first) ? null : first;
}

/** Shared by all hosts of which nothing is known. */
export const noPlaces: readonly Place[] = Object.freeze([]);

const NAME_BITS = 1 << 12;

/** What is filed under a name that a path segment may be; nearly always its sign alone says that nothing is. */
class Names<T> {
  readonly #bits = new Uint8Array(NAME_BITS);
  readonly #values = new Map<string, T[]>();

  add(name: string, value: T): void {
    this.#bits[signOf(name, 0, name.length)] = 1;
    this.#values.set(name, [...(this.#values.get(name) ?? []), value]);
  }

  /** What is filed under the segment, after what was found before. */
  find(text: string, from: number, to: number, before: readonly T[]): readonly T[] {
    if (this.#bits[signOf(text, from, to)] === 0) return before;
    const values = this.#values.get(text.slice(from, to).toLowerCase());
    return values === undefined ? before : before.length === 0 ? values : [...before, ...values];
  }
}

/** Four characters without case, and the length. */
function signOf(text: string, from: number, to: number): number {
  const length = to - from;
  if (length === 0) return 0;
  let sign = (text.charCodeAt(from) | 32) * 31 + (text.charCodeAt(from + (length >> 2)) | 32);
  sign = (sign * 31 + (text.charCodeAt(from + (length >> 1)) | 32)) * 31 + (text.charCodeAt(to - 1) | 32);
  return (sign * 31 + length) & (NAME_BITS - 1);
}

export class Extractors {
  /** What it was made of; JSON can hold it. */
  readonly source: ExtractorSource;
  readonly #empty: boolean;
  readonly #hosts = new HostIndex<Place>();
  readonly #engines = new Map<string, Engine>();
  /** Carriers on hosts of any name, by what tells them: the first segment, the last one, a parameter, or an address. */
  readonly #first = new Names<Candidate>();
  readonly #last = new Names<Candidate>();
  readonly #telling: { readonly sign: string; readonly candidate: Candidate }[] = [];
  readonly #loose: Candidate[] = [];

  constructor(source: ExtractorSource) {
    this.source = source;
    this.#empty = source.engines.length === 0 && source.carriers.length === 0;
    const places = new Map<string, Place>();
    const placeOf = (pattern: string): Place => {
      const known = places.get(pattern) ?? new Place();
      places.set(pattern, known);
      return known;
    };
    for (const each of source.engines) {
      const engine = engineOf(each);
      this.#engines.set(engine.name, engine);
      for (const host of each.hosts) placeOf(host).engines.push(engine);
    }
    for (const carrier of source.carriers) {
      for (const host of carrier.hosts) if (carrier.coding === 'label') placeOf(host).named.push(carrier);
      if (carrier.coding === 'label') continue;
      for (const path of carrier.paths) {
        const candidate = { carrier, form: new PathForm(path) };
        for (const host of carrier.hosts) placeOf(host).add(candidate);
        if (carrier.hosts.length === 0) this.#addAnywhere(candidate);
      }
    }
    for (const [pattern, place] of places) this.#hosts.add(pattern, place);
  }

  /** What is known of a canonical host, the nearest first; `noPlaces` of nearly all. */
  placesOf(host: string): readonly Place[] {
    return this.#empty ? noPlaces : this.#hosts.find(host, noPlaces);
  }

  engine(name: string): Engine | null {
    return this.#engines.get(name) ?? null;
  }

  /**
   * The forms that an address on a host of any name may have; one shared empty array for nearly all.
   * @param path canonical
   */
  candidates(path: string, query: string): readonly Candidate[] {
    let found = noCandidates;
    if (this.#empty) return found;
    const slash = path.indexOf('/', 1);
    found = this.#first.find(path, 1, slash < 0 ? path.length : slash, found);
    // Where no name tells a form, an address does, or the beginning of one that is coded by XOR.
    // (One character is looked for much faster than two.)
    if ((path.includes(':') && path.includes(':/')) || path.includes('hvtr'))
      found = [...found, ...this.#loose];
    if (query === '') return found;
    found = this.#last.find(path, path.lastIndexOf('/') + 1, path.length, found);
    for (const { sign, candidate } of this.#telling) if (query.includes(sign)) found = [...found, candidate];
    return found;
  }

  #addAnywhere(candidate: Candidate): void {
    const { form, carrier } = candidate;
    const first = firstOf(form);
    if (form.holdsUrl || carrier.coding === 'xor' || carrier.fields.length > 0) {
      if (first === null) this.#loose.push(candidate);
      else this.#first.add(first, candidate);
    } else if (form.segments.at(-1) === '**')
      for (const name of carrier.parameters) this.#telling.push({ sign: `${name}=`, candidate });
    else this.#last.add(form.segments.at(-1) ?? '', candidate);
  }
}

function engineOf({ name, searches }: EngineSource): Engine {
  return {
    name,
    searches: searches.map(({ paths, parameters }) => ({
      forms: paths.map((path) => new PathForm(path)),
      parameters,
    })),
  };
}

export const noExtractors = new Extractors(emptySource);
