/** Collects the bytes of a head until its empty line, however they are cut, without scanning any byte twice. */
import { Refused } from './refusals.ts';

const emptyLine = Buffer.from('\r\n\r\n', 'latin1');

export class HeadReader {
  readonly #maxBytes: number;
  #collected: Buffer | null = null;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether part of a head has arrived. */
  get begun(): boolean {
    return this.#collected !== null;
  }

  /**
   * @returns the head as latin1 text without its empty line, and the bytes that follow it; or null when more is needed
   * @throws Refused `head-too-large`
   */
  push(bytes: Buffer): { readonly text: string; readonly rest: Buffer | null } | null {
    const before = this.#collected;
    const all = before === null ? bytes : Buffer.concat([before, bytes]);
    const end = all.indexOf(emptyLine, before === null ? 0 : Math.max(0, before.length - 3));
    if ((end < 0 ? all.length : end) > this.#maxBytes) throw new Refused('head-too-large');
    if (end < 0) {
      this.#collected = all;
      return null;
    }
    this.#collected = null;
    const after = end + 4;
    return { text: all.toString('latin1', 0, end), rest: after < all.length ? all.subarray(after) : null };
  }
}
