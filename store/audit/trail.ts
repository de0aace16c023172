/** The audit trail in hallpass.db: only ever added to, by the one thread that writes there. */
import { sql } from 'kysely';
import type { Generated, Kysely, Transaction } from 'kysely';
import { StoreError } from '../errors.ts';
import type { AuditEntry, AuditRow, Finding, Head, NoSeal, Seal } from './chain.ts';
import { ChainReader, isAsWritten, isAuthentic, nextRows, purgeAction, sealOf } from './chain.ts';
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

export interface Verified {
  /** The last row, to be noted elsewhere where all is well. */
  readonly last: Head;
  /** Where it is not as it was written, in the order of the rows; none where all is well. */
  readonly findings: readonly Finding[];
  /** Whether the head that was noted elsewhere stands in the trail. */
  readonly held: boolean;
}

const rowsAtOnce = 1_000;

export class AuditTrail {
  readonly #tables: Kysely<AuditTables>;
  readonly #files: TrailFiles;
  #key: Buffer | null = null;
  /** The last row that was written here. */
  #head: Head | null = null;

  constructor(tables: Kysely<AuditTables>, files: TrailFiles) {
    this.#tables = tables;
    this.#files = files;
  }

  /**
   * On disk when it resolves; whoever shows what the entry is about waits for that.
   *
   * @throws StoreError `audit-key` when rows are there and their key is not
   */
  async append(entry: AuditEntry): Promise<Head> {
    return this.appendWith(entry, async () => undefined);
  }

  /** The entry and what it is about, both on disk or neither. `work` writes in the entry's transaction. */
  async appendWith(
    entry: AuditEntry,
    work: (tables: Transaction<AuditTables>) => Promise<void>,
  ): Promise<Head> {
    const row = await this.#tables.transaction().execute(async (tables) => {
      await work(tables);
      return this.#insert(tables, entry);
    });
    this.#wrote(row);
    return row;
  }

  /**
   * Drops the content of every entry that stands before the first one from `before` or later, and says so in an entry of its
   * own. In the order of the trail, so that one that was written under a wrong clock takes none with it that came earlier.
   *
   * @returns the entry, or null when nothing was old enough
   */
  async purge(before: number, entry: Pick<AuditEntry, 'at' | 'actor' | 'login'>): Promise<Head | null> {
    const row = await this.#tables.transaction().execute(async (tables) => {
      const through = await this.#lastBefore(tables, before);
      if (through === null) return null;
      await tables
        .updateTable('audit')
        .set({ content: null })
        .where('seq', '<=', through)
        .where('content', 'is not', null)
        .execute();
      return this.#insert(tables, { ...entry, action: purgeAction, subject: null, detail: { through } });
    });
    if (row !== null) this.#wrote(row);
    return row;
  }

  /** A content that is not what was written ends it as well: its time may not be either, and what was done to it stays found. */
  async #lastBefore(tables: Transaction<AuditTables>, before: number): Promise<number | null> {
    let last: number | null = null;
    for await (const row of this.#rows(tables, true)) {
      if (row.content === null || !isAsWritten(row)) return last;
      if ((JSON.parse(row.content) as AuditEntry).at >= before) return last;
      last = row.seq;
    }
    return last;
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
    if (empty && seal === null) return { last: { seq: 0, mac: '' }, findings: [], held: noted === null };
    const key = readKey(this.#files.key);
    this.#checkSeal(key, seal);
    const reader = new ChainReader(key, seal);
    const findings: Finding[] = [];
    let held = noted === null;
    for await (const row of this.#rows(this.#tables, false)) {
      const finding = reader.read(row);
      if (finding !== null) findings.push(finding);
      held ||= row.seq === noted?.seq && row.mac === noted.mac;
    }
    findings.push(...reader.end());
    return { last: reader.last, findings: findings.toSorted((one, other) => one.seq - other.seq), held };
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

  /** @param standing only those whose content was not dropped */
  async *#rows(tables: Kysely<AuditTables>, standing: boolean): AsyncGenerator<AuditRow> {
    for (let after = 0; ;) {
      let query = tables.selectFrom('audit').where('seq', '>', after);
      if (standing) query = query.where('content', 'is not', null);
      const rows = await query
        .select(['seq', 'content', 'digest', 'mac'])
        .orderBy('seq')
        .limit(rowsAtOnce)
        .execute();
      yield* rows;
      if (rows.length < rowsAtOnce) return;
      after = rows.at(-1)?.seq ?? 0;
    }
  }

  /** @returns the row of the entry, which stands last */
  async #insert(tables: Transaction<AuditTables>, entry: AuditEntry): Promise<Head> {
    // Before the rows, so that none that it seals can be younger than what is read of them.
    const seal = this.#readSeal();
    const last = await this.#last(tables);
    this.#key ??= this.#keyFor(last !== undefined);
    const key = this.#key;
    const told = typeof seal === 'object' && !isAuthentic(key, seal) ? 'forged' : seal;
    const known = [this.#head, typeof told === 'object' ? told : null].filter((each) => each !== null);
    const macs = await this.#macsAt(tables, known);
    const rows = nextRows(
      key,
      {
        ...{ last, known, macAt: (seq) => macs.get(seq) },
        noSeal: typeof told === 'object' || last === undefined ? null : told,
      },
      entry,
    );
    await tables.insertInto('audit').values(rows).execute();
    return rows.at(-1) as Head;
  }

  #readSeal(): Seal | Exclude<NoSeal, 'forged'> {
    try {
      return readSeal(this.#files.seal) ?? 'missing';
    } catch (error) {
      if (error instanceof StoreError) return 'unreadable';
      throw error;
    }
  }

  async #macsAt(tables: Kysely<AuditTables>, heads: readonly Head[]): Promise<ReadonlyMap<number, string>> {
    if (heads.length === 0) return new Map();
    const places = heads.map(({ seq }) => seq);
    const rows = await tables.selectFrom('audit').select(['seq', 'mac']).where('seq', 'in', places).execute();
    return new Map(rows.map(({ seq, mac }) => [seq, mac]));
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

  #last(tables: Kysely<AuditTables>): Promise<Head | undefined> {
    return tables
      .selectFrom('audit')
      .select(['seq', 'mac'])
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
  }

  /** Committed: what was sealed before stands, or the row tells that it does not. */
  #wrote(row: Head): void {
    if (this.#key === null || row.seq <= (this.#head?.seq ?? 0)) return;
    this.#head = row;
    writeSeal(this.#files.seal, sealOf(this.#key, row));
  }
}
