/**
 * Connections to origins that belong to one client connection, because the origin signs in connections: the next request
 * of the same person to the same origin takes its own again, nobody else ever gets it, and they close with the client's.
 */
import type { H1Client } from './h1-client.ts';

interface Pin {
  readonly holder: string;
  readonly connection: H1Client;
}

/** Origins of that kind that one page uses at the same time; the one pinned first gives way. */
const mostPins = 8;

export class Pins {
  /** In the order of pinning. Few enough to look through, and none for almost everybody. */
  #pins: Pin[] = none;
  #closed = false;

  /**
   * The connection to `origin` of this person, taken out.
   *
   * @param holder who asks; called only where something is pinned
   */
  take(holder: () => string, origin: string): H1Client | undefined {
    if (this.#pins.length === 0) return undefined;
    const who = holder();
    const pin = this.#pins.find(
      (each) => each.holder === who && each.connection.origin === origin && !each.connection.socket.destroyed,
    );
    if (pin !== undefined) this.#pins = this.#pins.filter((each) => each !== pin);
    return pin?.connection;
  }

  /** Keeps an idle connection for `holder`, or closes it when the client has gone. */
  put(holder: string, connection: H1Client): void {
    if (this.#closed) return connection.cancel();
    this.#pins = [...this.#pins.filter((each) => !each.connection.socket.destroyed), { holder, connection }];
    if (this.#pins.length > mostPins) this.#pins.shift()?.connection.cancel();
  }

  close(): void {
    this.#closed = true;
    for (const { connection } of this.#pins) connection.cancel();
    this.#pins = none;
  }
}

const none: Pin[] = [];
