/** Typed arrays that grow, for what is built in millions. */

type Numbers = Uint8Array | Uint16Array | Uint32Array;

export class Column<T extends Numbers> {
  /** Longer than what is in it; a larger one takes its place. */
  array: T;
  length = 0;
  readonly #make: (length: number) => T;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.array = make(1024);
  }

  /** Makes room for `more`, as whoever pushes must. */
  reserve(more: number): void {
    if (this.length + more <= this.array.length) return;
    const larger = this.#make(Math.max(this.length + more, Math.ceil(this.array.length * 1.6)));
    larger.set(this.array);
    this.array = larger;
  }

  push(value: number): void {
    this.array[this.length++] = value;
  }
}

export const column8 = () => new Column((length) => new Uint8Array(length));
export const column16 = () => new Column((length) => new Uint16Array(length));
export const column32 = () => new Column((length) => new Uint32Array(length));

/** A section of the image as it stands in memory. */
export const bytesOf = ({ buffer, byteOffset, byteLength }: Numbers): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
export const words16 = ({ buffer, byteOffset, byteLength }: Uint8Array): Uint16Array =>
  new Uint16Array(buffer, byteOffset, byteLength / 2);
export const words32 = ({ buffer, byteOffset, byteLength }: Uint8Array): Uint32Array =>
  new Uint32Array(buffer, byteOffset, byteLength / 4);
