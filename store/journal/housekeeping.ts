import type { GroupCommit } from './group-commit.ts';
import type { Journal } from './journal.ts';
import { Purge } from './purge.ts';
import { TrustedClock } from './clock.ts';

export interface HousekeepingOptions {
  /** Milliseconds for which records are kept. */
  readonly retention: number;
  /** Milliseconds of one slice of work. */
  readonly slice: number;
  readonly now: () => number;
  /** Milliseconds of a clock that cannot be set. */
  readonly running: () => number;
  readonly onPurged: (deleted: number) => void;
}

/** Milliseconds between two looks at whether something is past retention. */
const interval = 60_000;

/** Steps of one slice: between two the thread takes in what was sent to it meanwhile, and a record goes first. */
const stepsOfSlice = 2;

/** Milliseconds between two slices: a large backlog takes longer, and what is recorded meanwhile does not wait. */
const pause = 20;

/** What the record thread does besides recording: only while nobody waits for it, and a few milliseconds at a time. */
export class Housekeeping {
  readonly #commit: GroupCommit;
  readonly #options: HousekeepingOptions;
  #clock: TrustedClock | null = null;
  #journal: Journal | null = null;
  #purge: Purge | null = null;
  #deleted = 0;
  #noteAgain = 0;
  #timer: NodeJS.Timeout | undefined;
  #next: NodeJS.Immediate | undefined;

  constructor(commit: GroupCommit, options: HousekeepingOptions) {
    this.#commit = commit;
    this.#options = options;
  }

  start(): void {
    this.#again(0);
  }

  /** Notes the clock a last time, so that the next start knows how long it stood still. */
  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#next);
    const journal = this.#commit.idleJournal();
    this.#noteAgain = 0;
    try {
      if (journal !== null) this.#believes(this.#options.now(), journal);
    } catch (error) {
      this.#commit.fail(error);
    }
  }

  #again(after: number): void {
    this.#timer = setTimeout(() => this.#step(), after).unref();
  }

  #step(): void {
    const journal = this.#commit.idleJournal();
    if (journal === null) return this.#again(pause);
    this.#attempt(() => {
      const { now, retention, running, slice } = this.#options;
      const purge = this.#purgeOf(journal);
      const wall = now();
      if (!this.#believes(wall, journal) || !purge.due(wall - retention, wall)) {
        return this.#again(this.#finish(journal) ? pause : interval);
      }
      this.#slice(purge, wall, running() + slice);
    });
  }

  /** One step, and in the next turns of the event loop more of them, until time is up or a record waits. */
  #slice(purge: Purge, wall: number, deadline: number): void {
    const { retention, running, slice } = this.#options;
    const target = slice / stepsOfSlice;
    const deleted = purge.step(wall - retention, wall, target);
    this.#deleted += deleted;
    if (deleted === 0 || running() + target > deadline) return this.#again(pause);
    this.#next = setImmediate(() => {
      if (this.#commit.idleJournal() !== this.#journal) this.#again(pause);
      else this.#attempt(() => this.#slice(purge, wall, deadline));
    });
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#commit.fail(error);
      this.#again(interval);
    }
  }

  /** Only a clock that is believed is noted: a restart must not be the way by which a wrong one comes to be. */
  #believes(wall: number, journal: Journal): boolean {
    const running = this.#options.running();
    this.#clock ??= new TrustedClock(journal.lastSeen, wall, running);
    const believed = this.#clock.trusts(wall, running);
    if (believed && running >= this.#noteAgain) {
      journal.noteClock(wall);
      this.#noteAgain = running + interval;
    }
    return believed;
  }

  /** After a purge the WAL still holds what was deleted: empty it. */
  #finish(journal: Journal): boolean {
    if (this.#deleted === 0) return false;
    if (!journal.truncateLog()) return true;
    this.#options.onPurged(this.#deleted);
    this.#deleted = 0;
    return false;
  }

  /** After an I/O error the journal is another, and so are its statements. */
  #purgeOf(journal: Journal): Purge {
    if (this.#journal !== journal || this.#purge === null) {
      this.#journal = journal;
      this.#purge = new Purge(journal.database, this.#options.running);
    }
    return this.#purge;
  }
}
