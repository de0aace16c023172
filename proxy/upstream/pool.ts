/**
 * Idle connections to origins, last in first out per origin: the one used last is the least likely to be stale, and the
 * others grow old and leave. A connection was checked against the address rules when it was dialled.
 */
import type { H1Client } from '../wire/h1-client.ts';

export interface PoolLimits {
  /** Milliseconds that an idle connection is kept. */
  readonly keepAlive: number;
  readonly maxIdlePerOrigin: number;
  readonly maxIdle: number;
}

export class Pool {
  readonly #limits: PoolLimits;
  readonly #idle = new Map<string, H1Client[]>();
  #count = 0;

  constructor(limits: PoolLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#count;
  }

  take(origin: string): H1Client | undefined {
    const stack = this.#idle.get(origin);
    if (stack === undefined) return undefined;
    const connection = stack.pop();
    if (connection !== undefined) this.#count--;
    if (stack.length === 0) this.#idle.delete(origin);
    return connection;
  }

  /** Keeps `connection` for the next request to its origin, or closes it when there are enough. */
  put(connection: H1Client, now: number): void {
    const stack = this.#idle.get(connection.origin) ?? [];
    if (this.#count >= this.#limits.maxIdle || stack.length >= this.#limits.maxIdlePerOrigin) {
      connection.cancel();
      return;
    }
    connection.deadline = now + this.#limits.keepAlive;
    stack.push(connection);
    this.#idle.set(connection.origin, stack);
    this.#count++;
  }

  /** Forgets a connection that has closed. */
  remove(connection: H1Client): void {
    const stack = this.#idle.get(connection.origin);
    const index = stack?.lastIndexOf(connection) ?? -1;
    if (stack === undefined || index < 0) return;
    stack.splice(index, 1);
    this.#count--;
    if (stack.length === 0) this.#idle.delete(connection.origin);
  }

  /** Closes what has been idle for too long; the oldest are at the bottom of each stack. */
  sweep(now: number): void {
    for (const stack of this.#idle.values()) {
      for (const connection of stack.filter((each) => each.deadline <= now)) connection.cancel();
    }
  }

  close(): void {
    for (const stack of this.#idle.values()) for (const connection of [...stack]) connection.cancel();
  }
}
