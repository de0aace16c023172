/** Programs that a benchmark starts: each in a folder of its own, pinned to one core, ended by its own process id. */
import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface Running {
  stop(): Promise<void>;
}

/** Looks where Debian puts programs that only root may want. */
const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
export const environment = { ...process.env, PATH: path };

export function installed(program: string): boolean {
  return spawnSync('which', [program], { env: environment }).status === 0;
}

/** Starts `command` on `core` and waits until `port` of 127.0.0.1 answers. */
export async function start(core: number, port: number, command: readonly string[]): Promise<Running> {
  const child = spawn('taskset', ['-c', String(core), ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
  });
  let output = '';
  child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (output += bytes.toString()));
  for (let attempt = 0; attempt < 300; attempt++) {
    if (child.exitCode !== null) throw new Error(`\`${command.join(' ')}\` ended: ${output.slice(-2_000)}`);
    if (await answers(port)) return { stop: () => stop(child) };
    await delay(100);
  }
  await stop(child);
  throw new Error(`\`${command.join(' ')}\` does not answer on port ${port}: ${output.slice(-2_000)}`);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await ended;
  clearTimeout(timer);
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}
