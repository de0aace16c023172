/** How much the proxy threads did, minute by minute, the last hour: asked of them a few times a minute, kept in memory. */
import type { ProxyStatus } from '../proxy/protocol.ts';

export interface TrafficMinute {
  /** When it began; epoch milliseconds. */
  readonly at: number;
  readonly requests: number;
  readonly blocks: number;
}

const [minute, kept, pause] = [60_000, 60, 10_000];

interface Totals {
  readonly requests: number;
  readonly blocks: number;
}

export class Traffic {
  readonly #now: () => number;
  readonly #last = new Map<string, Totals>();
  #minutes: TrafficMinute[] = [];
  #hasLooked = false;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** @returns a function that ends it */
  watch(status: () => Promise<readonly ProxyStatus[]>, onError: (error: unknown) => void): () => void {
    const look = (): void => void status().then((threads) => this.see(threads), onError);
    look();
    const timer = setInterval(look, pause);
    timer.unref();
    return () => clearInterval(timer);
  }

  /** Totals of each thread since it started; one that was started anew begins again at nothing. */
  see(threads: readonly ProxyStatus[]): void {
    let [requests, blocks] = [0, 0];
    for (const thread of threads) {
      const before = this.#last.get(thread.name);
      const isSame = before !== undefined && before.requests <= thread.requests;
      // What was done before the first look belongs to no minute that is known.
      if (this.#hasLooked) {
        requests += thread.requests - (isSame ? before.requests : 0);
        blocks += thread.blocks - (isSame ? before.blocks : 0);
      }
      this.#last.set(thread.name, thread);
    }
    this.#hasLooked = true;
    this.#add(Math.floor(this.#now() / minute) * minute, requests, blocks);
  }

  #add(at: number, requests: number, blocks: number): void {
    const last = this.#minutes.at(-1);
    if (last?.at === at) {
      const sum = { at, requests: last.requests + requests, blocks: last.blocks + blocks };
      this.#minutes = [...this.#minutes.slice(0, -1), sum];
    } else {
      this.#minutes = [...this.#minutes, { at, requests, blocks }].slice(-kept);
    }
  }

  /** The oldest first. */
  minutes(): readonly TrafficMinute[] {
    const oldest = this.#now() - kept * minute;
    return this.#minutes.filter(({ at }) => at > oldest);
  }
}
