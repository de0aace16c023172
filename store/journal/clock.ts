/** Milliseconds that the wall clock may gain or lose against running time before it is no longer believed. */
const tolerance = 86_400_000;

/** Milliseconds of running time for which a clock that jumped must then stay steady. */
const probation = 6 * 3_600_000;

/**
 * Whether the wall clock may be trusted to say what is past retention. A clock that is set days ahead by mistake would
 * purge days too early, and nothing brings records back; so after a jump of more than a day, either way, nothing is
 * purged until the clock has run steadily for six hours. A start after more than a day of standstill looks the same
 * and waits as well: six hours of keeping too long harm nobody.
 */
export class TrustedClock {
  #wall: number;
  #running: number;
  #trustedFrom: number;

  /**
   * @param lastSeen wall clock noted before the last stop, or null when there was none
   * @param running milliseconds of a clock that cannot be set (`performance.now()`)
   */
  constructor(lastSeen: number | null, wall: number, running: number) {
    this.#wall = lastSeen ?? wall;
    this.#running = running;
    this.#trustedFrom = running;
  }

  /** Call it at least every few minutes. @returns whether to purge by this wall clock now */
  trusts(wall: number, running: number): boolean {
    const gained = wall - this.#wall - (running - this.#running);
    if (Math.abs(gained) > tolerance) this.#trustedFrom = running + probation;
    this.#wall = wall;
    this.#running = running;
    return running >= this.#trustedFrom;
  }
}
