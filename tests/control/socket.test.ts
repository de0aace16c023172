import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { request } from 'node:http';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listenOnSocket, socketPath } from '../../control/socket.ts';
import type { ControlSocket } from '../../control/socket.ts';

let data: string;
const open: ControlSocket[] = [];
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'hp-'));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((socket) => socket.close()));
  await rm(data, { recursive: true, force: true });
});

const greet: RequestListener = (_request, response) => response.end('hello');
async function start(folder: string): Promise<ControlSocket> {
  const socket = await listenOnSocket(folder, greet);
  open.push(socket);
  return socket;
}

async function ask(socketPath: string): Promise<string> {
  const sent = request({ socketPath, path: '/' }).end();
  const [response] = (await once(sent, 'response')) as [AsyncIterable<Buffer>];
  let text = '';
  for await (const chunk of response) text += chunk.toString();
  return text;
}

async function longFolder(): Promise<string> {
  const folder = join(data, 'a-district-with-a-long-name', 'x'.repeat(90));
  await mkdir(folder, { recursive: true });
  return folder;
}

describe('the control socket', () => {
  test('lies in the data folder, for its owner alone', async () => {
    const { path } = await start(data);
    expect(path).toBe(join(data, 'control.sock'));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await ask(path)).toBe('hello');
    expect(await readdir(data)).toEqual(['control.sock']);
  });

  test('is gone when the server has closed', async () => {
    const socket = await listenOnSocket(data, greet);
    await socket.close();
    expect(await readdir(data)).toEqual([]);
  });

  test('lies in a folder of its own where the path would be too long, and is found by name', async () => {
    const folder = await longFolder();
    const { path } = await start(folder);
    expect(Buffer.byteLength(path)).toBeLessThanOrEqual(100);
    expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readFile(join(folder, 'control.path'), 'utf8')).toBe(`${path}\n`);
    expect(socketPath(folder)).toBe(path);
    expect(await ask(socketPath(folder))).toBe('hello');
  });

  test('leaves nothing of that behind', async () => {
    const folder = await longFolder();
    const socket = await listenOnSocket(folder, greet);
    await socket.close();
    expect(existsSync(dirname(socket.path))).toBe(false);
    expect(await readdir(folder)).toEqual([]);
  });

  test('takes the place of one that a killed server left', async () => {
    const script = `require('node:net').createServer().listen(${JSON.stringify(join(data, 'control.sock'))}, () => console.log('up'))`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(join(data, 'control.sock'))).toBe(true);
    const { path } = await start(data);
    expect(await ask(path)).toBe('hello');
  });

  test('refuses to take it from a server that lives', async () => {
    const { path } = await start(data);
    await expect(listenOnSocket(data, greet)).rejects.toMatchObject({ code: 'socket-in-use' });
    expect(await ask(path)).toBe('hello');
  });
});
