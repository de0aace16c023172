/**
 * Where lists come from, and what came of it: a row for each source that the configuration names or somebody has added.
 * Unlike publications these rows change with every look at a source; what is in force is told by the publications.
 */
import type { Kysely, Transaction } from 'kysely';
import type { AuditEntry } from '../audit/chain.ts';
import type { AuditTables, AuditTrail } from '../audit/trail.ts';

export const listSourcesStep = `
  CREATE TABLE list_sources (
    name TEXT NOT NULL PRIMARY KEY,
    added TEXT CHECK (added IS NULL OR json_valid(added)),
    state TEXT NOT NULL CHECK (json_valid(state)),
    report TEXT CHECK (report IS NULL OR json_valid(report))
  ) STRICT;
`;

export interface ListSourcesTables {
  list_sources: {
    name: string;
    /** JSON of what somebody has added by a command; null of a source of the configuration. */
    added: string | null;
    /** JSON of {@link ListSourceState}. */
    state: string;
    /** JSON of what the last import reported; apart, since it is long and seldom asked for. */
    report: string | null;
  };
}

/** A list as it was imported; the text is the snapshot of that digest. */
export interface ListVersion {
  readonly digest: string;
  readonly entries: number;
  /** Of the text. */
  readonly bytes: number;
  /** When it came; epoch milliseconds. */
  readonly at: number;
}

/** By name of list. */
export type ListVersions = Readonly<Record<string, ListVersion>>;

/** What came from a source. Times are epoch milliseconds. */
export interface ListSourceState {
  /** In force, or to be with the next edition. */
  readonly lists: ListVersions;
  /** What is not taken over before somebody says so, since it is so much less; null for a list that is gone. */
  readonly held: Readonly<Record<string, ListVersion | null>>;
  /** By which the origin tells whether something has changed. */
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** SHA-256 of the file that came last, or what stands for it; null where nothing has come. */
  readonly fingerprint: string | null;
  /** When it was last looked at, with whatever result. */
  readonly checkedAt: number | null;
  /** When it was last there and could be read. */
  readonly seenAt: number | null;
  readonly failure: ListSourceFailure | null;
}

export interface ListSourceFailure {
  readonly code: string;
  readonly message: string;
  /** Of the first of the failures that came one after another. */
  readonly since: number;
  readonly count: number;
}

export interface ListSourceRow {
  readonly name: string;
  readonly added: unknown;
  readonly state: ListSourceState;
}

export const freshState: ListSourceState = {
  ...{ lists: {}, held: {}, etag: null, lastModified: null, fingerprint: null },
  ...{ checkedAt: null, seenAt: null, failure: null },
};

export class ListSourcesTable {
  readonly #tables: Kysely<ListSourcesTables>;
  readonly #trail: AuditTrail;

  constructor(tables: Kysely<ListSourcesTables>, trail: AuditTrail) {
    this.#tables = tables;
    this.#trail = trail;
  }

  async all(): Promise<readonly ListSourceRow[]> {
    const rows = await this.#tables
      .selectFrom('list_sources')
      .select(['name', 'added', 'state'])
      .orderBy('name')
      .execute();
    return rows.map(({ name, added, state }) => ({
      name,
      added: added === null ? null : (JSON.parse(added) as unknown),
      state: JSON.parse(state) as ListSourceState,
    }));
  }

  /** What the last import reported, as it was saved. */
  async report(name: string): Promise<unknown> {
    const query = this.#tables.selectFrom('list_sources').select('report').where('name', '=', name);
    const report = (await query.executeTakeFirst())?.report ?? null;
    return report === null ? null : JSON.parse(report);
  }

  /** Adds one by a command, or puts another definition in its place; what came from it stays. */
  add(name: string, added: object, act: AuditEntry): Promise<void> {
    const text = JSON.stringify(added);
    return this.#with(act, async (tables) => {
      await tables
        .insertInto('list_sources')
        .values({ name, added: text, state: JSON.stringify(freshState), report: null })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ added: text }))
        .execute();
    });
  }

  remove(name: string, act: AuditEntry): Promise<void> {
    return this.#with(act, async (tables) => {
      await tables.deleteFrom('list_sources').where('name', '=', name).execute();
    });
  }

  /** @param report of an import; the one of before stays where undefined @param act of who asked for it; null where nobody did */
  async save(
    name: string,
    state: ListSourceState,
    report: object | undefined,
    act: AuditEntry | null,
  ): Promise<void> {
    const told = report === undefined ? {} : { report: JSON.stringify(report) };
    const work = async (tables: Kysely<ListSourcesTables>): Promise<void> => {
      await tables
        .insertInto('list_sources')
        .values({ name, added: null, state: JSON.stringify(state), report: told.report ?? null })
        .onConflict((conflict) =>
          conflict.column('name').doUpdateSet({ state: JSON.stringify(state), ...told }),
        )
        .execute();
    };
    if (act === null) await work(this.#tables);
    else await this.#with(act, work);
  }

  async #with(
    act: AuditEntry,
    work: (tables: Transaction<ListSourcesTables>) => Promise<void>,
  ): Promise<void> {
    // One database: what the trail sees is a part of it.
    await this.#trail.appendWith(act, (audited: Transaction<AuditTables>) =>
      work(audited as unknown as Transaction<ListSourcesTables>),
    );
  }
}
