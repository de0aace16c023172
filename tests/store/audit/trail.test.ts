/** Whatever is done to the audit trail without its key is found. */
import { copyFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuditEntry, AuditRow, Finding } from '../../../store/audit/chain.ts';
import { ChainReader, nextRow, sealOf } from '../../../store/audit/chain.ts';
import type { AuditTables, RecordedEntry } from '../../../store/audit/trail.ts';
import { AuditTrail, auditStep } from '../../../store/audit/trail.ts';
import { migrate } from '../../../store/migrate.ts';
import { nodeSqliteDialect } from '../../../store/repository/kysely-node-sqlite.ts';
import type { Database } from '../../../store/sqlite.ts';
import { openWriter } from '../../../store/sqlite.ts';
import { freshFolder } from '../folder.ts';

const fresh = freshFolder();
let folder: string;
let database: Database;
let trail: AuditTrail;
const files = () => ({ key: join(folder, 'audit.key'), seal: join(folder, 'audit.seal') });

function open(): AuditTrail {
  database = openWriter(join(folder, 'hallpass.db'), { lockTimeout: 1_000 });
  migrate(database, 'hallpass.db', [auditStep]);
  return new AuditTrail(new Kysely<AuditTables>({ dialect: nodeSqliteDialect(database) }), files());
}
beforeEach(() => {
  folder = fresh();
  trail = open();
});
afterEach(() => database.close());

const entry = (n: number): AuditEntry => ({
  at: 1_000 * n,
  actor: n % 3 === 0 ? null : `00000000-0000-4000-8000-00000000000${String(n % 10)}`,
  login: `login${String(n)}`,
  action: 'blocks.view',
  subject: n % 2 === 0 ? 'someone' : null,
  detail: { count: n, filter: 'a "quoted" wörd\n' },
});

async function write(count: number): Promise<void> {
  for (let n = 1; n <= count; n++) await trail.append(entry(n));
}

/** What somebody with the database, and no key, does. */
function tamper(sql: string): void {
  database.exec('DROP TRIGGER audit_refuse_delete; DROP TRIGGER audit_refuse_update');
  database.exec(sql);
}
async function gather(entries: AsyncIterable<RecordedEntry>): Promise<RecordedEntry[]> {
  const all: RecordedEntry[] = [];
  for await (const each of entries) all.push(each);
  return all;
}
const found = async (): Promise<Finding | null> => (await trail.verify()).finding;

test('a trail that nobody touched holds, an empty one too, and after a restart', async () => {
  expect(await found()).toBe(null);
  await write(25);
  expect((await trail.verify()).last.seq).toBe(25);
  database.close();
  trail = open();
  await trail.append(entry(26));
  expect(await trail.verify()).toMatchObject({ last: { seq: 26 }, finding: null });
});

test('entries come back as they were written, the last first', async () => {
  await write(3);
  const all = await gather(trail.entries());
  expect(all).toEqual([3, 2, 1].map((seq) => ({ seq, ...entry(seq) })));
  expect((await gather(trail.entries({ subject: 'someone' }))).map(({ seq }) => seq)).toEqual([2]);
  expect((await gather(trail.entries({ since: 2_000 }))).map(({ seq }) => seq)).toEqual([3, 2]);
});

test('more entries than are read at once', async () => {
  await write(2_005);
  expect((await gather(trail.entries())).length).toBe(2_005);
  expect((await trail.verify()).last.seq).toBe(2_005);
});

test('entries asked for at the same time follow one another', async () => {
  await Promise.all(Array.from({ length: 40 }, (_, n) => trail.append(entry(n + 1))));
  expect(await trail.verify()).toMatchObject({ last: { seq: 40 }, finding: null });
});

test('the database itself lets nobody change or delete a row', async () => {
  await write(3);
  expect(() => database.exec('DELETE FROM audit WHERE seq = 2')).toThrow('only ever added to');
  expect(() => database.exec(`UPDATE audit SET content = '{}' WHERE seq = 2`)).toThrow('only ever added to');
  expect(() => database.exec(`UPDATE audit SET content = NULL, mac = '' WHERE seq = 2`)).toThrow(
    'only ever added to',
  );
});

describe('found, and where:', () => {
  const cases: readonly (readonly [what: string, sql: string, finding: Finding])[] = [
    [
      'a changed content',
      `UPDATE audit SET content = replace(content, 'login4', 'login5') WHERE seq = 4`,
      { seq: 4, tampering: 'content' },
    ],
    ['a dropped content', 'UPDATE audit SET content = NULL WHERE seq = 4', { seq: 4, tampering: 'dropped' }],
    [
      'a changed digest',
      `UPDATE audit SET digest = 'x' || digest WHERE seq = 4`,
      { seq: 4, tampering: 'content' },
    ],
    ['a changed MAC', `UPDATE audit SET mac = digest WHERE seq = 4`, { seq: 4, tampering: 'chain' }],
    ['the first row gone', 'DELETE FROM audit WHERE seq = 1', { seq: 1, tampering: 'missing' }],
    ['a row in the middle gone', 'DELETE FROM audit WHERE seq = 5', { seq: 5, tampering: 'missing' }],
    [
      'a row gone and the rest moved up',
      'DELETE FROM audit WHERE seq = 5; UPDATE audit SET seq = seq - 1 WHERE seq > 5',
      { seq: 5, tampering: 'chain' },
    ],
    ['the end cut off', 'DELETE FROM audit WHERE seq > 8', { seq: 9, tampering: 'missing' }],
    ['everything gone', 'DELETE FROM audit', { seq: 1, tampering: 'missing' }],
    [
      'two rows swapped',
      'UPDATE audit SET seq = 100 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 6; UPDATE audit SET seq = 6 WHERE seq = 100',
      { seq: 3, tampering: 'chain' },
    ],
    [
      'a row added',
      `INSERT INTO audit SELECT 11, content, digest, mac FROM audit WHERE seq = 10`,
      { seq: 11, tampering: 'chain' },
    ],
  ];
  test.for(cases)('%s', async ([, sql, finding]) => {
    await write(10);
    tamper(sql);
    expect(await found()).toEqual(finding);
  });

  test('an older database put in place of this one', async () => {
    await write(5);
    const old = join(folder, 'old.db');
    database.exec(`VACUUM INTO '${old}'`);
    await trail.append(entry(6));
    database.close();
    for (const suffix of ['-wal', '-shm']) rmSync(join(folder, `hallpass.db${suffix}`), { force: true });
    copyFileSync(old, join(folder, 'hallpass.db'));
    trail = open();
    expect(await found()).toEqual({ seq: 6, tampering: 'missing' });
  });

  test('a trail rewritten from a row on, under another key', async () => {
    await write(5);
    tamper('DELETE FROM audit WHERE seq > 2');
    rmSync(files().key);
    writeFileSync(files().key, `${'ab'.repeat(32)}\n`);
    await expect(trail.verify()).rejects.toThrow('was not made with the key of this audit trail');
  });
});

describe('the key and the seal', () => {
  test('the key is readable by its owner alone', async () => {
    await write(1);
    expect(statSync(files().key).mode & 0o777).toBe(0o600);
  });

  test('a lost key is said, and never replaced by a new one', async () => {
    await write(2);
    rmSync(files().key);
    database.close();
    trail = open();
    await expect(trail.append(entry(3))).rejects.toThrow('is not there: put the file back');
    await expect(trail.verify()).rejects.toThrow('is not there: put the file back');
    expect(existsSync(files().key)).toBe(false);
  });

  test('a lost, a broken and a forged seal are said', async () => {
    await write(2);
    const whole = readFileSync(files().seal, 'utf8');
    rmSync(files().seal);
    await expect(trail.verify()).rejects.toThrow('the seal of the audit trail, is not there');
    writeFileSync(files().seal, whole.slice(0, 10));
    await expect(trail.verify()).rejects.toThrow('is no seal');
    writeFileSync(files().seal, whole.replace('"seq":2', '"seq":1'));
    await expect(trail.verify()).rejects.toThrow('was not made with the key');
  });

  test('a seal older than the end still vouches for what it sealed', async () => {
    await write(2);
    const older = readFileSync(files().seal, 'utf8');
    await trail.append(entry(3));
    writeFileSync(files().seal, older);
    expect(await trail.verify()).toMatchObject({ last: { seq: 3 }, finding: null });
  });
});

describe('retention', () => {
  const by = { at: 50_000, actor: null, login: 'hallpass' };

  test('old contents go, the chain holds, and an entry says how far', async () => {
    await write(10);
    await trail.purge(6_000, by);
    expect((await gather(trail.entries())).map(({ seq }) => seq)).toEqual([11, 10, 9, 8, 7, 6]);
    expect((await gather(trail.entries({ since: 50_000 })))[0]).toMatchObject({
      action: 'audit.purge',
      detail: { through: 5 },
    });
    expect(await found()).toBe(null);
    expect(await trail.purge(6_000, by)).toBe(null);
  });

  test('a later purge may take the entry of an earlier one', async () => {
    await write(4);
    await trail.purge(3_000, { ...by, at: 5_000 });
    await trail.purge(60_000, { ...by, at: 70_000 });
    expect((await gather(trail.entries())).length).toBe(1);
    expect(await found()).toBe(null);
  });

  test('a content dropped beyond what was purged is found', async () => {
    await write(10);
    await trail.purge(6_000, by);
    tamper('UPDATE audit SET content = NULL WHERE seq = 8');
    expect(await found()).toEqual({ seq: 8, tampering: 'dropped' });
  });
});

test('property: every edit, deletion, insertion, swap and truncation of a chain is found', () => {
  const key = Buffer.alloc(32, 7);
  const rows: AuditRow[] = [];
  for (let n = 1; n <= 30; n++) rows.push(nextRow(key, rows.at(-1), entry(n)));
  const seal = sealOf(key, rows.at(-1) as AuditRow);
  const at = fc.nat(rows.length - 1);
  const flipped = (text: string, where: number): string => {
    const index = where % text.length;
    const other = String.fromCharCode(text.charCodeAt(index) ^ 1);
    return text.slice(0, index) + other + text.slice(index + 1);
  };
  const renumbered = (some: readonly AuditRow[]): AuditRow[] =>
    some.map((row, i) => ({ ...row, seq: i + 1 }));
  const change = fc.oneof(
    fc.tuple(at, fc.constantFrom('content', 'digest', 'mac'), fc.nat()).map(([i, column, where]) => {
      const row = rows[i] as AuditRow;
      return rows.with(i, { ...row, [column]: flipped(row[column as 'content'] ?? '', where) });
    }),
    at.map((i) => rows.with(i, { ...(rows[i] as AuditRow), content: null })),
    fc.tuple(at, fc.boolean()).map(([i, hidden]) => {
      const rest = rows.toSpliced(i, 1);
      return hidden ? renumbered(rest) : rest;
    }),
    fc.tuple(at, at, fc.boolean()).map(([i, j, hidden]) => {
      const swapped = rows.with(i, rows[j] as AuditRow).with(j, rows[i] as AuditRow);
      return hidden ? renumbered(swapped) : swapped;
    }),
    fc.tuple(at, at).map(([i, j]) => renumbered(rows.toSpliced(i, 0, rows[j] as AuditRow))),
    at.map((i) => rows.slice(0, i)),
  );
  const verify = (some: readonly AuditRow[]): Finding | null => {
    const reader = new ChainReader(key, seal);
    for (const row of some) {
      const finding = reader.read(row);
      if (finding !== null) return finding;
    }
    return reader.end();
  };
  expect(verify(rows)).toBe(null);
  const changed = change.filter((some) => JSON.stringify(some) !== JSON.stringify(rows));
  fc.assert(
    fc.property(changed, (some) => verify(some) !== null),
    { numRuns: Number(process.env['AUDIT_RUNS'] ?? 10_000) },
  );
});
