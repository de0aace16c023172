/**
 * sample.db: cells of decisions for previews of drafts, written by the control thread once an hour and read by the command line.
 * A file of its own, and not a table of hallpass.db: it may be thrown away at any time, no backup needs it, its rows go after
 * 14 days, and nothing that must last ever waits for it. The record thread, which does nothing but the journal, never sees it.
 */
import { existsSync, rmSync } from 'node:fs';
import type { Action } from '../../policy/decision.ts';
import type { SampleCell } from '../../policy/sample.ts';
import { explained } from '../faults.ts';
import { migrate, requireVersion } from '../migrate.ts';
import { openReader, openWriter, transaction } from '../sqlite.ts';
import type { Database } from '../sqlite.ts';

const steps: readonly string[] = [
  `
  CREATE TABLE cells (
    at INTEGER NOT NULL,
    host TEXT NOT NULL,
    audiences TEXT NOT NULL,
    known INTEGER NOT NULL,
    scheme TEXT NOT NULL,
    port INTEGER NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    action TEXT NOT NULL,
    count INTEGER NOT NULL,
    people INTEGER NOT NULL,
    PRIMARY KEY (at, host, audiences, known, scheme, port, method, path, action)
  ) STRICT, WITHOUT ROWID;
  `,
];

const lockTimeout = 1_000;
const add = `INSERT INTO cells VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET count = count + excluded.count, people = max(people, excluded.people)`;

export class SampleStore {
  readonly #path: string;
  readonly #database: Database;

  /** @throws StoreError */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#database = openWriter(path, { lockTimeout });
      migrate(this.#database, path, steps);
    } catch (error) {
      throw explained(error, path);
    }
  }

  /** In one transaction: so few that nobody waits long for it. */
  add(cells: readonly SampleCell[]): void {
    this.#explained(() => {
      const statement = this.#database.prepare(add);
      transaction(this.#database, () => {
        for (const { at, host, audiences, known, scheme, port, method, path, action, count, people } of cells)
          statement.run(
            ...([at, host, audiences, known ? 1 : 0, scheme, port, method, path, action] as const),
            ...([count, people] as const),
          );
      });
    });
  }

  /** Drops at most `limit` cells of before `before` (epoch milliseconds). @returns how many */
  purge(before: number, limit: number): number {
    return this.#explained(() => {
      const sql = `DELETE FROM cells WHERE (at, host, audiences, known, scheme, port, method, path, action) IN
        (SELECT at, host, audiences, known, scheme, port, method, path, action FROM cells WHERE at < ? LIMIT ?)`;
      return Number(this.#database.prepare(sql).run(before, limit).changes);
    });
  }

  close(): void {
    this.#database.close();
  }

  #explained<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw explained(error, this.#path);
    }
  }
}

type Row = readonly [
  ...[at: number, host: string, audiences: string, known: number, scheme: SampleCell['scheme'], port: number],
  ...[method: string, path: string, action: Action, count: number, people: number],
];

/** The cells since a time (epoch milliseconds); none where there is no file. */
export function* readSample(path: string, since: number): Generator<SampleCell, void, undefined> {
  if (!existsSync(path)) return;
  let database: Database | null = null;
  try {
    database = openReader(path);
    requireVersion(database, path, steps);
    const statement = database.prepare('SELECT * FROM cells WHERE at >= ?');
    // Half the time of rows as objects.
    statement.setReturnArrays(true);
    for (const row of statement.iterate(since) as unknown as Iterable<Row>) {
      const [at, host, audiences, known, scheme, port, method, path, action, count, people] = row;
      yield { at, host, audiences, known: known === 1, scheme, port, method, path, action, count, people };
    }
  } catch (error) {
    throw explained(error, path);
  } finally {
    database?.close();
  }
}

/** Where the sample was switched off, what there was of it goes too. */
export function dropSample(path: string): void {
  for (const ending of ['', '-wal', '-shm']) rmSync(`${path}${ending}`, { force: true });
}
