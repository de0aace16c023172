/** `hallpass audit` as a user runs it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Journal } from '../../store/journal/journal.ts';
import { openWriter } from '../../store/sqlite.ts';
import { person, record } from '../store/samples.ts';
import { hallpass } from './hallpass.ts';

// Each run starts a process or two, which takes seconds where other tests keep the processors busy.
vi.setConfig({ testTimeout: 120_000 });

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'hallpass-cli-'));
  const journal = Journal.open(join(data, 'journal.db'), { lockTimeout: 1_000 }, Date.now());
  journal.append([record({ at: Date.now() })]);
  journal.close();
});
afterEach(() => rm(data, { recursive: true, force: true }));

const audit = (...args: readonly string[]) => hallpass(['audit', ...args, '--data', data]);
const look = (...args: readonly string[]) => hallpass(['blocks', ...args, '--data', data]);

/** What somebody with the database does. */
function tamper(sql: string): void {
  const database = openWriter(join(data, 'hallpass.db'), { lockTimeout: 1_000 });
  database.exec(`DROP TRIGGER audit_refuse_update; DROP TRIGGER audit_refuse_delete; ${sql}`);
  database.close();
}

const { key } = person(1);

test('whoever looks at blocks is on record: who, at whose, when', async () => {
  expect((await look('--user', 'student1')).code).toBe(0);
  expect((await look('--school', 'north-high')).code).toBe(0);
  const { code, stdout } = await audit('list', '--json');
  expect(code).toBe(0);
  const entries = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const common = { actor: null, login: `${userInfo().username} (command line)`, action: 'blocks.view' };
  expect(entries).toMatchObject([
    { seq: 4, ...common, subject: null, detail: { school: 'north-high', people: key } },
    { seq: 3, ...common, subject: null, detail: { school: 'north-high', people: '' } },
    { seq: 2, ...common, subject: key, detail: { user: 'student1', people: key } },
    { seq: 1, ...common, subject: key, detail: { user: 'student1', people: '' } },
  ]);
  for (const name of [key, 'student1', 'STUDENT1'])
    expect((await audit('list', '--about', name)).stdout).toMatch(
      /^SEQ .*\n4 .*blocks\.view +- +school=north-high people=\S+\n2 .*\n1 .*blocks\.view .* user=student1\n$/,
    );
  expect((await audit('list', '--about', 'somebody-else')).stdout).toMatch(/^SEQ .*\n$/);
});

describe('verify', () => {
  test('a trail as it was written, and its head', async () => {
    await look();
    const { code, stdout } = await audit('verify');
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^2 entries, each as it was written; head 2:[0-9a-f]{64}\n$/),
    ]);
    const head = stdout.slice(stdout.indexOf('2:')).trim();
    await look();
    expect((await audit('verify', '--expect', head)).code).toBe(0);
    const other = await audit('verify', '--expect', `2:${'0'.repeat(64)}`);
    expect([other.code, other.stdout]).toEqual([1, expect.stringContaining('put back to an older state')]);
  });

  test('the entries that were changed are named', async () => {
    for (let i = 0; i < 3; i++) await look('--user', 'student1');
    tamper(`UPDATE audit SET content = replace(content, 'student1', 'student2') WHERE seq > 1`);
    const { code, stdout } = await audit('verify');
    const changed = (seq: number) => `entry ${String(seq)} is not what was written: somebody changed it\n`;
    // A look is two entries: that it began, and whom it showed.
    expect([code, stdout]).toEqual([1, [2, 3, 4, 5, 6].map(changed).join('')]);
  });

  test('entries taken from the end, also after more was recorded', async () => {
    for (let i = 0; i < 3; i++) await look();
    tamper('DELETE FROM audit WHERE seq > 1');
    expect((await audit('verify')).stdout).toContain('entry 2 is missing');
    await look();
    const { code, stdout } = await audit('verify');
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^entry 2 is missing: .*\n$/)]);
    expect((await audit('list')).stdout).toMatch(/9 .*blocks\.view[^]*7 .*audit\.loss +- +from=2 through=6/);
  });

  test('a lost key', async () => {
    await look();
    await rm(join(data, 'audit.key'));
    const { code, stderr } = await audit('verify');
    expect([code, stderr]).toEqual([1, expect.stringContaining('audit.key`, the key of the audit trail')]);
    const refused = await look();
    expect([refused.code, refused.stdout]).toEqual([1, '']);
  });
});

test.each([
  [['verify', '--expect', 'x'], '`--expect x` is no head'],
  [['list', '--since', 'yesterday'], '`--since yesterday` is no time'],
])('%j is not understood', async (args, message) => {
  await look();
  const { code, stderr } = await audit(...args);
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
});

test('a folder without a trail', async () => {
  const { code, stderr } = await audit('verify');
  expect([code, stderr]).toEqual([1, expect.stringContaining('there is no audit trail')]);
});
