import { join } from 'node:path';
import { Kysely, sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { nodeSqliteDialect } from '../../../store/repository/kysely-node-sqlite.ts';
import { openWriter } from '../../../store/sqlite.ts';
import { freshFolder } from '../folder.ts';

const fresh = freshFolder();

async function opened() {
  const tables = new Kysely<{ t: { a: number; b: string | null } }>({
    dialect: nodeSqliteDialect(openWriter(join(fresh(), 'a.db'), { lockTimeout: 0 })),
  });
  await sql`CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)`.execute(tables);
  return tables;
}

describe('Kysely over node:sqlite', () => {
  it('writes, reads and says how many rows it changed', async () => {
    const tables = await opened();
    await tables
      .insertInto('t')
      .values([
        { a: 1, b: 'one' },
        { a: 2, b: null },
      ])
      .execute();
    const updated = await tables.updateTable('t').set({ b: 'two' }).where('a', '=', 2).executeTakeFirst();
    expect(updated.numUpdatedRows).toBe(1n);
    expect(await tables.selectFrom('t').selectAll().execute()).toEqual([
      { a: 1, b: 'one' },
      { a: 2, b: 'two' },
    ]);
    await tables.destroy();
  });

  it('returns rows from a write that asks for them, and streams reads', async () => {
    const tables = await opened();
    const returned = await tables
      .insertInto('t')
      .values({ a: 7, b: 'x' })
      .returning('a')
      .executeTakeFirstOrThrow();
    expect(returned).toEqual({ a: 7 });
    const streamed = [];
    for await (const row of tables.selectFrom('t').select('b').stream()) streamed.push(row);
    expect(streamed).toEqual([{ b: 'x' }]);
    await tables.destroy();
  });

  it('keeps transactions that come at once apart, and undoes one that fails', async () => {
    const tables = await opened();
    const insert = (a: number, fails: boolean) =>
      tables.transaction().execute(async (inner) => {
        await inner.insertInto('t').values({ a, b: null }).execute();
        await Promise.resolve();
        if (fails) throw new Error('midway');
      });
    const outcomes = await Promise.allSettled([insert(1, false), insert(2, true), insert(3, false)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await tables.selectFrom('t').select('a').execute()).toEqual([{ a: 1 }, { a: 3 }]);
    await tables.destroy();
  });
});
