import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { compileEdition } from '../../policy/compile/edition.ts';
import { openImage } from '../../policy/compile/image.ts';
import { decide } from '../../policy/decide.ts';
import { requestFacts } from '../../policy/facts.ts';
import { recordOf } from '../../proxy/journal.ts';
import { Journal } from '../../store/journal/journal.ts';
import type { BlockRecord } from '../../store/record.ts';
import { Repository } from '../../store/repository/repository.ts';
import { aup, policyBlocking } from '../control/house.ts';
import { hallpass } from './hallpass.ts';

vi.setConfig({ testTimeout: 120_000 });

const policy = policyBlocking('games.test').replace(
  'default:',
  `  - id: clip
    title: A clip
    publicTitle: A clip
    clause: games
    match: { expressions: ['[?&]v=fun'] }
    action: block
default:`,
);
const at = Date.UTC(2026, 8, 1, 9);
let data: string;
let records: BlockRecord[];

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'hallpass-replay-'));
  const documents = { policy, aup: [aup] };
  const compiled = compileEdition(documents, []);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled));
  const repository = Repository.open(join(data, 'hallpass.db'));
  await repository.publish({ documents, id: compiled.id, at: 1, note: '', cause: 'policy' }, []);
  await repository.close();
  const image = openImage(compiled.image);
  records = [['games.test', '/', ''] as const, ['videos.test', '/watch', 'v=fun'] as const].map(
    ([rawHost, rawPath, rawQuery], i) => {
      const found = requestFacts({ scheme: 'http', rawHost, port: 80, method: 'GET', rawPath, rawQuery });
      if (!found.ok) throw new Error(found.code);
      const { facts } = found;
      const subject = { ip: '10.0.0.1', identity: 'unidentified' } as const;
      const decision = decide(image, facts, subject, [], at);
      return recordOf({ image, facts, subject, grants: [], decision, at: at + i, kind: 'page' });
    },
  );
});
afterEach(() => rm(data, { recursive: true, force: true }));

function recorded(...more: BlockRecord[]): void {
  const journal = Journal.open(join(data, 'journal.db'), { lockTimeout: 1_000 }, at);
  journal.append([...records, ...more]);
  journal.close();
}
const replay = (...args: readonly string[]) => hallpass(['blocks', 'replay', ...args, '--data', data]);

describe('hallpass blocks replay, with no server', () => {
  test('decides one record again, with its trace and the kept values that it used', async () => {
    recorded();
    const { code, stdout, stderr } = await replay(records[1]?.id ?? '');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')).toEqual([
      '2026-09-01T09:00:00Z  http://videos.test/watch',
      `recorded: block by rule clip, clause games, edition ${records[1]?.edition ?? ''}`,
      'decided again: the same',
      '  ordered rule `no-1`: not matched: `videos.test` is not among its places',
      '  ordered rule `clip`: matched: the record keeps that the address is among its places; for anyone',
      'kept: `place` of rule `clip` held',
      '',
    ]);
  });

  test('counts how many come out the same, and fails where any does not', async () => {
    recorded();
    expect(await replay('--all')).toEqual({
      ...{ code: 0, stderr: '' },
      stdout: '2 records: 2 come out the same, 0 otherwise, 0 cannot be decided again\n',
    });
    const [first] = records as [BlockRecord];
    recorded(
      { ...first, id: '0199f000-0000-7000-8000-00009f3c21ab', at: at + 9, rule: 'another' },
      { ...first, id: '0199f000-0000-7000-8000-00009f3c21ac', at: at + 9, edition: 'e-0' },
    );
    const { code, stdout } = await replay('--all');
    expect(code).toBe(1);
    expect(stdout.split('\n')).toEqual([
      '0199f000-0000-7000-8000-00009f3c21ab  another  otherwise, block by rule no-1',
      '0199f000-0000-7000-8000-00009f3c21ac  no-1  cannot be: the policy of that time is not stored any more',
      '4 records: 2 come out the same, 1 otherwise, 1 cannot be decided again',
      '',
    ]);
    expect((await replay('9F3C-21AB')).stdout).toContain('decided again: otherwise, block by rule no-1\n');
    const lines = (await replay('--all', '--since', '2026-09-01', '--json')).stdout.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { again: { state: string } }).again.state)).toEqual([
      ...['again', 'again', 'again', 'gone'],
    ]);
  });

  test('of a record that keeps nothing says what is not known', async () => {
    const [first] = records as [BlockRecord];
    recorded({ ...first, id: '0199f000-0000-7000-8000-00009f3c21ad', at: at + 9, kept: null });
    const { stdout } = await replay('9F3C-21AD');
    expect(stdout).toContain('decided again: the same\n');
    expect(stdout).toContain('not known: the query, the search and the fields of the request\n');
  });

  test('leaves its look on the audit trail', async () => {
    recorded();
    await replay('--all');
    const { stdout } = await hallpass(['audit', 'list', '--data', data, '--json']);
    expect(stdout).toContain('"blocks.replay"');
  });

  test('says what is wrong with the question', async () => {
    recorded();
    expect(await replay('nothing')).toMatchObject({
      code: 1,
      stderr: 'hallpass: there is no record `nothing`\n',
    });
    expect((await replay()).code).toBe(2);
    expect((await replay('x', '--all')).code).toBe(2);
  });
});
