import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Journal } from '../../store/journal/journal.ts';
import type { BlockRecord } from '../../store/record.ts';
import { person, record } from '../store/samples.ts';
import { hallpass, start } from './hallpass.ts';

// Each run starts a process or two, which takes seconds where other tests keep the processors busy.
vi.setConfig({ testTimeout: 120_000 });

const nine = Date.UTC(2026, 8, 1, 9);
let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'hallpass-cli-'));
});
afterEach(() => rm(data, { recursive: true, force: true }));

function journal(...records: BlockRecord[]): void {
  const opened = Journal.open(join(data, 'journal.db'), { lockTimeout: 1_000 }, nine);
  opened.append(records);
  opened.close();
}

describe('hallpass blocks, with no server', () => {
  test('prints one JSON object a line, every field of it', async () => {
    journal(record({ id: '0198f000-0000-7000-8000-000000000001', at: nine }));
    const { code, stdout, stderr } = await hallpass(['blocks', '--data', data, '--json']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.endsWith('\n')).toBe(true);
    expect(JSON.parse(stdout)).toEqual({
      id: '0198f000-0000-7000-8000-000000000001',
      at: '2026-09-01T09:00:00.000Z',
      userId: '00000000-0000-4000-8000-000000000001',
      user: 'student1',
      name: 'Student 1',
      schools: ['north-high'],
      ip: '10.0.0.1',
      method: 'GET',
      url: 'http://games.demo.test/',
      host: 'games.demo.test',
      rule: 'no-games',
      clause: 'games',
      clauseText: 'Games wait until after school.',
      policyVersion: 'p-0000000000000001',
      edition: 'e-0000000000000001',
      action: 'block',
      enforced: true,
      about: 'student',
      grants: [],
      kept: null,
      count: 1,
    });
  });

  test.each([
    [['--user', 'student2'], ['/b']],
    [['--school', 'south-high'], ['/b']],
    [
      ['--since', '2026-09-01T09:01:00Z'],
      ['/b', '/c'],
    ],
    [
      ['--since', '2026-09-01T04:01:00-05:00'],
      ['/b', '/c'],
    ],
    [['--since', '2026-09-02'], []],
    [['--code', '9F3C-21AB'], ['/a']],
    [['--code', '00000000'], []],
  ])('narrows by %j', async (filter, paths) => {
    const at = (path: string) => ({ url: `http://games.test${path}` });
    journal(
      record({ id: '0199f000-0000-7000-8000-00009f3c21ab', at: nine, ...at('/a') }),
      record({ at: nine + 60_000, person: person(2), schools: ['south-high'], ...at('/b') }),
      record({ at: nine + 120_000, person: null, ...at('/c') }),
    );
    const { code, stdout } = await hallpass(['blocks', '--data', data, '--json', ...filter]);
    expect(code).toBe(0);
    const urls = stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { url: string }).url);
    expect(urls).toEqual(paths.map((path) => `http://games.test${path}`));
  });

  test('prints a table for people, in which no record can repaint the terminal', async () => {
    journal(record({ at: nine, person: { ...person(1), login: 'eve\u001b[2J\u202e' } }));
    const { stdout } = await hallpass(['blocks', '--data', data]);
    const [head = '', row = ''] = stdout.split('\n');
    expect(head).toMatch(/^AT +ACTION +USER +SCHOOLS +RULE +CLAUSE +COUNT +URL$/);
    expect(row).toMatch(/^2026-09-01T09:00:00Z +block +eve�\[2J� +north-high +no-games +games +1 +http/);
    expect(row.indexOf('http')).toBe(head.indexOf('URL'));
  });

  test('prints CSV for a spreadsheet, in which no record is a formula', async () => {
    journal(record({ at: nine, person: { ...person(1), login: '=cmd' }, url: 'http://games.test/a,"b"' }));
    const { code, stdout } = await hallpass(['blocks', '--data', data, '--csv']);
    const [head = '', row = '', ...rest] = stdout.split('\r\n');
    expect([code, rest]).toEqual([0, ['']]);
    expect(head).toMatch(/^id,at,action,/);
    expect(row).toContain(`,'=cmd,`);
    expect(row).toContain(',"http://games.test/a,""b""",');
    expect((await hallpass(['blocks', '--data', data, '--csv', '--json'])).code).toBe(2);
  });

  test('ends quietly when its reader leaves', async () => {
    journal(...Array.from({ length: 3_000 }, (_, n) => record({ at: nine + n })));
    const child = start(['blocks', '--data', data, '--json']);
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [code] = (await once(child, 'close')) as [number];
    expect([code, stderr]).toEqual([0, '']);
  });

  test('says so where nothing is recorded', async () => {
    const { code, stdout, stderr } = await hallpass(['blocks', '--data', join(data, 'none')]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^hallpass: nothing is recorded in `.*none`: name the data folder by `--data`\n$/);
  });
});

describe('the data folder', () => {
  beforeEach(() => journal(record({ at: nine })));

  test('is that of --data', async () => {
    expect((await hallpass(['blocks', '--data', data, '--json'])).stdout).toContain('games.demo.test');
  });

  test('is else that of HALLPASS_DATA', async () => {
    const { stdout } = await hallpass(['blocks', '--json'], { env: { HALLPASS_DATA: data } });
    expect(stdout).toContain('games.demo.test');
  });

  test('is else that of the file named by --config', async () => {
    const config = join(data, 'other.yaml');
    await writeFile(config, `data: ${data}\n`);
    expect((await hallpass(['blocks', '--config', config, '--json'])).stdout).toContain('games.demo.test');
  });

  test('is else that of ./hallpass.yaml', async () => {
    await writeFile(join(data, 'hallpass.yaml'), 'data: .\n');
    expect((await hallpass(['blocks', '--json'], { cwd: data })).stdout).toContain('games.demo.test');
  });

  test('is else ./data', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'hallpass-cwd-'));
    const { code, stderr } = await hallpass(['blocks', '--json'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain(`${join(cwd, 'data')}\``);
    await rm(cwd, { recursive: true });
  });
});

describe('a server that runs', () => {
  test('is asked rather than the store; when it breaks off, that is not taken for the end', async () => {
    journal(record({ at: nine }));
    const half = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{}\n\r\n';
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.write(half, () => setImmediate(() => socket.destroy())));
    });
    server.listen(join(data, 'control.sock'));
    await once(server, 'listening');
    const { code, stdout, stderr } = await hallpass(['blocks', '--data', data, '--json']);
    server.close();
    expect(stdout).toBe('{}\n');
    expect([code, stderr]).toEqual([1, 'hallpass: the server broke off its answer: see its log\n']);
  });
});
