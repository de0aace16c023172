/** A coarse clock: deadlines are compared with it some ten times a second, so reading the real one per event is waste. */
export interface Clock {
  /** Epoch milliseconds as of the last tick. */
  readonly now: number;
}

export class TickingClock implements Clock {
  now = Date.now();
  readonly #timer: NodeJS.Timeout;

  /** @param onTick called on each tick, to close what is past its deadline */
  constructor(periodMs: number, onTick: (now: number) => void) {
    this.#timer = setInterval(() => {
      this.now = Date.now();
      onTick(this.now);
    }, periodMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
