import type { Acknowledgement, BlockRecord } from '../record.ts';
import { faultOf } from '../sqlite.ts';
import { FaultError } from '../errors.ts';
import type { Fault } from '../errors.ts';
import type { Journal } from './journal.ts';
import { Spool } from './spool.ts';

/** Whether blocks are being recorded. */
export interface StoreHealth {
  readonly ok: boolean;
  /** Epoch milliseconds since when it has been so. */
  readonly since: number;
  /** Null while all is well. */
  readonly reason: Fault | null;
  /** Records in memory that wait for the disk. */
  readonly spooled: number;
  /** Records lost since the start: the spool was full, or the record itself could not be stored. */
  readonly dropped: number;
  /** Epoch milliseconds when the file was last found to be taken away, replaced or cut; null if not since the start. */
  readonly replacedAt: number | null;
}

export interface GroupCommitOptions {
  /** Opens the journal; called again after an I/O error, when nothing about the old connection may be assumed. */
  readonly open: () => Journal;
  /** Reads the whole file, away from this thread; the damage found, or null. Asked before writing after an I/O error. */
  readonly verify: () => Promise<string | null>;
  /** Records held in memory at most. */
  readonly spool: number;
  readonly now: () => number;
  readonly onHealth: (health: StoreHealth, detail: string | null) => void;
}

interface Waiting {
  readonly record: BlockRecord;
  readonly acknowledge: (acknowledgement: Acknowledgement) => void;
}

/** Records of one transaction at most: a burst is acknowledged in several steps rather than late as a whole. */
const batchLimit = 500;

/** What a batch takes on disk at most, in bytes: what a full disk must have room for before it is believed again. */
const batchBytes = 1_048_576;

/** Milliseconds before the disk is tried again. A damaged file takes a full read to check, and a person to mend. */
const retryPause = { first: 250, longest: 2_000, damaged: 60_000 };

const unavailable: Acknowledgement = Object.freeze({ kind: 'unavailable' });

/**
 * Commits what has queued up as soon as the disk is free: while one transaction waits for fsync, messages gather, and
 * the next turn of the event loop takes them all. Nobody is told `recorded` before COMMIT has returned.
 *
 * When a commit fails, those who wait are told `unavailable`, their records go to a bounded spool, and until a retry
 * succeeds everyone else is told the same at once. Nothing here ever throws at a caller.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #spool: Spool;
  #waiting: Waiting[] = [];
  #journal: Journal | null = null;
  #scheduled = false;
  #closed = false;
  #suspect = false;
  #reason: Fault | null = null;
  #since: number;
  #rejected = 0;
  #replacedAt: number | null = null;
  #pause = retryPause.first;
  #retryTimer: NodeJS.Timeout | undefined;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
    this.#spool = new Spool(options.spool);
    this.#since = options.now();
    try {
      this.#journal = options.open();
    } catch (error) {
      if (faultOf(error) === 'other') throw error;
      this.fail(error);
    }
  }

  append(record: BlockRecord): Promise<Acknowledgement> {
    if (this.#closed || this.#reason !== null) {
      if (this.#closed) this.#rejected += 1;
      else this.#spool.add([record]);
      return Promise.resolve(unavailable);
    }
    return new Promise((acknowledge) => {
      this.#waiting.push({ record, acknowledge });
      this.#schedule();
    });
  }

  /** The journal while it takes writes and nobody waits for it: the moment for housekeeping. */
  idleJournal(): Journal | null {
    return this.#reason === null && this.#waiting.length === 0 && this.#spool.size === 0
      ? this.#journal
      : null;
  }

  health(): StoreHealth {
    return {
      ok: this.#reason === null,
      since: this.#since,
      reason: this.#reason,
      spooled: this.#spool.size,
      dropped: this.#spool.dropped + this.#rejected,
      replacedAt: this.#replacedAt,
    };
  }

  /** Commits what waits and closes; what the disk does not take even now is counted as dropped. */
  close(): StoreHealth {
    if (this.#closed) return this.health();
    this.#closed = true;
    clearTimeout(this.#retryTimer);
    while (this.#reason === null && (this.#waiting.length > 0 || this.#spool.size > 0)) this.#turn();
    if (this.#reason !== null) this.#lastAttempt();
    this.#spool.dropAll();
    this.#discard();
    return this.health();
  }

  /** Looks whether the journal is still the file at its path, and turns health red when it is not. */
  checkPlace(): void {
    try {
      const change = this.#journal?.displaced() ?? null;
      if (change !== null) throw new FaultError('replaced', change);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Turns health red; housekeeping, too, reports here what it meets. */
  fail(error: unknown): void {
    const fault = faultOf(error);
    // Neither a full disk nor a lock says anything against the connection or the file.
    if (fault !== 'full' && fault !== 'locked') {
      this.#suspect ||= this.#journal !== null;
      this.#discard();
    }
    if (fault === 'replaced') this.#replacedAt = this.#options.now();
    const { acknowledged, records } = this.#takeWaiting();
    this.#spool.add(records);
    for (const acknowledge of acknowledged) acknowledge(unavailable);
    if (this.#reason !== fault) this.#turnTo(fault, error instanceof Error ? error.message : String(error));
    this.#retryLater();
  }

  #schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    // After the messages of this turn, so that they share one fsync.
    setImmediate(() => {
      this.#scheduled = false;
      this.#turn();
      if (this.#reason === null && (this.#waiting.length > 0 || this.#spool.size > 0)) this.#schedule();
    });
  }

  #turn(): void {
    try {
      if (this.#journal !== null) this.#commitBatch(this.#journal);
    } catch (error) {
      this.fail(error);
    }
  }

  /** One transaction: first what has waited longest. @throws what the store, and not a record, has failed with */
  #commitBatch(journal: Journal): void {
    const spooled = this.#spool.first(batchLimit);
    const batch = this.#waiting.slice(0, batchLimit - spooled.length);
    let ids: string[];
    try {
      ids = journal.append([...spooled, ...batch.map(({ record }) => record)]);
    } catch (error) {
      if (faultOf(error) !== 'other') throw error;
      this.#commitEach(journal, spooled, batch);
      return;
    }
    this.#spool.remove(spooled.length);
    this.#waiting = this.#waiting.slice(batch.length);
    batch.forEach(({ acknowledge }, n) =>
      acknowledge({ kind: 'recorded', id: String(ids[spooled.length + n]) }),
    );
  }

  /** One record of the batch cannot be stored at all; it must not take the others with it, nor be tried for ever. */
  #commitEach(journal: Journal, spooled: readonly BlockRecord[], batch: readonly Waiting[]): void {
    for (const record of spooled) {
      this.#commitOne(journal, record, () => undefined);
      this.#spool.remove(1);
    }
    for (const { record, acknowledge } of batch) {
      this.#commitOne(journal, record, acknowledge);
      this.#waiting = this.#waiting.slice(1);
    }
  }

  #commitOne(journal: Journal, record: BlockRecord, acknowledge: Waiting['acknowledge']): void {
    try {
      const [id] = journal.append([record]);
      acknowledge({ kind: 'recorded', id: String(id) });
    } catch (error) {
      if (faultOf(error) !== 'other') throw error;
      this.#rejected += 1;
      acknowledge(unavailable);
      this.#options.onHealth(this.health(), `a record was refused: ${(error as Error).message}`);
    }
  }

  #retryLater(): void {
    if (this.#closed) return;
    clearTimeout(this.#retryTimer);
    const pause = this.#reason === 'damaged' ? retryPause.damaged : this.#pause;
    this.#retryTimer = setTimeout(() => void this.#retry(), pause).unref();
    this.#pause = Math.min(this.#pause * 2, retryPause.longest);
  }

  /** Health turns green only when a batch of what waits is on disk. */
  async #retry(): Promise<void> {
    try {
      if (this.#suspect) await this.#checkFile();
      if (this.#closed) return;
      this.#journal ??= this.#options.open();
      // A small write still fits on a full disk when the next batch does not.
      if (this.#spool.size > 0) this.#commitBatch(this.#journal);
      this.#journal.probe(this.#reason === 'full' ? batchBytes : 0);
    } catch (error) {
      this.fail(error);
      return;
    }
    this.#pause = retryPause.first;
    this.#turnTo(null, null);
    if (this.#spool.size > 0) this.#schedule();
  }

  async #checkFile(): Promise<void> {
    const damage = await this.#options.verify();
    if (damage !== null) throw new FaultError('damaged', damage);
    this.#suspect = false;
  }

  #lastAttempt(): void {
    try {
      this.#journal ??= this.#suspect ? null : this.#options.open();
      while (this.#journal !== null && this.#spool.size > 0) this.#commitBatch(this.#journal);
    } catch {
      // What is left is counted as dropped; the reason is in the log since health turned red.
    }
  }

  #takeWaiting(): { acknowledged: Waiting['acknowledge'][]; records: BlockRecord[] } {
    const waiting = this.#waiting;
    this.#waiting = [];
    return { acknowledged: waiting.map((one) => one.acknowledge), records: waiting.map((one) => one.record) };
  }

  #turnTo(reason: Fault | null, detail: string | null): void {
    this.#reason = reason;
    this.#since = this.#options.now();
    this.#options.onHealth(this.health(), detail);
  }

  #discard(): void {
    try {
      this.#journal?.close();
    } catch {
      // It is given up in any case.
    }
    this.#journal = null;
  }
}
