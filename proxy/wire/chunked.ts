/**
 * The chunked transfer coding (RFC 9112 §7.1), strictly: CRLF ends lines and nothing else does, sizes are hexadecimal
 * digits and nothing else is. Extensions are checked, bounded and dropped; trailers likewise (a trailer could otherwise
 * be taken for a field of the head further on).
 */
import { Refused } from './refusals.ts';

const maxExtensionBytes = 16_384;
const maxTrailerBytes = 16_384;
/** 12 hexadecimal digits stay below 2^53. */
const maxSizeDigits = 12;

type State =
  'size' | 'extension' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'trailer' | 'trailer-lf' | 'done';

const trailerLine = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/;

export class ChunkedDecoder {
  #state: State = 'size';
  #size = 0;
  #digits = 0;
  #extensionBytes = 0;
  #trailerBytes = 0;
  #trailer = '';

  /**
   * Reads `bytes` from `from` on and hands each run of body bytes to `onData`.
   *
   * @returns the index after the message's last byte, or -1 when the message goes on
   * @throws Refused for whatever is not exactly the grammar
   */
  push(bytes: Buffer, from: number, onData: (data: Buffer) => void): number {
    let at = from;
    while (at < bytes.length) {
      if (this.#state === 'data') {
        const end = Math.min(bytes.length, at + this.#size);
        onData(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end));
        this.#size -= end - at;
        at = end;
        if (this.#size === 0) this.#state = 'data-cr';
        continue;
      }
      this.#step(bytes[at++] as number);
      if (this.#state === 'done') return at;
    }
    return -1;
  }

  #step(byte: number): void {
    switch (this.#state) {
      case 'size':
        return this.#sizeByte(byte);
      case 'extension':
        return this.#extensionByte(byte);
      case 'size-lf':
        if (byte !== 0x0a) throw new Refused('bad-chunk');
        return this.#beginChunk();
      case 'data-cr':
        if (byte !== 0x0d) throw new Refused('bad-chunk');
        this.#state = 'data-lf';
        return;
      case 'data-lf':
        if (byte !== 0x0a) throw new Refused('bad-chunk');
        this.#state = 'size';
        return;
      case 'trailer':
        return this.#trailerByte(byte);
      case 'trailer-lf':
        if (byte !== 0x0a) throw new Refused('bad-trailer');
        return this.#endTrailerLine();
      case 'data':
      case 'done':
        return;
    }
  }

  #sizeByte(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      if (++this.#digits > maxSizeDigits) throw new Refused('bad-chunk');
      this.#size = this.#size * 16 + digit;
    } else if (this.#digits === 0) throw new Refused('bad-chunk');
    else if (byte === 0x0d) this.#state = 'size-lf';
    else if (byte === 0x3b) this.#state = 'extension';
    else throw new Refused('bad-chunk');
  }

  #extensionByte(byte: number): void {
    if (++this.#extensionBytes > maxExtensionBytes) throw new Refused('chunk-extensions-too-long');
    if (byte === 0x0d) this.#state = 'size-lf';
    else if ((byte < 0x20 && byte !== 0x09) || byte === 0x7f) throw new Refused('bad-chunk');
  }

  #beginChunk(): void {
    this.#digits = 0;
    this.#state = this.#size === 0 ? 'trailer' : 'data';
  }

  #trailerByte(byte: number): void {
    if (++this.#trailerBytes > maxTrailerBytes) throw new Refused('bad-trailer');
    if (byte === 0x0d) this.#state = 'trailer-lf';
    else this.#trailer += String.fromCharCode(byte);
  }

  #endTrailerLine(): void {
    if (this.#trailer === '') {
      this.#state = 'done';
      return;
    }
    if (!trailerLine.test(this.#trailer)) throw new Refused('bad-trailer');
    this.#trailer = '';
    this.#state = 'trailer';
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** What precedes a chunk of `size` bytes; `\r\n` follows it. */
export const chunkHead = (size: number): string => `${size.toString(16)}\r\n`;

/** The last chunk and an empty trailer section. */
export const lastChunk = '0\r\n\r\n';
