import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { district } from '../control/house.ts';
import type { District } from '../control/house.ts';
import { hallpass, start } from './hallpass.ts';

// A whole Hallpass takes seconds to start where other tests keep the processors busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const patience = { timeout: 60_000 };

let place: District;
let child: ChildProcess;
let log = '';
const env = { HALLPASS_LOG_LEVEL: 'info' };

beforeAll(async () => {
  place = await district();
  const spawned = start(['serve', '--config', place.file], { env });
  spawned.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  child = spawned;
  await vi.waitFor(() => expect(log).toContain('"msg":"started"'), patience);
});
afterAll(async () => {
  child.kill('SIGKILL');
  await place.remove();
});

const run = (...args: string[]) => hallpass([...args, '--data', place.data], { cwd: place.folder });

describe('hallpass serve', () => {
  test('decides, and answers the command line over its socket', async () => {
    const proxy = /"proxy":"([^"]+)"/.exec(log)?.[1] ?? '';
    const [host = '', port = ''] = proxy.split(':');
    expect((await stat(join(place.data, 'control.sock'))).mode & 0o777).toBe(0o600);
    const blocked = await through(host, Number(port), 'http://games.test/');
    expect(blocked).toMatchObject({ action: 'block', rule: 'no-1', clause: 'games' });
    expect(await run('check', 'http://games.test/')).toMatchObject({ code: 10 });
    const { stdout } = await run('blocks', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ id: blocked.id, rule: 'no-1', url: 'http://games.test/' });
    const again = await run('blocks', 'replay', String(blocked.id));
    expect(again.stdout).toContain('decided again: the same\n');
    expect(again.stdout).not.toContain('not known');
    expect((await run('blocks', 'replay', '--all')).stdout).toBe(
      '1 record: 1 come out the same, 0 otherwise, 0 cannot be decided again\n',
    );
  });

  test('leaves the path of its configuration for checks without it', async () => {
    await expect
      .poll(() => readFile(join(place.data, 'config.path'), 'utf8'), patience)
      .toBe(`${place.file}\n`);
  });

  test('refuses to be started twice on one data folder', async () => {
    const { code, stderr } = await hallpass(['serve', '--config', place.file]);
    expect(code).toBe(75);
    expect(stderr).toMatch(/^hallpass: `.*` is in use by another Hallpass/m);
  });

  test('keeps its configuration when SIGHUP finds one that cannot be used', async () => {
    const good = await readFile(place.file, 'utf8');
    await writeFile(place.file, `${good}unknown: true\n`);
    child.kill('SIGHUP');
    await expect.poll(() => log, patience).toContain('the configuration is wrong, the old one stays');
    await writeFile(place.file, good);
    expect(await run('check', 'http://games.test/')).toMatchObject({ code: 10 });
  });

  test('reads the lists again at SIGHUP', async () => {
    await writeFile(join(place.folder, 'lists', 'games.list'), '@category games\n\nmore-games.test\n');
    child.kill('SIGHUP');
    await expect.poll(async () => (await run('policy', 'list')).stdout, patience).toContain('new lists');
  });

  test('stops at SIGTERM, and leaves no socket behind', async () => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    await expect(stat(join(place.data, 'control.sock'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await run('policy', 'publish', 'policy.yaml')).toMatchObject({ code: 1, stdout: '' });
  });
});

interface BlockedAnswer {
  readonly id: string;
  readonly action: string;
}

async function through(host: string, port: number, url: string): Promise<BlockedAnswer> {
  const headers = { host: new URL(url).host, accept: 'application/json' };
  const sent = request({ host, port, path: url, headers }).end();
  const [response] = (await once(sent, 'response')) as [AsyncIterable<Buffer>];
  let text = '';
  for await (const chunk of response) text += chunk.toString();
  return JSON.parse(text) as BlockedAnswer;
}

describe('hallpass serve, where the path of its configuration cannot be noted', () => {
  test('runs, and says what commands need', async () => {
    const other = await district();
    await mkdir(join(other.data, 'config.path'), { recursive: true });
    const server = start(['serve', '--config', other.file], { env });
    let said = '';
    server.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await vi.waitFor(() => expect(said).toContain('commands need `--config`'), patience);
    const ended = once(server, 'exit');
    server.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    await other.remove();
  });
});
