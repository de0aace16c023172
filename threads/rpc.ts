/**
 * Typed request and response over a MessagePort, in both directions at once: each side serves an object of functions and
 * calls those of the other. What one turn of the event loop asks and answers crosses as one message, because a message
 * costs far more than a call. Values are cloned; a SharedArrayBuffer crosses by reference.
 *
 *   control:  const { remote } = connect<ProxyControl>(port, { signIn: (credentials) => … });
 *   proxy:    const { remote } = connect<ControlForProxy>(port, { publish: (publication) => … });
 */
import type { MessagePort } from 'node:worker_threads';
import { crossing, ThreadError } from './errors.ts';

/** `T` as the other side sees it: its methods only, each of them answering by a promise. */
export type Remote<T> = {
  readonly [K in keyof T as T[K] extends (...args: never[]) => unknown ? K : never]: T[K] extends (
    ...args: infer A
  ) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : never;
};

export interface Connection<Theirs extends object> {
  /**
   * Calls of the other side. A call rejects with a ThreadError: `thread-gone` once the port is closed or the other
   * thread has ended, else the code and message of what was thrown there.
   */
  readonly remote: Remote<Theirs>;
  /** False once closed, by whichever side. */
  isOpen(): boolean;
  /** Sends what is waiting, then closes; calls that are still open reject with `thread-gone`. */
  close(): void;
}

export interface ConnectOptions {
  /** Called once, after the port was closed by either side or the other thread has ended. */
  readonly onClose?: () => void;
}

type Ask = readonly [kind: 0, id: number, method: string, args: readonly unknown[]];
type Answer = readonly [kind: 1, id: number, value: unknown];
type Failure = readonly [kind: 2, id: number, code: string, message: string];
type Message = Ask | Answer | Failure;

interface OpenCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

type Handler = (...args: readonly unknown[]) => unknown;

/**
 * Begins to serve `handlers` (methods may be async or not; `this` is the object) and to call the other side. Once a
 * port; what came before that waits in the port.
 */
export function connect<Theirs extends object>(
  port: MessagePort,
  handlers: object,
  { onClose }: ConnectOptions = {},
): Connection<Theirs> {
  const wire = new Wire(port, handlers as Record<string, unknown>, onClose);
  return {
    remote: remoteOver(wire) as Remote<Theirs>,
    isOpen: () => wire.open,
    close: () => wire.close(),
  };
}

class Wire {
  open = true;
  readonly #port: MessagePort;
  readonly #handlers: Record<string, unknown>;
  readonly #onClose: (() => void) | undefined;
  readonly #calls = new Map<number, OpenCall>();
  #lastId = 0;
  #waiting: Message[] = [];

  constructor(port: MessagePort, handlers: Record<string, unknown>, onClose: (() => void) | undefined) {
    this.#port = port;
    this.#handlers = handlers;
    this.#onClose = onClose;
    port.on('message', (batch: readonly Message[]) => {
      for (const message of batch) this.#receive(message);
    });
    port.on('messageerror', () => this.close());
    port.on('close', () => this.#closed());
  }

  call(method: string, args: readonly unknown[]): Promise<unknown> {
    if (!this.open) return Promise.reject(gone(method));
    const id = (this.#lastId += 1);
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      this.#send([0, id, method, args]);
    });
  }

  close(): void {
    if (!this.open) return;
    this.#flush();
    this.#port.close();
    this.#closed();
  }

  #closed(): void {
    if (!this.open) return;
    this.open = false;
    this.#waiting = [];
    for (const call of this.#calls.values()) call.reject(gone());
    this.#calls.clear();
    this.#onClose?.();
  }

  #receive(message: Message): void {
    if (message[0] === 0) return this.#serve(message);
    const call = this.#calls.get(message[1]);
    if (call === undefined) return;
    this.#calls.delete(message[1]);
    if (message[0] === 1) call.resolve(message[2]);
    else call.reject(new ThreadError(message[2], message[3]));
  }

  #serve([, id, method, args]: Ask): void {
    const handler = this.#handlers[method];
    if (typeof handler !== 'function') {
      return this.#send([2, id, 'unknown-method', `the other thread serves no \`${method}\``]);
    }
    try {
      const value = (handler as Handler).apply(this.#handlers, args as unknown[]);
      if (!(value instanceof Promise)) return this.#send([1, id, value]);
      value.then(
        (settled: unknown) => this.#send([1, id, settled]),
        (error: unknown) => this.#fail(id, error),
      );
    } catch (error) {
      this.#fail(id, error);
    }
  }

  #fail(id: number, error: unknown): void {
    const { code, message } = crossing(error);
    this.#send([2, id, code, message]);
  }

  /** One message a turn: setImmediate runs after all the sockets that were readable in this turn were served. */
  #send(message: Message): void {
    if (!this.open) return;
    if (this.#waiting.push(message) === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const batch = this.#waiting;
    if (batch.length === 0) return;
    this.#waiting = [];
    try {
      this.#port.postMessage(batch);
    } catch {
      for (const message of batch) this.#sendAlone(message);
    }
  }

  /** One value that cannot be cloned must not take the rest of its batch with it. */
  #sendAlone(message: Message): void {
    try {
      this.#port.postMessage([message]);
    } catch (error) {
      const { message: reason } = crossing(error);
      if (message[0] === 0)
        this.#receive([2, message[1], 'not-cloneable', `\`${message[2]}\` was not sent: ${reason}`]);
      else this.#port.postMessage([[2, message[1], 'not-cloneable', `the answer was not sent: ${reason}`]]);
    }
  }
}

const gone = (method?: string): ThreadError =>
  new ThreadError(
    'thread-gone',
    method === undefined ? 'the other thread is gone' : `no thread to ask for \`${method}\``,
  );

/** An object that makes each method at its first use; from then on the method is a plain property. */
function remoteOver(wire: Wire): object {
  const maker = new Proxy(Object.create(null) as object, {
    get(_target, name, receiver: object) {
      // Without this, `await remote` would call a method named `then` over there.
      if (typeof name === 'symbol' || name === 'then') return undefined;
      const method = (...args: readonly unknown[]): Promise<unknown> => wire.call(name, args);
      Object.defineProperty(receiver, name, { value: method });
      return method;
    },
  });
  return Object.create(maker) as object;
}
