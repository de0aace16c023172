import { dirname, join } from 'node:path';
import { Kysely } from 'kysely';
import type { Selectable, Transaction } from 'kysely';
import type { Grant } from '../../policy/decision.ts';
import type { EditionId, PolicyDocuments } from '../../policy/edition.ts';
import type { AuditEntry } from '../audit/chain.ts';
import { AuditTrail } from '../audit/trail.ts';
import { StoreError } from '../errors.ts';
import { explained } from '../faults.ts';
import { migrate, requireVersion } from '../migrate.ts';
import { checkpoint, openReader, openWriter } from '../sqlite.ts';
import type { Database } from '../sqlite.ts';
import { Acts } from './acts.ts';
import type { ActsTables } from './acts.ts';
import { EmergenciesTable } from './emergencies.ts';
import type { EmergenciesTables } from './emergencies.ts';
import { GivenGrants, sharedOf } from './given-grants.ts';
import type { GivenGrantsTables } from './given-grants.ts';
import { ListSourcesTable } from './list-sources.ts';
import type { ListSourcesTables } from './list-sources.ts';
import { nodeSqliteDialect } from './kysely-node-sqlite.ts';
import { repositorySteps } from './schema.ts';
import type { RepositoryTables } from './schema.ts';
import { Sessions } from './sessions.ts';
import type { SessionsTables } from './sessions.ts';

export interface PolicyVersion {
  /** Digest of the documents, made by who compiled them; see {@link EditionId.policyVersion}. */
  readonly id: string;
  readonly documents: PolicyDocuments;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Who wrote it, or null for what came with the installation. */
  readonly author: string | null;
  readonly note: string;
}

export interface NewPublication {
  readonly documents: PolicyDocuments;
  readonly id: EditionId;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly note: string;
  /** `policy`: people published documents. `lists`: the daily lists changed under the same documents. */
  readonly cause: 'policy' | 'lists';
  readonly by?: string | null;
  /** Why it could not wait until the policy before it was not frozen any more; for the audit trail. */
  readonly duringFreeze?: string;
}

/** What was published when: one line of the history. */
export interface Publication extends EditionId {
  readonly at: number;
  readonly by: string | null;
  readonly note: string;
  readonly cause: 'policy' | 'lists';
}

/** The text of a list as it was compiled into an edition. */
export interface ListSnapshot {
  /** As in {@link EditionId.lists}. */
  readonly digest: string;
  readonly text: string;
}

type Connection = Kysely<RepositoryTables> | Transaction<RepositoryTables>;
type PublicationRow = Selectable<RepositoryTables['publications']>;

/** Milliseconds for which a write waits for another process that holds the file. */
const lockTimeout = 5_000;

/**
 * hallpass.db as its only writer sees it. What is published is durable when the promise resolves. Where the file cannot be
 * used, everything here throws or rejects with a StoreError `store-full`, `store-locked`, `store-io` or `store-damaged`,
 * which says what to do.
 */
export class Repository {
  /** Who did what; to be read here, and added to by {@link Repository.recordAct}. */
  readonly audit: Pick<AuditTrail, 'entries' | 'verify'>;
  /** What people do about their own records. */
  readonly acts: Acts;
  /** Of the admin pages. */
  readonly sessions: Sessions;
  /** What is put over the policy for a while. */
  readonly emergencies: EmergenciesTable;
  /** What somebody in charge opened for somebody else. */
  readonly givenGrants: GivenGrants;
  /** Where lists come from, and what came of it. */
  readonly listSources: ListSourcesTable;
  readonly #tables: Kysely<RepositoryTables>;
  readonly #trail: AuditTrail;
  readonly #database: Database;
  readonly #path: string;

  /** @throws StoreError `store-newer` */
  static open(path: string): Repository {
    const database = opened(
      path,
      () => openWriter(path, { lockTimeout }),
      (database) => migrate(database, path, repositorySteps),
    );
    return new Repository(database, path);
  }

  /**
   * Opens to read only, beside the writer or without one; the methods that write reject. The file must be there.
   * @throws StoreError `store-older` or `store-newer`
   */
  static openReader(path: string): Repository {
    const database = opened(
      path,
      () => openReader(path),
      (database) => requireVersion(database, path, repositorySteps),
    );
    return new Repository(database, path);
  }

  private constructor(database: Database, path: string) {
    this.#tables = new Kysely({ dialect: nodeSqliteDialect(database) });
    this.#database = database;
    this.#path = path;
    const beside = (name: string): string => join(dirname(path), name);
    const files = { key: beside('audit.key'), seal: beside('audit.seal') };
    this.#trail = new AuditTrail(this.#tables.$pickTables<'audit'>(), files);
    this.audit = this.#trail;
    this.acts = new Acts(this.#tables.$pickTables<keyof ActsTables>());
    this.emergencies = new EmergenciesTable(this.#tables.$pickTables<keyof EmergenciesTables>(), this.#trail);
    this.givenGrants = new GivenGrants(this.#tables.$pickTables<keyof GivenGrantsTables>(), this.#trail);
    this.listSources = new ListSourcesTable(this.#tables.$pickTables<keyof ListSourcesTables>(), this.#trail);
    this.sessions = new Sessions(this.#tables.$pickTables<keyof SessionsTables>(), () => this.#trail.key());
  }

  /** Adds to the audit trail; on disk when it resolves. Whatever an act shows is shown after that. */
  async recordAct(act: AuditEntry): Promise<void> {
    await this.#explained(() => this.#trail.append(act));
  }

  /**
   * Drops what the entries of the audit trail say that are from before `before`, from the file and its WAL; see {@link AuditTrail.purge}.
   * @param at epoch milliseconds
   */
  async purgeAudit(before: number, at: number): Promise<void> {
    await this.#explained(async () => {
      const told = await this.#trail.purge(before, { at, actor: null, login: 'hallpass' });
      // Where somebody reads meanwhile, the WAL is emptied by a later write.
      if (told !== null) checkpoint(this.#database, 'TRUNCATE', lockTimeout);
    });
  }

  /** What a proxy thread would decide with at `at`. @param person key; null for who is not known */
  async grantsAt(person: string | null, at: number): Promise<readonly Grant[]> {
    const given = (await this.givenGrants.heldAt(at)).map(sharedOf);
    if (person === null) return given.filter(({ kind }) => kind === 'override');
    return [...given, ...(await this.acts.grantsOf(person, at))];
  }

  /** Grants of these ids, of every kind, as far as they are still there. */
  async grantsNamed(ids: readonly string[]): Promise<readonly Grant[]> {
    if (ids.length === 0) return [];
    const [given, continued] = await Promise.all([this.givenGrants.named(ids), this.acts.grantsNamed(ids)]);
    return [...given.map(sharedOf), ...continued];
  }

  /** Adds a version; one that is there stays as it was first stored. */
  addPolicyVersion(version: PolicyVersion): Promise<void> {
    return this.#transaction((tables) => addVersion(tables, version));
  }

  policyVersion(id: string): Promise<PolicyVersion | null> {
    return this.#explained(async () => {
      const query = this.#tables.selectFrom('policy_versions').selectAll().where('id', '=', id);
      const row = await query.executeTakeFirst();
      return row === undefined ? null : versionOf(row);
    });
  }

  /**
   * Adds a publication, its policy version and the texts of its lists where they are not there yet, and an entry of the
   * audit trail: all of it or nothing.
   */
  async publish(publication: NewPublication, snapshots: readonly ListSnapshot[] = []): Promise<void> {
    await this.#explained(() =>
      this.#trail.appendWith(actOf(publication), async (audited) => {
        // One database: what the trail sees is a part of it.
        const tables = audited as unknown as Transaction<RepositoryTables>;
        await addSnapshots(tables, snapshots);
        await addPublication(tables, publication);
      }),
    );
  }

  /** What was published last, with its documents; null in a new store. */
  async latest(): Promise<(Publication & { readonly documents: PolicyDocuments }) | null> {
    const [last] = await this.#publications(1);
    if (last === undefined) return null;
    const version = await this.policyVersion(last.policyVersion);
    return version === null ? null : { ...last, documents: version.documents };
  }

  /** All publications, the last first. */
  listPublications(): Promise<readonly Publication[]> {
    return this.#publications();
  }

  /** What brought an edition into force first; null when nothing did. */
  publicationOf(edition: string): Promise<Publication | null> {
    return this.#transaction(async (tables) => {
      const query = tables.selectFrom('publications').selectAll().where('edition', '=', edition);
      const row = await query.orderBy('seq').limit(1).executeTakeFirst();
      return row === undefined ? null : publicationOf(row, await listsOf(tables, row.seq));
    });
  }

  /** Keeps the texts of lists, each once. */
  addListSnapshots(snapshots: readonly ListSnapshot[]): Promise<void> {
    return this.#transaction((tables) => addSnapshots(tables, snapshots));
  }

  listSnapshot(digest: string): Promise<string | null> {
    return this.#explained(async () => {
      const query = this.#tables.selectFrom('list_snapshots').select('text').where('digest', '=', digest);
      return (await query.executeTakeFirst())?.text ?? null;
    });
  }

  async close(): Promise<void> {
    await this.#tables.destroy();
    // Kysely closes only what it has used.
    if (this.#database.isOpen) this.#database.close();
  }

  /** One transaction, so that no list of another publication slips in between. */
  #publications(limit?: number): Promise<readonly Publication[]> {
    return this.#transaction(async (tables) => {
      const all = tables.selectFrom('publications').selectAll().orderBy('seq', 'desc');
      const rows = await (limit === undefined ? all : all.limit(limit)).execute();
      return Promise.all(rows.map(async (row) => publicationOf(row, await listsOf(tables, row.seq))));
    });
  }

  #transaction<T>(work: (tables: Connection) => Promise<T>): Promise<T> {
    return this.#explained(() => this.#tables.transaction().execute(work));
  }

  async #explained<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw explained(error, this.#path);
    }
  }
}

function opened(path: string, open: () => Database, prepare: (database: Database) => void): Database {
  let database: Database | null = null;
  try {
    database = open();
    prepare(database);
    return database;
  } catch (error) {
    database?.close();
    throw explained(error, path);
  }
}

function actOf({ id, at, note, cause, by = null, duringFreeze }: NewPublication): AuditEntry {
  const { policyVersion, edition } = id;
  const freeze = duringFreeze === undefined ? {} : { duringFreeze };
  const detail = { policyVersion, edition, note, ...freeze };
  return { at, actor: null, login: by ?? 'hallpass', action: `${cause}.publish`, subject: null, detail };
}

async function addPublication(tables: Connection, publication: NewPublication): Promise<void> {
  const { documents, id, at, note, cause, by = null } = publication;
  await addVersion(tables, { id: id.policyVersion, documents, at, author: by, note });
  const { seq } = await tables
    .insertInto('publications')
    .values({
      ...{ policy_version: id.policyVersion, edition: id.edition, aup_version: id.aupVersion },
      ...{ engine_version: id.engineVersion, cause, at, publisher: by, note },
    })
    .returning('seq')
    .executeTakeFirstOrThrow();
  for (const [name, digest] of Object.entries(id.lists)) {
    await tables.insertInto('publication_lists').values({ publication: seq, name, digest }).execute();
  }
}

async function addVersion(
  tables: Connection,
  { id, documents, at, author, note }: PolicyVersion,
): Promise<void> {
  const { policy } = documents;
  const aup = JSON.stringify(documents.aup);
  await tables
    .insertInto('policy_versions')
    .values({ id, policy, aup, created_at: at, author, note })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
  const query = tables.selectFrom('policy_versions').select(['policy', 'aup']).where('id', '=', id);
  const stored = await query.executeTakeFirstOrThrow();
  if (stored.policy !== policy || stored.aup !== aup) throw mismatch('policy version', id);
}

async function addSnapshots(tables: Connection, snapshots: readonly ListSnapshot[]): Promise<void> {
  for (const { digest, text } of snapshots) {
    const conflictless = tables
      .insertInto('list_snapshots')
      .values({ digest, text })
      .onConflict((conflict) => conflict.column('digest').doNothing());
    await conflictless.execute();
    const query = tables.selectFrom('list_snapshots').select('text').where('digest', '=', digest);
    if ((await query.executeTakeFirstOrThrow()).text !== text) throw mismatch('list', digest);
  }
}

async function listsOf(tables: Connection, publication: number): Promise<Readonly<Record<string, string>>> {
  const query = tables
    .selectFrom('publication_lists')
    .select(['name', 'digest'])
    .where('publication', '=', publication);
  return Object.fromEntries((await query.execute()).map(({ name, digest }) => [name, digest]));
}

function publicationOf(row: PublicationRow, lists: Readonly<Record<string, string>>): Publication {
  return {
    edition: row.edition,
    policyVersion: row.policy_version,
    aupVersion: row.aup_version,
    engineVersion: row.engine_version,
    lists,
    at: row.at,
    by: row.publisher,
    note: row.note,
    cause: row.cause,
  };
}

function versionOf(row: Selectable<RepositoryTables['policy_versions']>): PolicyVersion {
  const { id, policy, aup, created_at: at, author, note } = row;
  return { id, documents: { policy, aup: JSON.parse(aup) as string[] }, at, author, note };
}

function mismatch(what: string, id: string): StoreError {
  return new StoreError(
    'store-digest-mismatch',
    `the ${what} \`${id}\` is stored already with another text: its id must be the digest of its text, compile it again`,
  );
}
