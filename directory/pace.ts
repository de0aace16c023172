/**
 * How fast one address may try passwords on the directory. An address has so many places; a password that is being
 * verified takes one and gives it back at once, so that a class, or a school behind one address, signs in as fast as the
 * directory answers. Once an address is crowded (too many accounts have failed there), the place of a failure is closed,
 * and closed places open again one after another: that rate is all that a sprayer gets.
 *
 * Nobody is told that a password was wrong which was not tried: whoever finds no place in time is told to come back.
 */
import { DirectoryError } from './errors.ts';

export interface PaceSettings {
  /** Passwords of one address that are verified at the same time. */
  readonly places: number;
  /** Milliseconds from one closed place to the next that opens again. */
  readonly reopen: number;
  /** Milliseconds that a sign-in at a crowded address waits for a place. */
  readonly patience: number;
}

/**
 * Of an account that somebody may be guessing at, from however many addresses: after each wrong password nothing is tried for
 * half a minute, and thirty in a quarter of an hour.
 */
export const soughtPace: PaceSettings = { places: 1, reopen: 30_000, patience: 40_000 };

/** A class has a place each; a crowded address may fail once a second: a thousand times in a quarter of an hour. */
export const schoolPace: PaceSettings = { places: 30, reopen: 1_000, patience: 30_000 };

interface Waiter {
  resolve(admitted: boolean): void;
  reject(error: DirectoryError): void;
  timer: NodeJS.Timeout;
}

interface Places {
  free: number;
  /** Taken out of use by failures. */
  closed: number;
  readonly waiting: Waiter[];
}

export class Pace {
  readonly #settings: PaceSettings;
  readonly #crowded: (ip: string) => boolean;
  /** Only of addresses where a place is taken. */
  readonly #addresses = new Map<string, Places>();

  /** @param crowded whether too many accounts have failed at an address */
  constructor(settings: PaceSettings, crowded: (ip: string) => boolean) {
    this.#settings = settings;
    this.#crowded = crowded;
  }

  /** Addresses where a place is taken. */
  get size(): number {
    return this.#addresses.size;
  }

  /** Milliseconds after which whoever found no place may come back: by then all places have opened again. */
  get respite(): number {
    return this.#settings.places * this.#settings.reopen;
  }

  /**
   * Runs `work` in a place of `ip`. At a crowded address nobody waits who may not: their turn is when there is room.
   *
   * @param failed whether an answer of `work` was a failure
   * @returns null when there was no place
   */
  async run<T>(
    ip: string,
    mayWait: boolean,
    work: () => Promise<T>,
    failed: (answer: T) => boolean,
  ): Promise<T | null> {
    const places = this.#placesOf(ip);
    if (!(await this.#enter(ip, places, mayWait))) return null;
    let closes = false;
    try {
      const answer = await work();
      closes = failed(answer) && this.#crowded(ip);
      return answer;
    } finally {
      if (closes) this.#close(ip, places);
      else this.#leave(ip, places);
    }
  }

  /** Whoever still waits is told that the directory is closed. */
  close(): void {
    for (const { waiting } of this.#addresses.values()) {
      for (const waiter of waiting.splice(0)) {
        clearTimeout(waiter.timer);
        waiter.reject(new DirectoryError('directory/closed', 'the directory was closed'));
      }
    }
  }

  #placesOf(ip: string): Places {
    let places = this.#addresses.get(ip);
    if (places === undefined) {
      places = { free: this.#settings.places, closed: 0, waiting: [] };
      this.#addresses.set(ip, places);
    }
    return places;
  }

  async #enter(ip: string, places: Places, mayWait: boolean): Promise<boolean> {
    if (places.free > 0) {
      places.free -= 1;
      return true;
    }
    if (!mayWait && this.#crowded(ip)) return false;
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { resolve, reject, timer: setTimeout(() => giveUp(), this.#settings.patience) };
      const giveUp = (): void => {
        // A directory that is slow refuses nobody.
        if (!this.#crowded(ip)) return void waiter.timer.refresh();
        places.waiting.splice(places.waiting.indexOf(waiter), 1);
        resolve(false);
      };
      waiter.timer.unref();
      places.waiting.push(waiter);
    });
  }

  #close(ip: string, places: Places): void {
    places.closed += 1;
    if (places.closed > 1) return;
    const timer = setInterval(() => {
      places.closed -= 1;
      if (places.closed === 0) clearInterval(timer);
      this.#leave(ip, places);
    }, this.#settings.reopen);
    timer.unref();
  }

  /** The place is handed over, not freed. At a crowded address to who came last: a flood must not stand before a class. */
  #leave(ip: string, places: Places): void {
    const next = this.#crowded(ip) ? places.waiting.pop() : places.waiting.shift();
    if (next === undefined) {
      places.free += 1;
      if (places.free === this.#settings.places) this.#addresses.delete(ip);
      return;
    }
    clearTimeout(next.timer);
    next.resolve(true);
  }
}
