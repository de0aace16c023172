/**
 * From a host to what is said of it. Each pattern has one label that tells it; a few letters and the length of every label
 * of a host are looked up in some bits, and only where one may be telling are names cut out and compared. Nearly every
 * host ends before that, without an allocation.
 */

const BITS = 1 << 14;

/** Below `.com` and the like stand the countries' own: `google.co.uk`. */
const anyEnding =
  /^(?:[a-z]{2}|com|net|org|cat|edu|gov|info|int)$|^(?:com?|net|org|ac|edu|gov|go|ne|or)\.[a-z]{2}$/;

interface Named<T> {
  readonly value: T;
  /** The host alone, without its sub-domains. */
  readonly exact: boolean;
  /** For `search.yahoo.*`: `search`. */
  readonly before: string;
}

/** Patterns: `example.org` with its sub-domains, `=example.org` alone, `example.*` below any country's ending. */
export class HostIndex<T> {
  readonly #telling = new Uint8Array(BITS / 8);
  readonly #hosts = new Map<string, Named<T>[]>();
  /** By the label before the ending. */
  readonly #labels = new Map<string, Named<T>[]>();

  add(pattern: string, value: T): void {
    const exact = pattern.startsWith('=');
    const text = exact ? pattern.slice(1) : pattern;
    const anywhere = text.endsWith('.*');
    const name = anywhere ? text.slice(0, -2) : text;
    const dot = anywhere ? name.lastIndexOf('.') : -1;
    const key = name.slice(dot + 1);
    const map = anywhere ? this.#labels : this.#hosts;
    const named = { value, exact, before: dot < 0 ? '' : name.slice(0, dot) };
    map.set(key, [...(map.get(key) ?? []), named]);
    const telling = anywhere ? key : tellingLabel(key);
    const sign = signOf(telling, 0, telling.length);
    this.#telling[sign >> 3] = (this.#telling[sign >> 3] ?? 0) | (1 << (sign & 7));
  }

  /** Every value whose pattern means the host, the nearest first; `none` itself where there is none. */
  find(host: string, none: readonly T[]): readonly T[] {
    const telling = this.#telling;
    // The last label is an ending, and tells nothing.
    for (let from = 0, dot = host.indexOf('.'); dot >= 0; from = dot + 1, dot = host.indexOf('.', from)) {
      const sign = signOf(host, from, dot);
      if (((telling[sign >> 3] ?? 0) & (1 << (sign & 7))) !== 0) return this.#search(host) ?? none;
    }
    return none;
  }

  #search(host: string): readonly T[] | null {
    let found: T[] | null = null;
    for (let from = 0, dot = host.indexOf('.'); dot >= 0; from = dot + 1, dot = host.indexOf('.', from)) {
      found = this.#collect(this.#hosts, host, from, host.length, found);
      found = this.#collect(this.#labels, host, from, dot, found);
    }
    return found;
  }

  #collect(
    map: ReadonlyMap<string, readonly Named<T>[]>,
    host: string,
    from: number,
    to: number,
    found: T[] | null,
  ): T[] | null {
    const named = map.get(host.slice(from, to));
    if (named === undefined) return found;
    const ending = to === host.length ? '' : host.slice(to + 1);
    if (ending !== '' && !anyEnding.test(ending)) return found;
    const before = from === 0 ? '' : host.slice(0, from - 1);
    const [only] = named;
    if (named.length === 1 && only !== undefined && found === null && fits(before, only)) return [only.value];
    const here = named.filter((each) => fits(before, each)).map(({ value }) => value);
    return here.length === 0 ? found : [...(found ?? []), ...here];
  }
}

/** The longest label before the ending: the least likely to be another host's. */
function tellingLabel(host: string): string {
  const labels = host.split('.').slice(0, -1);
  return labels.reduce((best, label) => (label.length > best.length ? label : best), '');
}

/** Four letters and the length: enough to tell a few hundred names from nearly all others. */
function signOf(text: string, from: number, to: number): number {
  const length = to - from;
  if (length === 0) return 0;
  let sign = text.charCodeAt(from) * 31 + text.charCodeAt(from + (length >> 2));
  sign = (sign * 31 + text.charCodeAt(from + (length >> 1))) * 31 + text.charCodeAt(to - 1);
  return (sign * 31 + length) & (BITS - 1);
}

function fits(name: string, { before, exact }: Named<unknown>): boolean {
  if (name === before) return true;
  return !exact && (before === '' || name.endsWith(`.${before}`));
}
