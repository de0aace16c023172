/** Live decisions of one client, from all proxy threads to one reader, for some minutes; nothing is kept. */
import { v7 as uuidv7 } from 'uuid';
import type { Watch, WatchedLine } from '../proxy/protocol.ts';

export interface TracesParts {
  readonly watch: (watch: Watch) => void;
  readonly unwatch: (id: string) => void;
  readonly now?: () => number;
}

/** At once: each is somebody at a terminal. */
const mostTraces = 16;
/** Lines that wait for a reader that is slow. */
const mostWaiting = 5_000;

interface Trace {
  lines: WatchedLine[];
  wake: () => void;
}

export class Traces {
  readonly #parts: TracesParts;
  readonly #now: () => number;
  readonly #traces = new Map<string, Trace>();

  constructor(parts: TracesParts) {
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
  }

  get full(): boolean {
    return this.#traces.size >= mostTraces;
  }

  /** What the proxy threads have seen. */
  watched(id: string, lines: readonly WatchedLine[]): void {
    const trace = this.#traces.get(id);
    if (trace === undefined) return;
    trace.lines.push(...lines.slice(0, Math.max(0, mostWaiting - trace.lines.length)));
    trace.wake();
  }

  /** Lines as they come, in batches of JSON lines; ends after its time, or when `left` resolves. */
  async *follow(
    client: Pick<Watch, 'person' | 'ip'>,
    lasts: number,
    left: Promise<unknown>,
  ): AsyncGenerator<string, void, undefined> {
    const id = uuidv7();
    const until = this.#now() + lasts;
    const trace: Trace = { lines: [], wake: () => undefined };
    this.#traces.set(id, trace);
    let over = false;
    const end = (): void => {
      over = true;
      trace.wake();
    };
    const timer = setTimeout(end, lasts);
    void left.then(end);
    try {
      this.#parts.watch({ id, until, ...client });
      while (!over) {
        if (trace.lines.length === 0) await new Promise<void>((resolve) => (trace.wake = resolve));
        const lines = trace.lines.splice(0);
        if (lines.length > 0) yield lines.map((line) => `${JSON.stringify(line)}\n`).join('');
      }
    } finally {
      clearTimeout(timer);
      this.#traces.delete(id);
      this.#parts.unwatch(id);
    }
  }
}
