import { SqliteDialect } from 'kysely';
import type { SqliteDatabase, SqliteStatement } from 'kysely';
import { rollback } from '../sqlite.ts';
import type { Database, SQLInputValue } from '../sqlite.ts';

/** Kysely's SQLite dialect over node:sqlite. It prepares each query anew, which the journal's append path cannot afford. */
export function nodeSqliteDialect(database: Database): SqliteDialect {
  return new SqliteDialect({ database: adapted(database) });
}

/** What Kysely expects is the shape of better-sqlite3: parameters as one array, and a statement that says if it reads. */
function adapted(database: Database): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare: (sql): SqliteStatement => {
      if (sql === 'rollback') return rollingBack(database);
      const statement = database.prepare(sql);
      const values = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[];
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...values(parameters)),
        run: (parameters) => statement.run(...values(parameters)),
        iterate: (parameters) => statement.iterate(...values(parameters)),
      };
    },
  };
}

/** Kysely throws what a rollback throws, and so would hide the error for which it rolls back. */
function rollingBack(database: Database): SqliteStatement {
  const run = () => {
    rollback(database);
    return { changes: 0, lastInsertRowid: 0 };
  };
  return { reader: false, all: () => [], run, iterate: () => [].values() };
}
