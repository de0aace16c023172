/**
 * An address as the indexes read it: bytes of UTF-8 in lower case, in a buffer that every request uses again.
 *
 *     https://www.example.org/a/b?c=d
 *     start   host           path query   end
 *
 * Where there is no query, `query` is the end. The port is not in it.
 */

const lower = new Uint8Array(128);
for (let i = 0; i < 128; i++) lower[i] = i >= 65 && i <= 90 ? i + 32 : i;

const PERCENT = 37;
/** Values of digits; of anything else so much that no byte comes of it. */
const hex = new Uint16Array(256).fill(0x100);
for (const [value, digit] of [...'0123456789abcdef'].entries()) hex[digit.charCodeAt(0)] = value;

/** From here on, writing at once is faster than character by character. */
const LONG = 48;
const SCHEME = 8;
const schemes = { https: Buffer.from('https://'), http: Buffer.from('http://') };

export class UrlText {
  #buffer = Buffer.alloc(4_096);
  bytes = new Uint8Array(this.#buffer.buffer);
  /** `https://` or `http://` ends where the host begins. */
  readonly host: number = SCHEME;
  start = 0;
  path = 0;
  query = 0;
  end = 0;

  /**
   * @param path begins with `/`
   * @param query without `?`
   */
  fill(scheme: 'http' | 'https', host: string, path: string, query: string): void {
    this.#reserve(SCHEME + host.length + 3 * (path.length + query.length) + 1);
    this.start = scheme === 'https' ? 0 : 1;
    this.bytes.set(schemes[scheme], this.start);
    this.path = this.#append(host, SCHEME);
    this.query = this.#append(path, this.path);
    this.end = this.query;
    if (query === '') return;
    this.bytes[this.query] = 63;
    this.end = this.#append(query, this.query + 1);
  }

  /**
   * Decodes the query where it stands, as `fullyDecoded` does.
   * @returns whether that changed it; null where more than ASCII comes of it, which takes a string to put in lower case
   */
  decodeQuery(): boolean | null {
    const { bytes, end } = this;
    const begin = this.query + 1;
    let to = begin;
    for (let at = begin; at < end; at++) {
      bytes[to++] = bytes[at] ?? 0;
      while (to >= begin + 3 && bytes[to - 3] === PERCENT) {
        const byte = hex[bytes[to - 2] ?? 0]! * 16 + hex[bytes[to - 1] ?? 0]!;
        if (byte > 127) {
          if (byte < 256) return null;
          break;
        }
        to -= 2;
        bytes[to - 1] = lower[byte] ?? 0;
      }
    }
    this.end = Math.min(to, end);
    return to < end;
  }

  /** Returns where the text ends. */
  #append(text: string, at: number): number {
    const { length } = text;
    if (length > LONG) return this.#write(text, at);
    const { bytes } = this;
    for (let i = 0; i < length; i++) {
      const character = text.charCodeAt(i);
      if (character > 127) return this.#write(text, at);
      bytes[at + i] = lower[character] ?? 0;
    }
    return at + length;
  }

  #write(text: string, at: number): number {
    return at + this.#buffer.write(text.toLowerCase(), at);
  }

  #reserve(bytes: number): void {
    if (bytes <= this.bytes.length) return;
    this.#buffer = Buffer.alloc(2 * bytes);
    this.bytes = new Uint8Array(this.#buffer.buffer);
  }
}
