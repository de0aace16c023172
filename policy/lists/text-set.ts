/**
 * Millions of short texts, each once, without an object for any of them: their bytes stand one after another, `starts`
 * says where each begins, and an open-addressing table of numbers (plus one; 0 is an empty slot) finds them again. The
 * hash of each is kept, so that few texts are compared in vain and the table can grow without reading them.
 */
const FNV = 0x811c9dc5;
const slotOf = (hash: number, mask: number): number => (hash ^ (hash >>> 15)) & mask;

/** The same numbers with room for as many again. */
export function larger(values: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const more = new Uint32Array(values.length * 2);
  more.set(values);
  return more;
}

export class TextSet {
  size = 0;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(4_096);
  #starts = new Uint32Array(128);
  #hashes = new Uint32Array(128);
  #slots = new Uint32Array(256);

  /**
   * @param text of characters below 256
   * @returns its number: the size before, where it is new
   */
  add(text: string): number {
    const hash = hashOf(text, 0);
    const slot = this.#slot(text, 0, hash);
    const found = this.#slots[slot] ?? 0;
    if (found !== 0) return found - 1;
    const number = this.size++;
    if (number + 1 === this.#starts.length) {
      this.#starts = larger(this.#starts);
      this.#hashes = larger(this.#hashes);
    }
    this.#append(number, text);
    this.#hashes[number] = hash;
    this.#slots[slot] = number + 1;
    if (this.size * 2 > this.#slots.length) this.#grow();
    return number;
  }

  /** The number of `text.slice(from)`, or -1. */
  find(text: string, from = 0): number {
    return (this.#slots[this.#slot(text, from, hashOf(text, from))] ?? 0) - 1;
  }

  text(number: number): string {
    const from = this.#starts[number] ?? 0;
    return Buffer.from(this.#bytes.buffer, from, (this.#starts[number + 1] ?? 0) - from).toString('latin1');
  }

  #append(number: number, text: string): void {
    const start = this.#starts[number] ?? 0;
    const end = start + text.length;
    if (end > this.#bytes.length) {
      const more = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      more.set(this.#bytes);
      this.#bytes = more;
    }
    const bytes = this.#bytes;
    for (let i = 0; i < text.length; i++) bytes[start + i] = text.charCodeAt(i);
    this.#starts[number + 1] = end;
  }

  /** Where it is, or would be. */
  #slot(text: string, from: number, hash: number): number {
    const [slots, hashes] = [this.#slots, this.#hashes];
    const mask = slots.length - 1;
    let slot = slotOf(hash, mask);
    for (let found = slots[slot] ?? 0; found !== 0; found = slots[slot] ?? 0) {
      if (hashes[found - 1] === hash && this.#is(found - 1, text, from)) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #is(number: number, text: string, from: number): boolean {
    const [bytes, start] = [this.#bytes, this.#starts[number] ?? 0];
    const length = text.length - from;
    if ((this.#starts[number + 1] ?? 0) - start !== length) return false;
    for (let i = 0; i < length; i++) if (bytes[start + i] !== text.charCodeAt(from + i)) return false;
    return true;
  }

  #grow(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let number = 0; number < this.size; number++) {
      let slot = slotOf(this.#hashes[number] ?? 0, mask);
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}

function hashOf(text: string, from: number): number {
  let hash = FNV;
  for (let i = text.length - 1; i >= from; i--) hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193);
  return hash >>> 0;
}
