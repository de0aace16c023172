import { SqliteDialect } from 'kysely';
import type { SqliteDatabase, SqliteStatement } from 'kysely';
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
