/**
 * Bodies, pushed with backpressure and never buffered whole. A source writes to its sink; when `write` returns false the
 * source stops reading its socket until somebody calls `resume`. Filters slot in between as both at once.
 */
import { ChunkedDecoder } from './chunked.ts';
import type { BodyLength } from './framing.ts';

export interface BodySink {
  /** False: full. The source stops until its `resume` is called. */
  write(chunk: Buffer): boolean;
  /** Nothing of what was written is held here or further on, so that its memory may be used again. Unsaid: it may be. */
  readonly settled?: boolean;
  end(): void;
  /** The body broke off; what was written is not all of it. */
  abort(error: Error): void;
}

export interface BodySource {
  readonly length: BodyLength;
  /** Begins to flow into `sink`. Once only, except for a body of length 0. */
  pipe(sink: BodySink): void;
  resume(): void;
  /** Nobody wants the rest. */
  cancel(): void;
}

/** What a body needs of the connection that it arrives on. */
export interface BodyFlow {
  /** Whoever reads the body is ready for its first or for more bytes. */
  bodyWanted(): void;
  /** The reader is full; no more bytes until `bodyWanted`. */
  bodyFull(): void;
  /** The reader has lost interest in the rest. */
  bodyCancelled(): void;
}

/** A body as it arrives on a connection, which feeds it. */
export class IncomingBody implements BodySource {
  readonly length: BodyLength;
  readonly #flow: BodyFlow;
  readonly #decoder: ChunkedDecoder | null;
  #remaining: number;
  #sink: BodySink | null = null;
  #complete: boolean;
  #failure: Error | null = null;

  constructor(length: BodyLength, flow: BodyFlow) {
    this.length = length;
    this.#flow = flow;
    this.#decoder = length === 'chunked' ? new ChunkedDecoder() : null;
    this.#remaining = typeof length === 'number' ? length : Infinity;
    this.#complete = length === 0;
  }

  /** All of it has arrived, or no more of it will. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Bytes still to come as far as declared; Infinity when nobody knows. */
  get remaining(): number {
    return this.#complete ? 0 : this.#remaining;
  }

  /** Whoever reads it holds nothing of what was fed. */
  get settled(): boolean {
    return this.#sink?.settled ?? false;
  }

  get wanted(): boolean {
    return this.#sink !== null;
  }

  pipe(sink: BodySink): void {
    // Part of a cancelled body may be lost already.
    if (this.#sink === discard) return sink.abort(new Error('the body was cancelled before it was read'));
    if (this.#sink !== null && this.length !== 0) return sink.abort(new Error('the body was read before'));
    this.#sink = sink;
    if (this.#failure !== null) sink.abort(this.#failure);
    else if (this.#complete) sink.end();
    else this.#flow.bodyWanted();
  }

  resume(): void {
    if (!this.#complete) this.#flow.bodyWanted();
  }

  cancel(): void {
    if (this.#complete) return;
    this.#sink = discard;
    this.#flow.bodyCancelled();
  }

  /**
   * @returns the index in `bytes` after the body's last byte, or -1 when the body goes on
   * @throws Refused for malformed chunks
   */
  feed(bytes: Buffer): number {
    if (this.#decoder !== null) {
      const end = this.#decoder.push(bytes, 0, this.#deliver);
      if (end >= 0) this.#finish();
      return end;
    }
    if (bytes.length < this.#remaining) {
      this.#remaining -= bytes.length;
      this.#deliver(bytes);
      return -1;
    }
    const end = this.#remaining;
    this.#remaining = 0;
    if (end > 0) this.#deliver(end === bytes.length ? bytes : bytes.subarray(0, end));
    this.#finish();
    return end;
  }

  /** The peer has closed: the end of an `until-close` body, a break in any other. */
  closed(): void {
    if (this.#complete) return;
    if (this.length === 'until-close') this.#finish();
    else this.fail(new Error('the connection closed before the body was complete'));
  }

  fail(error: Error): void {
    if (this.#complete) return;
    this.#complete = true;
    this.#failure = error;
    this.#sink?.abort(error);
  }

  readonly #deliver = (chunk: Buffer): void => {
    if (this.#sink !== null && !this.#sink.write(chunk)) this.#flow.bodyFull();
  };

  #finish(): void {
    this.#complete = true;
    this.#sink?.end();
  }
}

const discard: BodySink = {
  write: () => true,
  settled: true,
  end: () => undefined,
  abort: () => undefined,
};

/** A body of no bytes. */
export const emptyBody: BodySource = {
  length: 0,
  pipe: (sink) => sink.end(),
  resume: () => undefined,
  cancel: () => undefined,
};
