/**
 * Writes one message to a socket: the head goes out together with the first bytes of the body, in one system call where
 * the body is small. Chunk framing is added here, so that whoever produces the body knows nothing of it.
 */
import type { Socket } from 'node:net';
import { chunkHead, lastChunk } from './chunked.ts';

/** Up to this size, copying a chunk into the head's string is cheaper than a second buffer for the system call. */
const smallChunk = 4_096;

export class MessageWriter {
  readonly #socket: Socket;
  readonly #chunked: boolean;
  #head: string | null;

  constructor(socket: Socket, head: string, chunked: boolean) {
    this.#socket = socket;
    this.#head = head;
    this.#chunked = chunked;
  }

  /** @returns false when the socket's buffer is full */
  write(chunk: Buffer): boolean {
    if (chunk.length === 0) return true;
    const before = this.#chunked ? this.#takeHead() + chunkHead(chunk.length) : this.#takeHead();
    const after = this.#chunked ? '\r\n' : '';
    if (before === '') return this.#socket.write(chunk);
    if (chunk.length <= smallChunk) {
      return this.#socket.write(before + chunk.toString('latin1') + after, 'latin1');
    }
    this.#socket.cork();
    this.#socket.write(before, 'latin1');
    let more = this.#socket.write(chunk);
    if (after !== '') more = this.#socket.write(after, 'latin1');
    this.#socket.uncork();
    return more;
  }

  /** Sends the head by itself when the body keeps us waiting. */
  flushHead(): void {
    const head = this.#takeHead();
    if (head !== '') this.#socket.write(head, 'latin1');
  }

  end(): void {
    const last = this.#chunked ? this.#takeHead() + lastChunk : this.#takeHead();
    if (last !== '') this.#socket.write(last, 'latin1');
  }

  #takeHead(): string {
    const head = this.#head ?? '';
    this.#head = null;
    return head;
  }
}
