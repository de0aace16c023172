/** `bin/hallpass.js` as a user runs it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Config } from '../../config.ts';
import { ControlHouse, FakeProxy } from '../control/house.ts';

export const launcher = fileURLToPath(new URL('../../bin/hallpass.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export function start(args: readonly string[], { cwd, env = {} }: RunOptions = {}) {
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith('HALLPASS_'));
  return spawn(process.execPath, [launcher, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...Object.fromEntries(clean), ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
}

/** Runs it to its end. */
export async function hallpass(args: readonly string[], options?: RunOptions): Promise<Ended> {
  const child = start(args, options);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}

async function text(stream: AsyncIterable<Buffer>): Promise<string> {
  let all = '';
  for await (const chunk of stream) all += chunk.toString();
  return all;
}

/** Does something while a control thread runs the district, for the commands that ask a server. */
export async function served<T>(config: Config, work: (proxy: FakeProxy) => Promise<T>): Promise<T> {
  const house = new ControlHouse(config);
  const proxy = new FakeProxy('proxy-1');
  house.join(proxy);
  await house.control.ready;
  try {
    return await work(proxy);
  } finally {
    await house.stop();
  }
}
