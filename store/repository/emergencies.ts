/**
 * What somebody in charge has put over the policy for a while. A row is never changed but by its approval and its end, each
 * once; every step is on the audit trail in the same transaction.
 */
import type { Kysely, Transaction } from 'kysely';
import type { AuditEntry } from '../audit/chain.ts';
import type { AuditTables, AuditTrail } from '../audit/trail.ts';

export const emergenciesStep = `
  CREATE TABLE emergencies (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('floor-only', 'closed')),
    host TEXT CHECK ((host IS NULL) = (kind = 'floor-only')),
    at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    actor TEXT,
    login TEXT NOT NULL,
    reason TEXT NOT NULL,
    approved_at INTEGER,
    approver TEXT,
    ended_at INTEGER
  ) STRICT;
  CREATE INDEX emergencies_open ON emergencies (at) WHERE ended_at IS NULL;
`;

/** Only one of each is open. Where there were several, the one that holds longest stays: what holds is as it was. */
export const emergenciesOnceStep = `
  UPDATE emergencies SET ended_at = min(until, unixepoch() * 1000)
  WHERE ended_at IS NULL AND id NOT IN (
    SELECT first_value(id) OVER (PARTITION BY host ORDER BY approved_at IS NULL, until DESC, id)
    FROM emergencies WHERE ended_at IS NULL
  );
  CREATE UNIQUE INDEX emergencies_once ON emergencies (ifnull(host, '')) WHERE ended_at IS NULL;
`;

export interface EmergenciesTables {
  emergencies: {
    id: string;
    kind: 'floor-only' | 'closed';
    host: string | null;
    at: number;
    until: number;
    actor: string | null;
    login: string;
    reason: string;
    approved_at: number | null;
    approver: string | null;
    ended_at: number | null;
  };
}

/** Times are epoch milliseconds. */
export interface EmergencyRow {
  readonly id: string;
  readonly kind: 'floor-only' | 'closed';
  /** Null of floor-only. */
  readonly host: string | null;
  readonly at: number;
  /** When it ends by itself unless it is approved. */
  readonly until: number;
  /** Key of who did it; null for the command line. */
  readonly actor: string | null;
  readonly login: string;
  readonly reason: string;
  readonly approvedAt: number | null;
  /** Login of who approved it. */
  readonly approver: string | null;
}

/** Also of one that is over. */
export interface EmergencyPast extends EmergencyRow {
  /** When somebody ended it, or it was seen to have ended by itself. */
  readonly endedAt: number | null;
}

export class EmergenciesTable {
  readonly #tables: Kysely<EmergenciesTables>;
  readonly #trail: AuditTrail;

  constructor(tables: Kysely<EmergenciesTables>, trail: AuditTrail) {
    this.#tables = tables;
    this.#trail = trail;
  }

  /** Those of which no end is written, the oldest first; also where their time is over. */
  async open(): Promise<readonly EmergencyRow[]> {
    const rows = await this.#tables
      .selectFrom('emergencies')
      .selectAll()
      .where('ended_at', 'is', null)
      .orderBy('at')
      .execute();
    return rows.map(({ approved_at: approvedAt, ended_at: _ended, ...row }) => ({ ...row, approvedAt }));
  }

  /** All there ever were, the oldest first. */
  async all(): Promise<readonly EmergencyPast[]> {
    const rows = await this.#tables.selectFrom('emergencies').selectAll().orderBy('at').execute();
    return rows.map(({ approved_at: approvedAt, ended_at: endedAt, ...row }) => ({
      ...row,
      approvedAt,
      endedAt,
    }));
  }

  async add(row: Omit<EmergencyRow, 'approvedAt' | 'approver'>, act: AuditEntry): Promise<void> {
    await this.#with(act, async (tables) => {
      const values = { ...row, approved_at: null, approver: null, ended_at: null };
      await tables.insertInto('emergencies').values(values).execute();
    });
  }

  /** @throws where it is not open, or is approved: nothing is written then */
  async approve(id: string, at: number, approver: string, act: AuditEntry): Promise<void> {
    await this.#with(act, async (tables) => {
      const open = tables
        .updateTable('emergencies')
        .where('id', '=', id)
        .where('ended_at', 'is', null)
        .where('approved_at', 'is', null);
      const { numUpdatedRows } = await open.set({ approved_at: at, approver }).executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) throw new Error(`no emergency \`${id}\` waits for approval`);
    });
  }

  /** @throws where it is not open: nothing is written then */
  async end(id: string, at: number, act: AuditEntry): Promise<void> {
    await this.#with(act, async (tables) => {
      const open = tables.updateTable('emergencies').where('id', '=', id).where('ended_at', 'is', null);
      const { numUpdatedRows } = await open.set({ ended_at: at }).executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) throw new Error(`no emergency \`${id}\` is open`);
    });
  }

  async #with(
    act: AuditEntry,
    work: (tables: Transaction<EmergenciesTables>) => Promise<void>,
  ): Promise<void> {
    // One database: what the trail sees is a part of it.
    await this.#trail.appendWith(act, (audited: Transaction<AuditTables>) =>
      work(audited as unknown as Transaction<EmergenciesTables>),
    );
  }
}
