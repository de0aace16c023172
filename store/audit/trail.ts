/** The audit trail in hallpass.db: only ever added to, by the one thread that writes there. */
import { sql } from 'kysely';
import type { Generated, Kysely, Transaction } from 'kysely';
import { StoreError } from '../errors.ts';
import type { AuditEntry, AuditRow, Finding, Seal } from './chain.ts';
import { ChainReader, isAuthentic, nextRow, purgeAction, sealOf } from './chain.ts';
import { makeKey, readKey, readSeal, writeSeal } from './secrets.ts';

/** Adding is all that the database lets anybody do, but for dropping a content whose time is over. */
export const auditStep = `
  CREATE TABLE audit (
    seq INTEGER NOT NULL PRIMARY KEY,
    content TEXT CHECK (content IS NULL OR json_valid(content)),
    digest TEXT NOT NULL,
    mac TEXT NOT NULL,
    at INTEGER GENERATED ALWAYS AS (content ->> '$.at') VIRTUAL,
    subject TEXT GENERATED ALWAYS AS (content ->> '$.subject') VIRTUAL
  ) STRICT;
  CREATE INDEX audit_by_time ON audit (at);
  CREATE INDEX audit_by_subject ON audit (subject, at) WHERE subject IS NOT NULL;
  CREATE TRIGGER audit_refuse_delete BEFORE DELETE ON audit
  BEGIN SELECT RAISE(ABORT, '\`audit\` is only ever added to'); END;
  CREATE TRIGGER audit_refuse_update BEFORE UPDATE ON audit
  WHEN NEW.content IS NOT NULL OR NEW.seq <> OLD.seq OR NEW.digest <> OLD.digest OR NEW.mac <> OLD.mac
  BEGIN SELECT RAISE(ABORT, '\`audit\` is only ever added to'); END;
`;

export interface AuditTables {
  audit: {
    seq: number;
    content: string | null;
    digest: string;
    mac: string;
    at: Generated<number | null>;
    subject: Generated<string | null>;
  };
}

export interface TrailFiles {
  readonly key: string;
  readonly seal: string;
}

/** An entry as it stands in the trail. */
export interface RecordedEntry extends AuditEntry {
  readonly seq: number;
}

export interface TrailFilter {
  /** Epoch milliseconds: at or after. */
  readonly since?: number;
  /**
   * Whom it was about, by any of these names: as in {@link AuditEntry.subject}, or one of the keys in `detail.people`, where
   * it showed several.
   */
  readonly subject?: string | readonly string[];
}

/** How far a trail goes. */
export type Head = Pick<AuditRow, 'seq' | 'mac'>;

/** `last`: how far the chain holds; to be noted elsewhere. */
export interface Verified {
  readonly last: Head;
  readonly finding: Finding | null;
  /** Whether the head that was noted elsewhere stands in the trail. */
  readonly held: boolean;
}

const rowsAtOnce = 1_000;

export class AuditTrail {
  readonly #tables: Kysely<AuditTables>;
  readonly #files: TrailFiles;
  #key: Buffer | null = null;
  #sealed = 0;

  constructor(tables: Kysely<AuditTables>, files: TrailFiles) {
    this.#tables = tables;
    this.#files = files;
  }

  /**
   * On disk when it resolves; whoever shows what the entry is about waits for that.
   *
   * @throws StoreError `audit-key` when rows are there and their key is not
   */
  async append(entry: AuditEntry): Promise<AuditRow> {
    return this.appendWith(entry, async () => undefined);
  }

  /** The entry and what it is about, both on disk or neither. `work` writes in the entry's transaction. */
  async appendWith(
    entry: AuditEntry,
    work: (tables: Transaction<AuditTables>) => Promise<void>,
  ): Promise<AuditRow> {
    const row = await this.#tables.transaction().execute(async (tables) => {
      await work(tables);
      return this.#insert(tables, entry);
    });
    this.#sealAt(row);
    return row;
  }

  /**
   * Drops the content of every entry up to the last one from before `at`, and says so in an entry of its own.
   *
   * @returns the entry, or null when nothing was old enough
   */
  async purge(before: number, entry: Pick<AuditEntry, 'at' | 'actor' | 'login'>): Promise<AuditRow | null> {
    const row = await this.#tables.transaction().execute(async (tables) => {
      const old = tables
        .selectFrom('audit')
        .where('at', '<', before)
        .select('seq')
        .orderBy('seq', 'desc')
        .limit(1);
      const through = (await old.executeTakeFirst())?.seq;
      if (through === undefined) return null;
      await tables
        .updateTable('audit')
        .set({ content: null })
        .where('seq', '<=', through)
        .where('content', 'is not', null)
        .execute();
      return this.#insert(tables, { ...entry, action: purgeAction, subject: null, detail: { through } });
    });
    if (row !== null) this.#sealAt(row);
    return row;
  }

  /** Entries whose content still stands, the last first. */
  async *entries({ since, subject }: TrailFilter = {}): AsyncGenerator<RecordedEntry> {
    const names = subject === undefined ? null : [subject].flat();
    for (let before = Infinity; ;) {
      let query = this.#tables
        .selectFrom('audit')
        .select(['seq', 'content'])
        .where('content', 'is not', null);
      if (before !== Infinity) query = query.where('seq', '<', before);
      if (since !== undefined) query = query.where('at', '>=', since);
      if (names !== null)
        query = query.where((or) =>
          or.or(
            names.flatMap((name) => [
              or('subject', '=', name),
              sql<boolean>`instr(' ' || (content ->> '$.detail.people') || ' ', ${` ${name} `})`,
            ]),
          ),
        );
      const rows = await query.orderBy('seq', 'desc').limit(rowsAtOnce).execute();
      for (const { seq, content } of rows) yield { seq, ...(JSON.parse(content ?? '') as AuditEntry) };
      if (rows.length < rowsAtOnce) return;
      before = rows.at(-1)?.seq ?? 0;
    }
  }

  /**
   * Follows the whole chain up to the seal and beyond.
   *
   * @param noted a head that was noted elsewhere, which the trail must still hold
   * @throws StoreError `audit-key` or `audit-seal` when what stands beside the database cannot vouch for it
   */
  async verify(noted: Head | null = null): Promise<Verified> {
    // Read before the rows, which may be added to meanwhile.
    const seal = readSeal(this.#files.seal);
    const empty = (await this.#last(this.#tables)) === undefined;
    if (empty && seal === null) return { last: { seq: 0, mac: '' }, finding: null, held: noted === null };
    const key = readKey(this.#files.key);
    this.#checkSeal(key, seal);
    const reader = new ChainReader(key, seal);
    let held = noted === null;
    for await (const row of this.#rows()) {
      const finding = reader.read(row);
      if (finding !== null) return { last: reader.last, finding, held };
      held ||= row.seq === noted?.seq && row.mac === noted.mac;
    }
    return { last: reader.last, finding: reader.end(), held };
  }

  #checkSeal(key: Buffer, seal: Seal | null): void {
    const { seal: path } = this.#files;
    if (seal === null)
      throw new StoreError(
        'audit-seal',
        `\`${path}\`, the seal of the audit trail, is not there: rows may have been taken from the end of the trail; put the file back from a backup`,
      );
    if (!isAuthentic(key, seal))
      throw new StoreError(
        'audit-seal',
        `\`${path}\` was not made with the key of this audit trail: somebody changed it, or the key; compare both with a backup`,
      );
  }

  async *#rows(): AsyncGenerator<AuditRow> {
    for (let after = 0; ;) {
      const rows = await this.#tables
        .selectFrom('audit')
        .select(['seq', 'content', 'digest', 'mac'])
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(rowsAtOnce)
        .execute();
      yield* rows;
      if (rows.length < rowsAtOnce) return;
      after = rows.at(-1)?.seq ?? 0;
    }
  }

  async #insert(tables: Transaction<AuditTables>, entry: AuditEntry): Promise<AuditRow> {
    const last = await this.#last(tables);
    this.#key ??= this.#keyFor(last !== undefined);
    const row = nextRow(this.#key, last, entry);
    await tables.insertInto('audit').values(row).execute();
    return row;
  }

  /** What the trail is made with; a new trail gets one. @throws StoreError `audit-key` */
  async key(): Promise<Buffer> {
    this.#key ??= this.#keyFor((await this.#last(this.#tables)) !== undefined);
    return this.#key;
  }

  /** A new key only for a new trail: under another one the rows that are there could never be checked again. */
  #keyFor(begun: boolean): Buffer {
    const { key, seal } = this.#files;
    try {
      return readKey(key);
    } catch (error) {
      if (begun || readSeal(seal) !== null) throw error;
      return makeKey(key);
    }
  }

  #last(tables: Kysely<AuditTables>): Promise<Pick<AuditRow, 'seq' | 'mac'> | undefined> {
    return tables
      .selectFrom('audit')
      .select(['seq', 'mac'])
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
  }

  #sealAt(row: AuditRow): void {
    if (this.#key === null || row.seq <= this.#sealed) return;
    this.#sealed = row.seq;
    writeSeal(this.#files.seal, sealOf(this.#key, row));
  }
}
