/** Whatever is done to the audit trail without its key is found. */
import { copyFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AuditEntry, AuditRow, Finding, Head } from '../../../store/audit/chain.ts';
import { ChainReader, nextRow, nextRows } from '../../../store/audit/chain.ts';
import type { AuditTables, RecordedEntry } from '../../../store/audit/trail.ts';
import { AuditTrail, auditStep } from '../../../store/audit/trail.ts';
import { migrate } from '../../../store/migrate.ts';
import { nodeSqliteDialect } from '../../../store/repository/kysely-node-sqlite.ts';
import type { Database } from '../../../store/sqlite.ts';
import { openWriter } from '../../../store/sqlite.ts';
import { freshFolder } from '../folder.ts';

// Ten thousand runs take a while where other tests keep the processors busy.
vi.setConfig({ testTimeout: 120_000 });

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
const found = async (): Promise<Finding | null> => (await trail.verify()).findings[0] ?? null;
const reopened = (): AuditTrail => {
  database.close();
  return open();
};

test('a trail that nobody touched holds, an empty one too, and after a restart', async () => {
  expect(await found()).toBe(null);
  await write(25);
  expect((await trail.verify()).last.seq).toBe(25);
  database.close();
  trail = open();
  await trail.append(entry(26));
  expect(await trail.verify()).toMatchObject({ last: { seq: 26 }, findings: [] });
});

test('entries come back as they were written, the last first', async () => {
  await write(3);
  const all = await gather(trail.entries());
  expect(all).toEqual([3, 2, 1].map((seq) => ({ seq, ...entry(seq) })));
  expect((await gather(trail.entries({ subject: 'someone' }))).map(({ seq }) => seq)).toEqual([2]);
  expect((await gather(trail.entries({ since: 2_000 }))).map(({ seq }) => seq)).toEqual([3, 2]);
});

test('more entries than are read at once', async () => {
  await trail.append(entry(1));
  const key = Buffer.from(readFileSync(files().key, 'utf8').trim(), 'hex');
  const insert = database.prepare('INSERT INTO audit VALUES (?, ?, ?, ?)');
  database.exec('BEGIN');
  let last = database.prepare('SELECT seq, mac FROM audit').get() as unknown as Head;
  for (let n = 2; n <= 2_004; n++) {
    const { seq, content, digest, mac } = nextRow(key, last, entry(n));
    insert.run(seq, content, digest, mac);
    last = { seq, mac };
  }
  database.exec('COMMIT');
  await trail.append(entry(2_005));
  expect((await gather(trail.entries())).length).toBe(2_005);
  expect(await trail.verify()).toMatchObject({ last: { seq: 2_005 }, findings: [] });
});

test('entries asked for at the same time follow one another', async () => {
  await Promise.all(Array.from({ length: 40 }, (_, n) => trail.append(entry(n + 1))));
  expect(await trail.verify()).toMatchObject({ last: { seq: 40 }, findings: [] });
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

describe('what is recorded after it leaves it to be seen, at once and after a restart:', () => {
  const more = async (): Promise<void> => {
    for (let n = 21; n <= 26; n++) await trail.append(entry(n));
  };
  const losses = async () => (await gather(trail.entries())).filter(({ action }) => action === 'audit.loss');
  const ways = [
    ['with the same server', (): AuditTrail => trail],
    ['after a restart', reopened],
  ] as const;

  test.for(ways)('the end cut off, %s', async ([, then]) => {
    await write(10);
    tamper('DELETE FROM audit WHERE seq > 8');
    trail = then();
    await more();
    expect((await trail.verify()).findings).toEqual([{ seq: 9, tampering: 'missing' }]);
    expect(await losses()).toMatchObject([{ seq: 11, login: 'hallpass', detail: { from: 9, through: 10 } }]);
    expect((await gather(trail.entries())).map(({ seq }) => seq).slice(0, 7)).toEqual([
      17, 16, 15, 14, 13, 12, 11,
    ]);
    trail = reopened();
    await more();
    expect(await losses()).toHaveLength(1);
    expect((await trail.verify()).findings).toEqual([{ seq: 9, tampering: 'missing' }]);
  });

  test.for(ways)('everything gone, %s', async ([, then]) => {
    await write(10);
    tamper('DELETE FROM audit');
    trail = then();
    await more();
    expect((await trail.verify()).findings).toEqual([{ seq: 1, tampering: 'missing' }]);
  });

  test.for(ways)('others in the place of the last rows, %s', async ([, then]) => {
    await write(10);
    tamper(`UPDATE audit SET mac = digest WHERE seq = 10;
      INSERT INTO audit SELECT 11, content, digest, mac FROM audit WHERE seq = 10`);
    trail = then();
    await more();
    expect(await found()).toEqual({ seq: 10, tampering: 'chain' });
    expect(await losses()).toMatchObject([{ seq: 12, detail: { from: 10, through: 10 } }]);
  });

  test('cut off twice', async () => {
    await write(10);
    tamper('DELETE FROM audit WHERE seq > 8');
    await more();
    database.exec('DELETE FROM audit WHERE seq > 14');
    await more();
    expect((await trail.verify()).findings).toEqual([9, 15].map((seq) => ({ seq, tampering: 'missing' })));
  });

  test('rows that are put back fill the gap', async () => {
    await write(10);
    database.exec('CREATE TEMP TABLE kept AS SELECT seq, content, digest, mac FROM audit');
    tamper('DELETE FROM audit WHERE seq > 8');
    await more();
    database.exec('INSERT INTO audit SELECT * FROM kept WHERE seq > 8');
    expect(await found()).toBe(null);
    expect(await losses()).toHaveLength(1);
  });

  test('cut off and its seal taken, or put back to an older one', async () => {
    await write(8);
    const older = readFileSync(files().seal, 'utf8');
    trail = reopened();
    await trail.append(entry(9));
    tamper('DELETE FROM audit WHERE seq > 7');
    writeFileSync(files().seal, older);
    await more();
    expect(await found()).toEqual({ seq: 8, tampering: 'missing' });
    database.exec('DELETE FROM audit WHERE seq > 7');
    rmSync(files().seal);
    await more();
    expect(await found()).toEqual({ seq: 8, tampering: 'missing' });
  });

  test.for([
    ['missing', ''],
    ['unreadable', 'x'],
    ['forged', `{"seq":8,"mac":"${'0'.repeat(64)}","seal":"${'0'.repeat(64)}"}`],
  ])('its seal %s at a start', async ([how, text = '']) => {
    await write(10);
    tamper('DELETE FROM audit WHERE seq > 8');
    rmSync(files().seal);
    if (text !== '') writeFileSync(files().seal, text);
    trail = reopened();
    await more();
    expect((await trail.verify()).findings).toEqual([{ seq: 9, tampering: 'unsealed' }]);
    const [, , , , , , told] = await gather(trail.entries());
    expect(told).toMatchObject({ seq: 9, action: 'audit.unsealed', detail: { seal: how } });
  });

  test('a purge after it, too', async () => {
    await write(10);
    tamper('DELETE FROM audit WHERE seq > 8');
    await trail.purge(6_000, { at: 50_000, actor: null, login: 'hallpass' });
    await trail.purge(60_000, { at: 70_000, actor: null, login: 'hallpass' });
    expect((await trail.verify()).findings).toEqual([{ seq: 9, tampering: 'missing' }]);
  });

  test('a seal that was lost is made again by who wrote what it sealed', async () => {
    await write(3);
    rmSync(files().seal);
    await trail.append(entry(4));
    expect(await trail.verify()).toMatchObject({ last: { seq: 4 }, findings: [] });
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
    expect(await trail.verify()).toMatchObject({ last: { seq: 3 }, findings: [] });
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

  test('one entry that a wrong clock has stamped takes no other with it', async () => {
    await write(5);
    await trail.append({ ...entry(6), at: 1 });
    await trail.append(entry(7));
    await trail.purge(3_000, by);
    expect((await gather(trail.entries())).map(({ seq }) => seq)).toEqual([8, 7, 6, 5, 4, 3]);
    await trail.purge(7_000, by);
    expect((await gather(trail.entries())).map(({ seq }) => seq)).toEqual([9, 8, 7]);
    expect(await found()).toBe(null);
  });

  test('an entry whose time somebody changed is not dropped, nor any after it', async () => {
    await write(6);
    tamper(`UPDATE audit SET content = json_set(content, '$.at', 1) WHERE seq >= 3`);
    await trail.purge(3_000, by);
    expect((await gather(trail.entries())).map(({ seq }) => seq)).toEqual([7, 6, 5, 4, 3]);
    expect(await found()).toEqual({ seq: 3, tampering: 'content' });
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

describe('property: every edit, deletion, insertion, swap and truncation of a chain is found', () => {
  const key = Buffer.alloc(32, 7);
  const rows: AuditRow[] = [];
  for (let n = 1; n <= 30; n++) rows.push(nextRow(key, rows.at(-1), entry(n)));
  const written = rows.at(-1) as AuditRow;
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
      const [one, other] = [rows[i] as AuditRow, rows[j] as AuditRow];
      // The primary key keeps the places apart.
      const swapped = rows.with(i, { ...other, seq: one.seq }).with(j, { ...one, seq: other.seq });
      return hidden ? renumbered(swapped) : swapped;
    }),
    fc.tuple(at, at).map(([i, j]) => renumbered(rows.toSpliced(i, 0, rows[j] as AuditRow))),
    at.map((i) => rows.slice(0, i)),
  );
  const changed = change.filter((some) => JSON.stringify(some) !== JSON.stringify(rows));
  const verify = (some: readonly AuditRow[], seal: Head): Finding | null => {
    const reader = new ChainReader(key, seal);
    for (const row of some) {
      const finding = reader.read(row);
      if (finding !== null) return finding;
    }
    return reader.end()[0] ?? null;
  };
  const numRuns = Number(process.env['AUDIT_RUNS'] ?? 10_000);

  test('at once', () => {
    expect(verify(rows, written)).toBe(null);
    fc.assert(
      fc.property(changed, (some) => verify(some, written) !== null),
      { numRuns },
    );
  });

  test('and after acts and restarts', () => {
    const steps = fc.array(fc.constantFrom('act', 'restart'), { minLength: 1, maxLength: 8 });
    const after = (
      damaged: readonly AuditRow[],
      sealGone: boolean,
      then: readonly string[],
    ): Finding | null => {
      const stand = [...damaged];
      let [head, seal]: [Head | null, Head | null] = [written, sealGone ? null : written];
      for (const [n, step] of [...then, 'act'].entries()) {
        if (step === 'restart') {
          head = null;
          continue;
        }
        const known = [head, seal].filter((each) => each !== null);
        const macAt = (seq: number) => stand.find((row) => row.seq === seq)?.mac;
        const last = stand.at(-1);
        const noSeal = seal === null ? 'missing' : null;
        stand.push(...nextRows(key, { last, known, macAt, noSeal }, entry(100 + n)));
        head = seal = stand.at(-1) as AuditRow;
      }
      return verify(stand, seal as Head);
    };
    expect(after(rows, false, ['act', 'restart', 'act'])).toBe(null);
    // Without rows and seal, nothing says that there was a trail.
    const cases = fc
      .tuple(changed, fc.boolean(), steps)
      .filter(([some, sealGone]) => some.length > 0 || !sealGone);
    fc.assert(
      fc.property(cases, (each) => after(...each) !== null),
      { numRuns },
    );
  });
});

test('property: what is damaged in the database stays found after acts and restarts', async () => {
  const at = fc.integer({ min: 1, max: 12 });
  const damage = fc.oneof(
    at.map((n) => `DELETE FROM audit WHERE seq >= ${String(n)}`),
    at.map((n) => `DELETE FROM audit WHERE seq = ${String(n)}`),
    at.map((n) => `UPDATE audit SET mac = digest WHERE seq = ${String(n)}`),
    at.map((n) => `UPDATE audit SET content = NULL WHERE seq = ${String(n)}`),
    at.map((n) => `UPDATE audit SET seq = 99 WHERE seq = ${String(n)}`),
    at.map(
      (n) => `DELETE FROM audit WHERE seq = ${String(n)};
      UPDATE audit SET seq = -seq WHERE seq > ${String(n)}; UPDATE audit SET seq = -seq - 1 WHERE seq < 0`,
    ),
  );
  const steps = fc.array(fc.constantFrom('act', 'restart'), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(damage, steps, async (sql, then) => {
      database.close();
      folder = fresh();
      trail = open();
      database.exec('PRAGMA synchronous = OFF');
      await write(12);
      tamper(sql);
      for (const step of [...then, 'act', 'restart', 'act']) {
        if (step === 'restart') trail = reopened();
        else await trail.append(entry(20));
      }
      return (await found()) !== null;
    }),
    { numRuns: Number(process.env['AUDIT_RUNS'] ?? 10_000) / 200 },
  );
});
