/**
 * Collects the bytes of a head until its empty line, however they are cut, without scanning any byte for it twice. Bytes
 * that no head may hold are refused as they arrive: whoever speaks another protocol to this port learns it at once.
 */
import { ByteQueue } from './byte-queue.ts';
import { Refused } from './refusals.ts';

const emptyLine = Buffer.from('\r\n\r\n', 'latin1');

export class HeadReader {
  readonly #maxBytes: number;
  readonly #collected = new ByteQueue();
  #last = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether part of a head has arrived. */
  get begun(): boolean {
    return this.#collected.length > 0;
  }

  /**
   * @returns the head as latin1 text without its empty line, and the bytes that follow it; or null when more is needed
   * @throws Refused `head-too-large`, `bare-cr-or-lf` or `control-character`
   */
  push(bytes: Buffer): { readonly text: string; readonly rest: Buffer | null } | null {
    const collected = this.#collected;
    const before = collected.length;
    if (before > 0) collected.append(bytes);
    const all = collected.peek() ?? bytes;
    const end = all.indexOf(emptyLine, Math.max(0, before - 3));
    if (end < 0) {
      // Up to three bytes of the empty line may have arrived.
      if (all.length > this.#maxBytes + 3) throw new Refused('head-too-large');
      this.#refuseStrays(bytes);
      if (before === 0) collected.append(bytes);
      return null;
    }
    if (end > this.#maxBytes) throw new Refused('head-too-large');
    collected.clear();
    this.#last = 0;
    const after = end + 4;
    return { text: all.toString('latin1', 0, end), rest: after < all.length ? all.subarray(after) : null };
  }

  #refuseStrays(bytes: Buffer): void {
    let last = this.#last;
    for (const byte of bytes) {
      if ((byte === 0x0a) !== (last === 0x0d)) throw new Refused('bare-cr-or-lf');
      if (byte < 0x20 ? byte !== 0x09 && byte !== 0x0a && byte !== 0x0d : byte === 0x7f) {
        throw new Refused('control-character');
      }
      last = byte;
    }
    this.#last = last;
  }
}
