/** A form on its way to the portal, by whichever door it comes. */

/** The longest form that the portal takes, in bytes. */
export const longestForm = 16_384;

export class FormBody {
  readonly #parts: Buffer[] = [];
  #length = 0;

  /** Keeps a copy: the memory of a chunk may be the connection's. @returns false where it is longer than any form */
  add(chunk: Uint8Array): boolean {
    this.#length += chunk.length;
    if (this.#length > longestForm) return false;
    this.#parts.push(Buffer.from(chunk));
    return true;
  }

  whole(): Buffer {
    return Buffer.concat(this.#parts);
  }
}
