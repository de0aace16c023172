/**
 * Bytes kept until somebody wants them. A single piece stays as it came, uncopied; further ones are copied behind it
 * into a buffer that doubles, so that bytes which drip in one at a time cost no more than their number.
 */
export class ByteQueue {
  #bytes: Buffer | null = null;
  #length = 0;
  /** `#bytes` is ours, with room behind `#length`. */
  #owned = false;

  get length(): number {
    return this.#length;
  }

  append(piece: Buffer): void {
    const before = this.#bytes;
    if (before === null) {
      this.#bytes = piece;
      this.#owned = false;
    } else piece.copy(this.#room(before, this.#length + piece.length), this.#length);
    this.#length += piece.length;
  }

  /** All that is kept, which stays kept. */
  peek(): Buffer | null {
    return this.#bytes?.subarray(0, this.#length) ?? null;
  }

  take(): Buffer | null {
    const bytes = this.peek();
    this.clear();
    return bytes;
  }

  clear(): void {
    this.#bytes = null;
    this.#length = 0;
  }

  #room(before: Buffer, needed: number): Buffer {
    if (this.#owned && needed <= before.length) return before;
    const grown = Buffer.alloc(Math.max(needed, 2 * this.#length, 512));
    before.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
    this.#owned = true;
    return grown;
  }
}
