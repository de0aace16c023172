/**
 * Two switches for when it burns: `floor-only` drops to the locked rules when a bad policy meets a school, and `close`
 * closes a host everywhere. Each is on disk and on the audit trail before it holds, and when the call returns it holds in
 * every proxy thread but those that {@link Emergencies.notYetIn} names. It ends by itself, also where nobody is there any
 * more to end it: the threads know its time.
 */
import { v7 as uuidv7 } from 'uuid';
import { Turns } from '../directory/turns.ts';
import { emergencyAt, emergencyEnd, holdsAt, noEmergency } from '../policy/emergency.ts';
import type { Emergency, FloorOnly } from '../policy/emergency.ts';
import type { AuditEntry } from '../store/audit/chain.ts';
import type { EmergenciesTable, EmergencyPast, EmergencyRow } from '../store/repository/emergencies.ts';
import { ControlError } from './errors.ts';
import { hostOf } from './places.ts';

/** Who does it: a key is null for the command line. */
export interface Actor {
  readonly key: string | null;
  readonly login: string;
}

export interface EmergenciesParts {
  readonly table: EmergenciesTable;
  /** Hands it to every live proxy thread; settles when each has it, has ended or is late. */
  readonly deliver: (emergency: Emergency) => Promise<unknown>;
  /** Names of the live threads that have not taken what was delivered last. */
  readonly behind: () => readonly string[];
  /** Whether a host is one of those that nothing may close. */
  readonly isExempt: (host: string) => boolean;
  /** Milliseconds after which a closed host opens again unless somebody else approves it. */
  readonly closeNow: number;
  readonly now?: () => number;
  readonly onError: (error: unknown) => void;
}

const minute = 60_000;
export const longestFloorOnly = 120 * minute;
/** How often it looks at the clock, which somebody may set. */
const longestTimer = minute;

export class Emergencies {
  readonly #parts: EmergenciesParts;
  readonly #now: () => number;
  /** One change at a time: what it looked at holds until it is written. */
  readonly #turns = new Turns();
  #rows: readonly EmergencyRow[] = [];
  #all: Emergency = noEmergency;
  #live: Emergency = noEmergency;
  /** When {@link Emergencies.current} has to look again. */
  #liveUntil = Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: EmergenciesParts) {
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
  }

  /** Takes up what was put there before the start. */
  start(): Promise<void> {
    return this.#change(async () => undefined);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** What holds now; the same object while nothing has changed. */
  current(): Emergency {
    const now = this.#now();
    const { floorOnly } = this.#live;
    if (now >= this.#liveUntil || (floorOnly !== null && !holdsAt(floorOnly, now))) this.#look();
    return this.#live;
  }

  /** What has not ended, the oldest first. */
  list(): readonly EmergencyRow[] {
    const now = this.#now();
    return this.#rows.filter((row) => !isOver(row, now));
  }

  /** Names of the proxy threads that do not hold it yet; they take it as soon as they answer again. */
  notYetIn(): readonly string[] {
    return this.#parts.behind();
  }

  /** @param lasts milliseconds, two hours at most @throws ControlError `bad-question` or `emergency` */
  floorOnly(by: Actor, lasts: number, reason: string): Promise<void> {
    return this.#change(async () => {
      if (this.current().floorOnly !== null)
        throw new ControlError(
          'emergency',
          'only the locked rules hold already: end that first, or let it end',
        );
      if (!(lasts >= minute && lasts <= longestFloorOnly))
        throw new ControlError('bad-question', 'the locked rules alone may hold for 1 to 120 minutes');
      await this.#add(by, { kind: 'floor-only', host: null, lasts, reason });
    });
  }

  /** @throws ControlError `bad-question` or `emergency` */
  async close(by: Actor, typed: string, reason: string): Promise<void> {
    const host = hostOf(typed, 'close');
    if (this.#parts.isExempt(host))
      throw new ControlError('emergency', `\`${host}\` is help in a crisis or a test, which nothing closes`);
    await this.#change(async () => {
      if (this.current().closed.some((each) => each.host === host))
        throw new ControlError('emergency', `\`${host}\` is closed already`);
      await this.#add(by, { kind: 'closed', host, lasts: this.#parts.closeNow, reason });
    });
  }

  /** A closed host stays closed until somebody ends it. @throws ControlError `emergency` for one's own, and what is not there */
  approve(by: Actor, id: string): Promise<void> {
    return this.#change(async () => {
      const row = this.#row(id);
      if (row.kind !== 'closed')
        throw new ControlError(
          'emergency',
          'the locked rules alone hold for two hours at most, whoever approves',
        );
      if (row.actor === by.key)
        throw new ControlError('emergency', 'somebody else has to approve what you have closed');
      if (row.approvedAt !== null) throw new ControlError('emergency', 'it is approved already');
      const at = this.#now();
      await this.#parts.table.approve(id, at, by.login, actOf(by, at, 'emergency.approve', row));
    });
  }

  /** @throws ControlError `emergency` for what is not there */
  end(by: Actor, id: string): Promise<void> {
    return this.#change(async () => {
      const row = this.#row(id);
      const at = this.#now();
      await this.#parts.table.end(id, at, actOf(by, at, 'emergency.end', row));
    });
  }

  #row(id: string): EmergencyRow {
    const row = this.list().find((each) => each.id === id);
    if (row === undefined) throw new ControlError('emergency', 'it is not there, or has ended');
    return row;
  }

  async #add(
    by: Actor,
    {
      kind,
      host,
      lasts,
      reason,
    }: Pick<EmergencyRow, 'kind' | 'host' | 'reason'> & { readonly lasts: number },
  ): Promise<void> {
    const at = this.#now();
    const row = { id: uuidv7(), kind, host, at, until: at + lasts, actor: by.key, login: by.login, reason };
    const act = actOf(by, at, kind === 'closed' ? 'emergency.close' : 'emergency.floor-only', row);
    await this.#parts.table.add(row, act);
  }

  /** The next one does not wait until a late thread has this one, only until it was told. */
  async #change(work: () => Promise<void>): Promise<void> {
    const { told } = await this.#turns.take('change', async () => {
      await this.#endOver();
      await work();
      this.#rows = await this.#parts.table.open();
      await this.#endOver();
      this.#all = emergencyOf(this.list());
      this.#look();
      return { told: this.#parts.deliver(this.#all) };
    });
    await told;
  }

  /** Says on the trail what has ended by itself, perhaps while nobody was there to say it. */
  async #endOver(): Promise<void> {
    const now = this.#now();
    const by = { key: null, login: 'hallpass' };
    for (const row of this.#rows.filter((each) => isOver(each, now))) {
      try {
        await this.#parts.table.end(row.id, now, actOf(by, now, 'emergency.end', row));
        this.#rows = this.#rows.filter((each) => each !== row);
      } catch (error) {
        // Nothing holds longer for it: it is tried again with the next change.
        this.#parts.onError(error);
      }
    }
  }

  #look(): void {
    const now = this.#now();
    this.#live = emergencyAt(this.#all, now);
    this.#liveUntil = emergencyEnd(this.#all, now);
    clearTimeout(this.#timer);
    if (this.#liveUntil === Infinity) return;
    this.#timer = setTimeout(() => void this.#ended(), Math.min(this.#liveUntil - now + 1, longestTimer));
    this.#timer.unref();
  }

  async #ended(): Promise<void> {
    try {
      if (this.list().length < this.#rows.length) await this.#change(async () => undefined);
      else this.#look();
    } catch (error) {
      this.#parts.onError(error);
      this.#look();
    }
  }
}

/** What was put over the policy at a time, or will be unless somebody ends it before. @param all as {@link EmergenciesTable.all} has them */
export const emergencyWhen = (all: readonly EmergencyPast[], at: number): Emergency =>
  emergencyAt(emergencyOf(all.filter((row) => row.at <= at && (row.endedAt ?? Infinity) > at)), at);

function emergencyOf(rows: readonly EmergencyRow[]): Emergency {
  const [floorOnly] = rows.filter(({ kind }) => kind === 'floor-only');
  const closed = rows.flatMap(({ id, host, until, approvedAt }) =>
    host === null ? [] : [{ id, host, until: approvedAt === null ? until : null }],
  );
  if (floorOnly === undefined && closed.length === 0) return noEmergency;
  return { floorOnly: floorOnly === undefined ? null : windowOf(floorOnly), closed };
}

const windowOf = ({ id, at, until }: EmergencyRow): FloorOnly => ({ id, began: at, until });

/** Whether it has ended by itself. Locked rules alone that have not yet begun by a clock that was set back never begin again. */
const isOver = (row: EmergencyRow, now: number): boolean =>
  row.kind === 'floor-only' ? !holdsAt(windowOf(row), now) : row.approvedAt === null && row.until <= now;

function actOf(
  { key, login }: Actor,
  at: number,
  action: string,
  { id, host, until, reason }: Pick<EmergencyRow, 'id' | 'host' | 'until' | 'reason'>,
): AuditEntry {
  const detail = { id, host, until: new Date(until).toISOString(), reason };
  return { at, actor: key, login, action, subject: null, detail };
}
