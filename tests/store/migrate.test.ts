import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { migrate, requireVersion, versionOf } from '../../store/migrate.ts';
import { openWriter } from '../../store/sqlite.ts';
import { freshFolder } from './folder.ts';

const fresh = freshFolder();
const steps = ['CREATE TABLE one (a)', 'CREATE TABLE two (a); INSERT INTO two VALUES (2)'];
const tables = 'SELECT group_concat(name) AS names FROM (SELECT name FROM sqlite_schema ORDER BY name)';

describe('migration', () => {
  it('takes the steps that are missing, once', () => {
    const database = openWriter(join(fresh(), 'a.db'), { lockTimeout: 0 });
    migrate(database, 'a.db', steps.slice(0, 1));
    migrate(database, 'a.db', steps);
    migrate(database, 'a.db', steps);
    expect(versionOf(database)).toBe(2);
    expect(database.prepare('SELECT a FROM two').all()).toEqual([{ a: 2 }]);
    database.close();
  });

  it('leaves the version before a step that fails midway, and completes when it is mended', () => {
    const database = openWriter(join(fresh(), 'a.db'), { lockTimeout: 0 });
    const broken = [steps[0] ?? '', 'CREATE TABLE two (a); INSERT INTO nowhere VALUES (1)'];
    expect(() => migrate(database, 'a.db', broken)).toThrow('nowhere');
    expect(versionOf(database)).toBe(1);
    expect(database.prepare(tables).get()).toEqual({ names: 'one' });
    migrate(database, 'a.db', steps);
    expect(versionOf(database)).toBe(2);
    database.close();
  });

  it('refuses a file that a newer Hallpass wrote', () => {
    const database = openWriter(join(fresh(), 'a.db'), { lockTimeout: 0 });
    migrate(database, 'a.db', steps);
    expect(() => migrate(database, 'a.db', steps.slice(0, 1))).toThrow(
      expect.objectContaining({ code: 'store-newer' }) as Error,
    );
    database.close();
  });

  it('refuses, to who only reads, a file that an older Hallpass wrote', () => {
    const database = openWriter(join(fresh(), 'a.db'), { lockTimeout: 0 });
    migrate(database, 'a.db', steps.slice(0, 1));
    expect(() => requireVersion(database, 'a.db', steps)).toThrow(
      expect.objectContaining({ code: 'store-older' }) as Error,
    );
    migrate(database, 'a.db', steps);
    requireVersion(database, 'a.db', steps);
    database.close();
  });
});
