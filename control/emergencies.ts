/**
 * Two switches for when it burns: `floor-only` drops to the locked rules when a bad policy meets a school, and `close`
 * closes a host everywhere. Each is on disk and on the audit trail before it holds, and when the call returns it holds in
 * every proxy thread but those that {@link Emergencies.notYetIn} names. It ends by itself, also where nobody is there any
 * more to end it: the threads know its time.
 */
import { v7 as uuidv7 } from 'uuid';
import { emergencyAt, emergencyEnd, noEmergency } from '../policy/emergency.ts';
import type { Emergency } from '../policy/emergency.ts';
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
const longestTimer = 2 ** 31 - 1;

export class Emergencies {
  readonly #parts: EmergenciesParts;
  readonly #now: () => number;
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
    return this.#renew();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** What holds now; the same object while nothing has changed. */
  current(): Emergency {
    if (this.#now() >= this.#liveUntil) this.#look();
    return this.#live;
  }

  /** What has not ended, the oldest first. */
  list(): readonly EmergencyRow[] {
    const now = this.#now();
    return this.#rows.filter(({ until, approvedAt }) => approvedAt !== null || until > now);
  }

  /** Names of the proxy threads that do not hold it yet; they take it as soon as they answer again. */
  notYetIn(): readonly string[] {
    return this.#parts.behind();
  }

  /** @param lasts milliseconds, two hours at most @throws ControlError `bad-question` or `emergency` */
  async floorOnly(by: Actor, lasts: number, reason: string): Promise<void> {
    if (this.current().floorOnly !== null)
      throw new ControlError(
        'emergency',
        'only the locked rules hold already: end that first, or let it end',
      );
    if (!(lasts >= minute && lasts <= longestFloorOnly))
      throw new ControlError('bad-question', 'the locked rules alone may hold for 1 to 120 minutes');
    await this.#add(by, { kind: 'floor-only', host: null, lasts, reason });
  }

  /** @throws ControlError `bad-question` or `emergency` */
  async close(by: Actor, typed: string, reason: string): Promise<void> {
    const host = hostOf(typed, 'close');
    if (this.#parts.isExempt(host))
      throw new ControlError('emergency', `\`${host}\` is help in a crisis or a test, which nothing closes`);
    if (this.current().closed.some((each) => each.host === host))
      throw new ControlError('emergency', `\`${host}\` is closed already`);
    await this.#add(by, { kind: 'closed', host, lasts: this.#parts.closeNow, reason });
  }

  /** A closed host stays closed until somebody ends it. @throws ControlError `emergency` for one's own, and what is not there */
  async approve(by: Actor, id: string): Promise<void> {
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
    await this.#renew();
  }

  /** @throws ControlError `emergency` for what is not there */
  async end(by: Actor, id: string): Promise<void> {
    const row = this.#row(id);
    const at = this.#now();
    await this.#parts.table.end(id, at, actOf(by, at, 'emergency.end', row));
    await this.#renew();
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
    await this.#renew();
  }

  async #renew(): Promise<void> {
    this.#rows = await this.#parts.table.open(this.#now());
    this.#all = emergencyOf(this.#rows);
    this.#look();
    await this.#parts.deliver(this.#all);
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

  /** Says on the trail what has ended by itself. */
  async #ended(): Promise<void> {
    try {
      const now = this.#now();
      const over = this.#rows.filter(({ until, approvedAt }) => approvedAt === null && until <= now);
      for (const row of over)
        await this.#parts.table.end(
          row.id,
          now,
          actOf({ key: null, login: 'hallpass' }, now, 'emergency.end', row),
        );
      await this.#renew();
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
  return { floorOnly: floorOnly === undefined ? null : { id: floorOnly.id, until: floorOnly.until }, closed };
}

function actOf(
  { key, login }: Actor,
  at: number,
  action: string,
  { id, host, until, reason }: Pick<EmergencyRow, 'id' | 'host' | 'until' | 'reason'>,
): AuditEntry {
  const detail = { id, host, until: new Date(until).toISOString(), reason };
  return { at, actor: key, login, action, subject: null, detail };
}
