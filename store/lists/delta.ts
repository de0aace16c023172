/**
 * A text as what it takes from another one. Lists change by a few lines a day, in an order that mostly stays, so that an
 * older one is nearly all of a newer one, cut at some places:
 *
 *     older:  a b c X d e f      newer (the base):  a b c d Y e f
 *     delta:  copy "a b c", write "X", copy "d", copy "e f"
 *
 * Written as runs of four numbers and the text to write: length of the text, the text, where the copy begins (from the end of
 * the copy before, zigzag), how long it is. Numbers are LEB128. Copies are whole lines.
 *
 * How a place is found again after a difference: first a few lines further on in the base (something is gone), then at the
 * next line whose hash ends in four zero bits, one in sixteen, which an index of the base knows (something came, or moved);
 * from there the copy grows backwards over what was already set aside to be written. One pass over each text: 70 MB and
 * five million lines take about a second.
 */

const newline = 10;
/** Lines of the base that are looked at after a difference. */
const lookAhead = 8;
const isAnchor = (hash: number): boolean => (hash & 15) === 0;

/** @returns parts that, one after another, make the delta from which {@link applyDelta} gives `target` again */
export function makeDelta(base: Uint8Array, target: Uint8Array): Uint8Array[] {
  return new Differ(base, target).run();
}

class Differ {
  readonly #base: Uint8Array;
  readonly #target: Uint8Array;
  readonly #anchors: Anchors;
  readonly #parts: Uint8Array[] = [];
  /** Of the target: up to here it is told. */
  #told = 0;
  /** Of the base: where the copy before ended. */
  #copied = 0;

  constructor(base: Uint8Array, target: Uint8Array) {
    this.#base = base;
    this.#target = target;
    this.#anchors = new Anchors(base);
  }

  run(): Uint8Array[] {
    let [at, from] = [0, 0];
    while (at < this.#target.length) {
      const place = this.#near(at, from) ?? this.#far(at);
      if (place === null) {
        at = lineEnd(this.#target, at);
        continue;
      }
      const end = this.#copy(at, place);
      from = place + (end - at);
      at = end;
    }
    this.#write(this.#target.length, this.#copied, 0);
    return this.#parts;
  }

  /** Where the line at `at` stands in the base, at `from` or a few lines further on. */
  #near(at: number, from: number): number | null {
    for (let i = 0; i < lookAhead && from < this.#base.length; i++) {
      if (sameLine(this.#target, at, this.#base, from)) return from;
      from = lineEnd(this.#base, from);
    }
    return null;
  }

  #far(at: number): number | null {
    const hash = hashOfLine(this.#target, at, lineEnd(this.#target, at));
    if (!isAnchor(hash)) return null;
    const place = this.#anchors.find(hash);
    return place !== -1 && sameLine(this.#target, at, this.#base, place) ? place : null;
  }

  /** @returns where in the target the copy ends */
  #copy(at: number, place: number): number {
    const [target, base] = [this.#target, this.#base];
    let [begin, from] = [at, place];
    while (begin > this.#told && from > 0 && target[begin - 1] === base[from - 1])
      [begin, from] = [begin - 1, from - 1];
    // Back to the beginning of a line: that of the target is where the text before ends, or after a line's end.
    while (begin < at && begin > this.#told && target[begin - 1] !== newline)
      [begin, from] = [begin + 1, from + 1];
    while (begin < at && from > 0 && base[from - 1] !== newline) [begin, from] = [begin + 1, from + 1];
    let [end, to] = [at, place];
    while (end < target.length && to < base.length && target[end] === base[to]) [end, to] = [end + 1, to + 1];
    // A line that is longer in one of them is another line.
    if (end < target.length || to < base.length)
      while (end > at && target[end - 1] !== newline) [end, to] = [end - 1, to - 1];
    this.#write(begin, from, end - begin);
    this.#told = end;
    return end;
  }

  /** What is not told yet before `until`, then a copy. */
  #write(until: number, from: number, length: number): void {
    if (until === this.#told && length === 0) return;
    this.#parts.push(
      numbers(until - this.#told),
      this.#target.subarray(this.#told, until),
      numbers(zigzag(from - this.#copied), length),
    );
    this.#copied = from + length;
  }
}

/** The lines of a text that are looked up, by hash: open addressing, the first of those that share a hash. */
class Anchors {
  readonly #hashes: Int32Array;
  readonly #places: Int32Array;
  readonly #mask: number;

  constructor(text: Uint8Array) {
    // Lines are longer than two characters: room for one in sixteen of them, half empty.
    const size = 2 ** Math.ceil(Math.log2(Math.max(16, text.length / 24)));
    this.#hashes = new Int32Array(size);
    this.#places = new Int32Array(size).fill(-1);
    this.#mask = size - 1;
    let left = size >>> 1;
    for (let at = 0; at < text.length && left > 0;) {
      const end = lineEnd(text, at);
      const hash = hashOfLine(text, at, end);
      if (isAnchor(hash) && this.#add(hash, at)) left--;
      at = end;
    }
  }

  find(hash: number): number {
    const slot = this.#slot(hash);
    return this.#places[slot] ?? -1;
  }

  #add(hash: number, place: number): boolean {
    const slot = this.#slot(hash);
    if (this.#places[slot] !== -1) return false;
    this.#hashes[slot] = hash;
    this.#places[slot] = place;
    return true;
  }

  #slot(hash: number): number {
    let slot = (hash >>> 4) & this.#mask;
    while (this.#places[slot] !== -1 && this.#hashes[slot] !== hash) slot = (slot + 1) & this.#mask;
    return slot;
  }
}

/** After the newline that ends the line at `at`, or at the end of the text. */
function lineEnd(text: Uint8Array, at: number): number {
  const end = text.indexOf(newline, at);
  return end === -1 ? text.length : end + 1;
}

/** FNV-1a. */
function hashOfLine(text: Uint8Array, begin: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = begin; at < end; at++) hash = Math.imul(hash ^ (text[at] ?? 0), 0x01000193);
  return (hash ^ (hash >>> 15)) | 0;
}

function sameLine(a: Uint8Array, atA: number, b: Uint8Array, atB: number): boolean {
  for (;;) {
    const byte = a[atA++];
    if (byte !== b[atB++]) return false;
    if (byte === newline || byte === undefined) return true;
  }
}

const zigzag = (value: number): number => (value >= 0 ? value * 2 : -value * 2 - 1);

function numbers(...values: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  for (let value of values) {
    for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
    bytes.push(value);
  }
  return Uint8Array.from(bytes);
}

/** The text that a delta was made of. @throws RangeError where the delta asks for what the base does not have */
export function* applyDelta(base: Uint8Array, delta: Uint8Array): Generator<Uint8Array, void, undefined> {
  let at = 0;
  const number = (): number => {
    let [value, weight] = [0, 1];
    for (;;) {
      const byte = delta[at++];
      if (byte === undefined) throw new RangeError('the delta ends in the middle of a number');
      value += (byte & 127) * weight;
      if (byte < 128) return value;
      weight *= 128;
    }
  };
  let copied = 0;
  while (at < delta.length) {
    const length = number();
    if (length > delta.length - at) throw new RangeError('the delta ends in the middle of a text');
    if (length > 0) yield delta.subarray(at, at + length);
    at += length;
    const moved = number();
    const from = copied + (moved % 2 === 0 ? moved / 2 : -(moved + 1) / 2);
    const count = number();
    copied = from + count;
    if (from < 0 || copied > base.length) throw new RangeError('the delta is not for this text');
    if (count > 0) yield base.subarray(from, copied);
  }
}
