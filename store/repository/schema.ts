import type { Generated } from 'kysely';
import { actsStep } from './acts.ts';
import type { ActsTables } from './acts.ts';
import { emergenciesOnceStep, emergenciesStep } from './emergencies.ts';
import type { EmergenciesTables } from './emergencies.ts';
import { givenGrantsStep } from './given-grants.ts';
import type { GivenGrantsTables } from './given-grants.ts';
import { listSourcesStep } from './list-sources.ts';
import type { ListSourcesTables } from './list-sources.ts';
import { sessionsStep } from './sessions.ts';
import type { SessionsTables } from './sessions.ts';
import { auditStep } from '../audit/trail.ts';
import type { AuditTables } from '../audit/trail.ts';

/**
 * hallpass.db, written by the control thread only. Versions, publications and list texts are never changed: triggers
 * refuse it whatever the caller means to do.
 */
const immutable = ['policy_versions', 'publications', 'publication_lists', 'list_snapshots'].flatMap(
  (table) =>
    ['UPDATE', 'DELETE'].map(
      (change) => `
  CREATE TRIGGER ${table}_refuse_${change.toLowerCase()} BEFORE ${change} ON ${table}
  BEGIN SELECT RAISE(ABORT, '\`${table}\` is only ever added to'); END;`,
    ),
);

export const repositorySteps: readonly string[] = [
  `
  CREATE TABLE policy_versions (
    id TEXT NOT NULL PRIMARY KEY,
    policy TEXT NOT NULL,
    aup TEXT NOT NULL CHECK (json_type(aup) = 'array'),
    created_at INTEGER NOT NULL,
    author TEXT,
    note TEXT NOT NULL
  ) STRICT;

  CREATE TABLE publications (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    policy_version TEXT NOT NULL REFERENCES policy_versions,
    edition TEXT NOT NULL,
    aup_version TEXT NOT NULL,
    engine_version INTEGER NOT NULL,
    cause TEXT NOT NULL,
    at INTEGER NOT NULL,
    publisher TEXT,
    note TEXT NOT NULL
  ) STRICT;
  CREATE INDEX publications_by_edition ON publications (edition);

  CREATE TABLE publication_lists (
    publication INTEGER NOT NULL REFERENCES publications,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (publication, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE list_snapshots (
    digest TEXT NOT NULL PRIMARY KEY,
    text TEXT NOT NULL
  ) STRICT;
  ${immutable.join('')}
  `,
  auditStep,
  actsStep,
  sessionsStep,
  emergenciesStep,
  givenGrantsStep,
  listSourcesStep,
  emergenciesOnceStep,
];

/** The same tables as Kysely sees them. */
export interface RepositoryTables
  extends AuditTables, ActsTables, SessionsTables, EmergenciesTables, GivenGrantsTables, ListSourcesTables {
  policy_versions: {
    id: string;
    policy: string;
    /** JSON array of Markdown texts. */
    aup: string;
    created_at: number;
    author: string | null;
    note: string;
  };
  publications: {
    seq: Generated<number>;
    policy_version: string;
    edition: string;
    aup_version: string;
    engine_version: number;
    cause: 'policy' | 'lists';
    at: number;
    publisher: string | null;
    note: string;
  };
  publication_lists: { publication: number; name: string; digest: string };
  list_snapshots: { digest: string; text: string };
}
