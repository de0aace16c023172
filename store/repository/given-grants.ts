/**
 * Overrides and research grants: what somebody in charge opened for somebody else, for a while. A row is never changed but by
 * its end, once, which the database itself sees to; its making and an early end are on the audit trail in the same transaction.
 * One is dropped when no record that rests on it can still be there.
 */
import type { Kysely, Selectable, Transaction } from 'kysely';
import type { SharedGrant } from '../../policy/decision.ts';
import type { AuditEntry } from '../audit/chain.ts';
import type { AuditTables, AuditTrail } from '../audit/trail.ts';

const settled =
  'id, kind, subject, subject_kind, subject_name, host, path, at, expires, actor, login, authoriser, authorised_by, reason';

export const givenGrantsStep = `
  CREATE TABLE given_grants (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('override', 'research')),
    subject TEXT NOT NULL,
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('person', 'group')),
    subject_name TEXT NOT NULL,
    host TEXT CHECK ((host IS NULL) = (kind = 'research')),
    path TEXT CHECK (path IS NULL OR host IS NOT NULL),
    at INTEGER NOT NULL,
    expires INTEGER NOT NULL CHECK (expires > at),
    actor TEXT,
    login TEXT NOT NULL,
    authoriser TEXT CHECK ((authoriser IS NULL) = (kind = 'override')),
    authorised_by TEXT CHECK ((authorised_by IS NULL) = (kind = 'override')),
    reason TEXT NOT NULL CHECK (reason <> ''),
    ended_at INTEGER,
    ended_by TEXT CHECK ((ended_by IS NULL) = (ended_at IS NULL)),
    CHECK (kind = 'override' OR (subject_kind = 'person' AND subject <> authoriser))
  ) STRICT;
  CREATE INDEX given_grants_open ON given_grants (expires) WHERE ended_at IS NULL;
  CREATE TRIGGER given_grants_refuse_update BEFORE UPDATE OF ${settled} ON given_grants
  BEGIN SELECT RAISE(ABORT, '\`given_grants\` is only ever ended'); END;
  CREATE TRIGGER given_grants_refuse_second_end BEFORE UPDATE OF ended_at, ended_by ON given_grants
  WHEN OLD.ended_at IS NOT NULL
  BEGIN SELECT RAISE(ABORT, '\`given_grants\` is only ever ended once'); END;
`;

export interface GivenGrantsTables {
  given_grants: {
    id: string;
    kind: 'override' | 'research';
    subject: string;
    subject_kind: 'person' | 'group';
    subject_name: string;
    host: string | null;
    path: string | null;
    at: number;
    expires: number;
    actor: string | null;
    login: string;
    authoriser: string | null;
    authorised_by: string | null;
    reason: string;
    ended_at: number | null;
    ended_by: string | null;
  };
}

/** Times are epoch milliseconds. */
export interface GivenGrant {
  readonly id: string;
  readonly kind: 'override' | 'research';
  /** Key of whom it is for, and what they were called when it was made. */
  readonly subject: string;
  readonly subjectKind: 'person' | 'group';
  readonly subjectName: string;
  /** Canonical, as decisions compare them; null of research. */
  readonly host: string | null;
  readonly path: string | null;
  readonly at: number;
  readonly expires: number;
  /** Key of who made it; null for the command line. */
  readonly actor: string | null;
  readonly login: string;
  /** Key and login of who authorised the research; null of an override. */
  readonly authoriser: string | null;
  readonly authorisedBy: string | null;
  readonly reason: string;
}

export class GivenGrants {
  readonly #tables: Kysely<GivenGrantsTables>;
  readonly #trail: AuditTrail;

  constructor(tables: Kysely<GivenGrantsTables>, trail: AuditTrail) {
    this.#tables = tables;
    this.#trail = trail;
  }

  async add(grant: GivenGrant, act: AuditEntry): Promise<void> {
    const { subjectKind, subjectName, authorisedBy, ...rest } = grant;
    await this.#with(act, async (tables) => {
      const values = { subject_kind: subjectKind, subject_name: subjectName, authorised_by: authorisedBy };
      await tables
        .insertInto('given_grants')
        .values({ ...rest, ...values, ended_at: null, ended_by: null })
        .execute();
    });
  }

  /** Ends one before its time. @throws where it is not there, or has ended: nothing is written then */
  async end(id: string, at: number, login: string, act: AuditEntry): Promise<void> {
    await this.#with(act, async (tables) => {
      const open = tables
        .updateTable('given_grants')
        .where('id', '=', id)
        .where('ended_at', 'is', null)
        .where('expires', '>', at);
      const { numUpdatedRows } = await open.set({ ended_at: at, ended_by: login }).executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) throw new Error(`no grant \`${id}\` is open`);
    });
  }

  /** Those that hold at `now`, the oldest first. */
  async open(now: number): Promise<readonly GivenGrant[]> {
    const rows = await this.#tables
      .selectFrom('given_grants')
      .selectAll()
      .where('ended_at', 'is', null)
      .where('expires', '>', now)
      .orderBy('at')
      .orderBy('id')
      .execute();
    return rows.map(grantOf);
  }

  /** Those that held at `at`: made by then, and neither ended nor over. */
  async heldAt(at: number): Promise<readonly GivenGrant[]> {
    const rows = await this.#tables
      .selectFrom('given_grants')
      .selectAll()
      .where('at', '<=', at)
      .where('expires', '>', at)
      .where((or) => or.or([or('ended_at', 'is', null), or('ended_at', '>', at)]))
      .orderBy('at')
      .orderBy('id')
      .execute();
    return rows.map(grantOf);
  }

  /** Of these ids, as far as they are still there. */
  async named(ids: readonly string[]): Promise<readonly GivenGrant[]> {
    if (ids.length === 0) return [];
    const rows = await this.#tables.selectFrom('given_grants').selectAll().where('id', 'in', ids).execute();
    return rows.map(grantOf);
  }

  /** Drops those that ended before `before`: no record from since then rests on them. */
  async purge(before: number): Promise<void> {
    await this.#tables
      .deleteFrom('given_grants')
      .where((or) => or.or([or('expires', '<', before), or('ended_at', '<', before)]))
      .execute();
  }

  async #with(
    act: AuditEntry,
    work: (tables: Transaction<GivenGrantsTables>) => Promise<void>,
  ): Promise<void> {
    // One database: what the trail sees is a part of it.
    await this.#trail.appendWith(act, (audited: Transaction<AuditTables>) =>
      work(audited as unknown as Transaction<GivenGrantsTables>),
    );
  }
}

function grantOf(row: Selectable<GivenGrantsTables['given_grants']>): GivenGrant {
  const { subject_kind: subjectKind, subject_name: subjectName, authorised_by: authorisedBy } = row;
  const { id, kind, subject, host, path, at, expires, actor, login, authoriser, reason } = row;
  return {
    ...{ id, kind, subject, subjectKind, subjectName, host, path, at, expires },
    ...{ actor, login, authoriser, authorisedBy, reason },
  };
}

/** The part that decisions look at. */
export function sharedOf({ id, kind, subject, subjectKind, host, path, expires }: GivenGrant): SharedGrant {
  return kind === 'research' || host === null
    ? { kind: 'research', id, subject, expires }
    : { kind: 'override', id, subject, subjectKind, host, path, expires };
}
