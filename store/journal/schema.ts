/**
 * journal.db. Records, repeats and follow-ups are only ever added, and deleted when they are past retention: nothing
 * here is updated but a person's latest login and name, which are attributes apart from what was recorded.
 *
 *   subjects ◄── records ──► clauses        record_schools: a record's schools, and the index by school and time
 *                 │  └─────► editions       repeats: sub-resources and tunnels within a minute of a record
 *                 ▼                         follow_ups: what a person noted about a record
 *        schools, repeats, follow-ups       clock: the wall clock last believed, see clock.ts
 *
 * `seq` is the order of commit, which a clock that jumps cannot change; `id` is the UUIDv7 that people see.
 */
export const journalSteps: readonly string[] = [
  `
  CREATE TABLE subjects (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    login TEXT NOT NULL COLLATE NOCASE,
    name TEXT NOT NULL
  ) STRICT;
  CREATE INDEX subjects_by_login ON subjects (login);

  CREATE TABLE clauses (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    clause TEXT NOT NULL,
    number TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    adopted TEXT NOT NULL
  ) STRICT;

  CREATE TABLE editions (
    id INTEGER PRIMARY KEY,
    edition TEXT NOT NULL,
    policy_version TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    UNIQUE (edition, policy_version)
  ) STRICT;

  CREATE TABLE records (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    subject INTEGER REFERENCES subjects,
    ip TEXT NOT NULL,
    method TEXT NOT NULL,
    url TEXT NOT NULL,
    host TEXT NOT NULL,
    rule TEXT NOT NULL,
    clause INTEGER REFERENCES clauses,
    edition INTEGER NOT NULL REFERENCES editions,
    action TEXT NOT NULL,
    kind TEXT NOT NULL
  ) STRICT;
  CREATE INDEX records_by_time ON records (at, seq);
  CREATE INDEX records_by_subject ON records (subject, at, seq);
  CREATE INDEX records_by_clause ON records (clause) WHERE clause IS NOT NULL;

  CREATE TABLE record_schools (
    school TEXT NOT NULL,
    at INTEGER NOT NULL,
    record INTEGER NOT NULL REFERENCES records ON DELETE CASCADE,
    position INTEGER NOT NULL,
    PRIMARY KEY (school, at, record)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX schools_by_record ON record_schools (record, position);

  CREATE TABLE repeats (
    id TEXT NOT NULL PRIMARY KEY,
    record INTEGER NOT NULL REFERENCES records ON DELETE CASCADE,
    at INTEGER NOT NULL,
    n INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX repeats_by_record ON repeats (record, n);

  CREATE TABLE follow_ups (
    id TEXT NOT NULL PRIMARY KEY,
    record INTEGER NOT NULL REFERENCES records ON DELETE CASCADE,
    at INTEGER NOT NULL,
    author TEXT NOT NULL,
    kind TEXT NOT NULL,
    note TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX follow_ups_by_record ON follow_ups (record, at);

  CREATE TABLE clock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    last_seen INTEGER
  ) STRICT;
  INSERT INTO clock VALUES (1, NULL);
  `,
  // The short code of a block page, which someone reads out: see codeDigits in blocks.ts.
  `CREATE INDEX records_by_code ON records (substr(id, -8), at)`,
  // Empty but for the moment in which it is tried whether a disk that was full has room again.
  `CREATE TABLE probe (id INTEGER PRIMARY KEY CHECK (id = 1), filler BLOB NOT NULL) STRICT`,
  // Of records from before nobody knows whose they were: those who review staff see them. What reviewers filter by is
  // read in the order of its pages (store/reading/).
  `
  ALTER TABLE records ADD COLUMN about TEXT NOT NULL DEFAULT 'staff' CHECK (about IN ('student', 'staff'));
  ALTER TABLE records ADD COLUMN enforced INTEGER NOT NULL DEFAULT 1 CHECK (enforced IN (0, 1));
  CREATE INDEX records_by_host ON records (host, at, seq);
  CREATE INDEX records_by_rule ON records (rule, at, seq);
  CREATE INDEX records_by_action ON records (action, at, seq);
  DROP INDEX records_by_clause;
  CREATE INDEX records_by_clause ON records (clause, at, seq) WHERE clause IS NOT NULL;
  `,
  // Ids of the grants that the decision rests on; null where it rests on none.
  `ALTER TABLE records ADD COLUMN grants TEXT CHECK (grants IS NULL OR json_type(grants) = 'array')`,
  // What it takes to decide again; null of records from before. See policy/replay/kept.ts.
  `ALTER TABLE records ADD COLUMN kept TEXT CHECK (kept IS NULL OR json_type(kept) = 'object')`,
];
