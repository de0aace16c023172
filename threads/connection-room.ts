/**
 * How many connections a listener keeps: so many of each address and so many in all. Where all are taken, a newcomer takes
 * the oldest of whichever address has the most, so that whoever has few is let in while anybody has many. Loopback is
 * counted apart: whoever watches over this machine finds the door open, whatever comes from the network.
 */
import { holderOf } from './holder.ts';
import { isLoopback } from './listener.ts';

export interface Room {
  /** Of all addresses together, and as many again of loopback. */
  readonly connections: number;
  readonly perAddress: number;
}

/** The part of a socket that is needed here. */
export interface Closable {
  destroy(): unknown;
  once(event: 'close', listener: () => void): unknown;
}

export class ConnectionRoom {
  readonly #room: Room;
  readonly #near: Shared;
  readonly #far: Shared;

  constructor(room: Room) {
    this.#room = room;
    this.#near = new Shared(room.connections);
    this.#far = new Shared(room.connections);
  }

  /** Counts a connection until it closes; false when there is no room for it, and it is not counted. */
  admits(ip: string, socket: Closable): boolean {
    const bare = ip.replace(/^::ffff:(?=\d+\.)/i, '');
    if (isLoopback(bare)) return this.#near.admits('loopback', socket, this.#room.connections);
    return this.#far.admits(holderOf(bare), socket, this.#room.perAddress);
  }
}

class Shared {
  readonly #most: number;
  readonly #held = new Map<string, Set<Closable>>();
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  admits(holder: string, socket: Closable, perHolder: number): boolean {
    const own = this.#held.get(holder)?.size ?? 0;
    if (own >= perHolder) return false;
    if (this.#count >= this.#most && !this.#makeRoom(own)) return false;
    const sockets = this.#held.get(holder) ?? new Set();
    this.#held.set(holder, sockets.add(socket));
    this.#count += 1;
    socket.once('close', () => this.#release(holder, socket));
    return true;
  }

  /** @param own connections that the newcomer has: nobody takes from who has no more than they will have */
  #makeRoom(own: number): boolean {
    let most = own + 1;
    let holder: string | null = null;
    for (const [each, { size }] of this.#held) {
      if (size > most) [most, holder] = [size, each];
    }
    const [oldest] = holder === null ? [] : (this.#held.get(holder) ?? []);
    if (holder === null || oldest === undefined) return false;
    oldest.destroy();
    // Its `close` comes later; its place is free now.
    this.#release(holder, oldest);
    return true;
  }

  #release(holder: string, socket: Closable): void {
    const sockets = this.#held.get(holder);
    if (sockets?.delete(socket) !== true) return;
    this.#count -= 1;
    if (sockets.size === 0) this.#held.delete(holder);
  }
}
