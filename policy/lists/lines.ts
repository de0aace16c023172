/**
 * Bytes → lines, in whatever pieces they come. A chunk becomes one string with a character for each byte, of which lines
 * are cut without a copy; only a line with bytes above 127 is decoded, as UTF-8 or else as Windows-1252.
 */
import { isAscii } from 'node:buffer';

export interface LineTaker {
  /** @param guessed the bytes are no UTF-8, and what is above ASCII may be something else */
  line(text: string, number: number, guessed: boolean): void;
  /** A line that cannot be text, or is longer than any. */
  refuse(number: number, column: number, why: string): void;
  note(text: string): void;
}

/** Characters; nothing that an entry could be is longer. */
export const MAX_LINE = 65_536;

export class ByteLines {
  readonly #to: LineTaker;
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true });
  #utf16: InstanceType<typeof TextDecoder> | null = null;
  #begun = false;
  /** The bytes of a chunk too short to tell its encoding. */
  #first: Uint8Array = new Uint8Array();
  /** The beginning of a line whose end has not come. */
  #rest = '';
  /** Inside a line that was refused for its length. */
  #tooLong = false;
  #number = 0;
  // What was met so far: most sources have none of it, and need no look at each line.
  #returns = false;
  #high = false;
  #nul = false;

  constructor(to: LineTaker) {
    this.#to = to;
  }

  write(chunk: Uint8Array): void {
    let bytes = chunk;
    if (!this.#begun) {
      bytes = this.#first.length === 0 ? chunk : Buffer.concat([this.#first, chunk]);
      if (bytes.length < 2) {
        this.#first = bytes;
        return;
      }
      this.#begin(bytes);
    }
    this.#take(bytes);
  }

  end(): void {
    if (!this.#begun && this.#first.length > 0) {
      this.#begin(this.#first);
      this.#take(this.#first);
    }
    const last = this.#rest.replace(/\r$/, '');
    this.#rest = '';
    if (this.#tooLong || last !== '') this.#line(last);
  }

  #begin(bytes: Uint8Array): void {
    this.#begun = true;
    const encoding =
      bytes[0] === 0xff && bytes[1] === 0xfe
        ? 'utf-16le'
        : bytes[0] === 0xfe && bytes[1] === 0xff
          ? 'utf-16be'
          : null;
    if (encoding === null) return;
    this.#utf16 = new TextDecoder(encoding);
    this.#to.note('the file is UTF-16, and was read so');
  }

  #take(chunk: Uint8Array): void {
    const bytes = this.#utf16 === null ? chunk : Buffer.from(this.#utf16.decode(chunk, { stream: true }));
    this.#high ||= !isAscii(bytes);
    this.#nul ||= bytes.includes(0);
    this.#returns ||= bytes.includes(13);
    // A view, not a copy.
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#cut(buffer.toString('latin1'));
  }

  #cut(piece: string): void {
    let text = this.#rest === '' ? piece : this.#rest + piece;
    this.#rest = '';
    let hold = '';
    if (this.#returns) {
      // What follows it in the next chunk says whether this one ends a line by itself.
      if (text.endsWith('\r')) hold = '\r';
      text = (hold === '' ? text : text.slice(0, -1)).replace(/\r\n?/g, '\n');
    }
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      this.#line(text.slice(start, end));
      start = end + 1;
    }
    this.#rest = text.slice(start);
    if (this.#rest.length > MAX_LINE) {
      this.#tooLong = true;
      this.#rest = '';
    }
    this.#rest += hold;
  }

  #line(bytes: string): void {
    const number = ++this.#number;
    if (this.#tooLong || bytes.length > MAX_LINE) {
      this.#tooLong = false;
      this.#to.refuse(number, 1, `longer than ${MAX_LINE} bytes`);
    } else if (this.#nul && bytes.includes('\0'))
      this.#to.refuse(number, bytes.indexOf('\0') + 1, 'a NUL byte: this is not text');
    else if (!this.#high || !/[\x80-\xff]/.test(bytes)) this.#to.line(bytes, number, false);
    else this.#decode(Buffer.from(bytes, 'latin1'), number);
  }

  #decode(bytes: Uint8Array, number: number): void {
    let text: string;
    try {
      // Takes a byte order mark away, wherever files were joined.
      text = this.#utf8.decode(bytes);
    } catch {
      this.#to.note('a line is not UTF-8, and was read as Windows-1252');
      this.#to.line(new TextDecoder('windows-1252').decode(bytes), number, true);
      return;
    }
    this.#to.line(text, number, false);
  }
}
