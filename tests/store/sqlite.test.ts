import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { faultOf, findDamage, openReader, openWriter, transaction } from '../../store/sqlite.ts';
import { freshFolder } from './folder.ts';

const fresh = freshFolder();
const modeOf = (path: string) => statSync(path).mode & 0o777;

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('a database opened for writing', () => {
  it('waits for the disk at every commit, overwrites what is deleted and trusts no schema', () => {
    const database = openWriter(join(fresh(), 'a.db'), { lockTimeout: 0 });
    const pragma = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
    expect(
      ['journal_mode', 'synchronous', 'secure_delete', 'trusted_schema', 'foreign_keys'].map(pragma),
    ).toEqual(['wal', 2, 1, 0, 1]);
    database.close();
  });

  it('is readable by its owner only, as are its WAL and its folder', () => {
    const path = join(fresh(), 'data', 'a.db');
    const database = openWriter(path, { lockTimeout: 0 });
    database.exec('CREATE TABLE t (a) ');
    expect([path, `${path}-wal`, `${path}-shm`].map(modeOf)).toEqual([0o600, 0o600, 0o600]);
    expect(modeOf(join(path, '..'))).toBe(0o700);
    database.close();
  });

  it('narrows a file that was readable by others', () => {
    const path = join(fresh(), 'a.db');
    writeFileSync(path, '');
    chmodSync(path, 0o644);
    openWriter(path, { lockTimeout: 0 }).close();
    expect(modeOf(path)).toBe(0o600);
  });

  it('rolls back a transaction that throws', () => {
    const database = openWriter(join(fresh(), 'a.db'), { lockTimeout: 0 });
    database.exec('CREATE TABLE t (a)');
    const work = () => {
      database.exec('INSERT INTO t VALUES (1)');
      throw new Error('midway');
    };
    expect(() => transaction(database, work)).toThrow('midway');
    expect(database.prepare('SELECT count(*) AS n FROM t').get()).toEqual({ n: 0 });
    database.close();
  });
});

describe('a database opened for reading', () => {
  it('cannot be written', () => {
    const path = join(fresh(), 'a.db');
    const writer = openWriter(path, { lockTimeout: 0 });
    writer.exec('CREATE TABLE t (a)');
    const reader = openReader(path);
    expect(() => reader.exec('INSERT INTO t VALUES (1)')).toThrow('readonly');
    reader.close();
    writer.close();
  });

  it('can be opened when no writer runs', () => {
    const path = join(fresh(), 'a.db');
    const writer = openWriter(path, { lockTimeout: 0 });
    writer.exec('CREATE TABLE t (a); INSERT INTO t VALUES (7)');
    writer.close();
    const reader = openReader(path);
    expect(reader.prepare('SELECT a FROM t').get()).toEqual({ a: 7 });
    reader.close();
  });
});

describe('the fault that an error means', () => {
  it('is `full` for a database that cannot grow', () => {
    const database = openWriter(join(fresh(), 'a.db'), { lockTimeout: 0 });
    database.exec('CREATE TABLE t (a); PRAGMA max_page_count = 2');
    expect(faultOf(thrownBy(() => database.exec('INSERT INTO t VALUES (zeroblob(100000))')))).toBe('full');
    database.close();
  });

  it('is `locked` while another connection writes', () => {
    const path = join(fresh(), 'a.db');
    const [one, other] = [openWriter(path, { lockTimeout: 0 }), openWriter(path, { lockTimeout: 0 })];
    other.exec('BEGIN IMMEDIATE');
    expect(faultOf(thrownBy(() => transaction(one, () => undefined)))).toBe('locked');
    one.close();
    other.close();
  });

  it('is `damaged` for a file that is no database', () => {
    const path = join(fresh(), 'a.db');
    writeFileSync(path, 'not a database, and long enough to be read as the header of one'.repeat(100));
    expect(faultOf(thrownBy(() => openWriter(path, { lockTimeout: 0 })))).toBe('damaged');
  });

  it('is `io` where the file cannot be opened', () => {
    expect(faultOf(thrownBy(() => openWriter('/dev/null/a.db', { lockTimeout: 0 })))).toBe('io');
  });

  it('is `other` where the statement is at fault', () => {
    const database = openWriter(join(fresh(), 'a.db'), { lockTimeout: 0 });
    expect(faultOf(thrownBy(() => database.exec('INSERT INTO nowhere VALUES (1)')))).toBe('other');
    expect(faultOf('thrown by nobody')).toBe('other');
    database.close();
  });
});

describe('finding damage', () => {
  it('finds none in a sound file, and says what is wrong in another', () => {
    const path = join(fresh(), 'a.db');
    const database = openWriter(path, { lockTimeout: 0 });
    database.exec('CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(20000))');
    expect(findDamage(database)).toBe(null);
    database.close();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xff, 2 * 4096, 3 * 4096));
    const damaged = openReader(path);
    expect(findDamage(damaged)).not.toBe(null);
    damaged.close();
  });
});
