/**
 * Lines of the log that any client can cause, as often as it likes: so many of a kind in a second, and the rest as a
 * count, so that a flood of requests is no flood of lines and still shows how large it was.
 */

const secondMs = 1_000;

/** The part of a structured logger that is needed here; pino has it. */
interface CountLog {
  info(fields: object, message: string): void;
}

interface Second {
  until: number;
  written: number;
  leftOut: number;
}

export class LineLimit {
  readonly #log: CountLog;
  readonly #perSecond: number;
  readonly #now: () => number;
  readonly #kinds = new Map<string, Second>();

  /**
   * @param perSecond lines of one kind
   * @param now milliseconds of a clock that never goes back
   */
  constructor(log: CountLog, perSecond = 1, now: () => number = () => performance.now()) {
    this.#log = log;
    this.#perSecond = perSecond;
    this.#now = now;
  }

  /**
   * Whether a line of this kind may be written now. One that may not is counted, and the count is a line of its own at
   * the end of the second.
   *
   * @param kind one of a few constants, never a value that a client makes up: kinds are not forgotten
   */
  admits(kind: string): boolean {
    const now = this.#now();
    const second = this.#secondOf(kind, now);
    if (second.written < this.#perSecond) {
      second.written += 1;
      return true;
    }
    second.leftOut += 1;
    if (second.leftOut === 1) setTimeout(() => this.#tell(kind, second), second.until - now).unref();
    return false;
  }

  #secondOf(kind: string, now: number): Second {
    const known = this.#kinds.get(kind);
    // While a count is waiting to be told, its second goes on: the timer may be late.
    if (known !== undefined && (known.until > now || known.leftOut > 0)) return known;
    const next = { until: now + secondMs, written: 0, leftOut: 0 };
    this.#kinds.set(kind, next);
    return next;
  }

  /** The count is the first line of the next second. */
  #tell(kind: string, { leftOut }: Second): void {
    this.#kinds.set(kind, { until: this.#now() + secondMs, written: 1, leftOut: 0 });
    this.#log.info({ kind, leftOut }, 'lines of the log were left out');
  }
}
