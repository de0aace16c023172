/** `hallpass emergency` as a user runs it. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { district } from '../control/house.ts';
import type { District } from '../control/house.ts';
import { hallpass, served } from './hallpass.ts';

// Each run starts a process, and a thread that is late is waited for.
vi.setConfig({ testTimeout: 120_000 });

let place: District;
beforeEach(async () => {
  place = await district();
});
afterEach(() => place.remove());

const run = (...args: string[]) => hallpass([...args, '--config', place.file], { cwd: place.folder });

test('a thread that is late with it is named until it has it', async () => {
  await served(place.config, async (proxy) => {
    let answer = (): void => undefined;
    proxy.emergency = () => new Promise((resolve) => (answer = resolve));
    const closed = await run('emergency', 'close', 'bad.example', '--reason', 'a test');
    expect(closed).toMatchObject({ code: 0, stderr: '' });
    expect(closed.stdout).toMatch(/bad\.example closed .*\nnot yet in proxy-1: it follows when it answers/);
    expect((await run('emergency', 'list')).stdout).toContain('not yet in proxy-1');
    answer();
    await expect
      .poll(async () => (await run('emergency', 'list')).stdout, { timeout: 20_000 })
      .not.toContain('not yet in');
  });
});

test('what holds now says nothing of another time, with a server and without', async () => {
  const at = (time: number) => run('check', 'bad.example', '--at', new Date(time).toISOString());
  const began = Date.now();
  const codes = async () => [
    (await at(began - 3_600_000)).code,
    (await run('check', 'bad.example')).code,
    (await at(began + 48 * 3_600_000)).code,
  ];
  await served(place.config, async () => {
    await run('emergency', 'close', 'bad.example', '--reason', 'a test');
    expect(await codes()).toEqual([0, 10, 0]);
  });
  expect(await codes()).toEqual([0, 10, 0]);
});
