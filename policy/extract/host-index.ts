/**
 * From a host to what is said of it, in one pass over its characters: a rolling hash of every suffix is looked up in a
 * few bits, and only what is there is cut out and compared. Nearly every host ends here without an allocation.
 */

const BITS = 1 << 14;
const DOT = 46;

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
  readonly #bits = new Uint8Array(BITS / 8);
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
    let hash = anywhere ? 7 : 0;
    for (let i = key.length - 1; i >= 0; i--) hash = step(hash, key.charCodeAt(i));
    this.#bits[(hash & (BITS - 1)) >> 3]! |= 1 << (hash & 7);
  }

  /** Every value whose pattern means the host, the nearest first; `none` itself where there is none. */
  find(host: string, none: readonly T[]): readonly T[] {
    let found: T[] | null = null;
    let whole = 0;
    let label = 7;
    for (let i = host.length - 1, end = host.length; i >= -1; i--) {
      const code = i < 0 ? DOT : host.charCodeAt(i);
      if (code === DOT) {
        if (this.#has(whole)) found = this.#collect(this.#hosts, host, i + 1, host.length, found);
        if (end < host.length && this.#has(label))
          found = this.#collect(this.#labels, host, i + 1, end, found);
        end = i;
        label = 7;
      } else label = step(label, code);
      whole = step(whole, code);
    }
    return found ?? none;
  }

  #has(hash: number): boolean {
    return ((this.#bits[(hash & (BITS - 1)) >> 3] ?? 0) & (1 << (hash & 7))) !== 0;
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
    return here.length === 0 ? found : [...here, ...(found ?? [])];
  }
}

const step = (hash: number, code: number): number => (Math.imul(hash, 31) + code) | 0;

function fits(name: string, { before, exact }: Named<unknown>): boolean {
  if (name === before) return true;
  return !exact && (before === '' || name.endsWith(`.${before}`));
}
