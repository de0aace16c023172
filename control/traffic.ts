/** How much the proxy threads did, minute by minute, the last hour: asked of them a few times a minute, kept in memory. */
import type { ProxyStatus } from '../proxy/protocol.ts';

export interface TrafficMinute {
  /** When it began; epoch milliseconds. */
  readonly at: number;
  readonly requests: number;
  readonly blocks: number;
  /** Requests by school, from networks that the policy gives to schools. */
  readonly schools: Readonly<Record<string, number>>;
}

const [minute, kept, pause] = [60_000, 60, 10_000];

type Totals = Pick<ProxyStatus, 'requests' | 'blocks' | 'schools'>;

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
    const schools: Record<string, number> = {};
    for (const thread of threads) {
      const before = this.#last.get(thread.name);
      this.#last.set(thread.name, thread);
      // What was done before the first look belongs to no minute that is known.
      if (!this.#hasLooked) continue;
      const since = before !== undefined && before.requests <= thread.requests ? before : nothing;
      requests += thread.requests - since.requests;
      blocks += thread.blocks - since.blocks;
      for (const [school, count] of Object.entries(thread.schools))
        schools[school] = (schools[school] ?? 0) + count - (since.schools[school] ?? 0);
    }
    this.#hasLooked = true;
    this.#add({ at: Math.floor(this.#now() / minute) * minute, requests, blocks, schools });
  }

  #add(now: TrafficMinute): void {
    const last = this.#minutes.at(-1);
    const before = last?.at === now.at ? this.#minutes.slice(0, -1) : this.#minutes;
    const sum = last?.at === now.at ? sumOf(last, now) : now;
    this.#minutes = [...before, sum].slice(-kept);
  }

  /** The oldest first. */
  minutes(): readonly TrafficMinute[] {
    const oldest = this.#now() - kept * minute;
    return this.#minutes.filter(({ at }) => at > oldest);
  }
}

const nothing: Totals = { requests: 0, blocks: 0, schools: {} };

function sumOf(a: TrafficMinute, b: TrafficMinute): TrafficMinute {
  const schools = { ...a.schools };
  for (const [school, count] of Object.entries(b.schools)) schools[school] = (schools[school] ?? 0) + count;
  return { at: a.at, requests: a.requests + b.requests, blocks: a.blocks + b.blocks, schools };
}
