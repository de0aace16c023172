/** A thread that steps back is the only one of the process that does. */
import { once } from 'node:events';
import { getPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';

const own = `
  const { parentPort } = require('node:worker_threads');
  const { getPriority } = require('node:os');
  import(${JSON.stringify(new URL('../../threads/priority.ts', import.meta.url).href)}).then(({ stepBack }) => {
    const before = getPriority();
    parentPort.postMessage({ before, done: stepBack(), after: getPriority() });
  });
`;

interface Told {
  readonly before: number;
  readonly done: boolean;
  readonly after: number;
}

async function inThread(): Promise<Told> {
  const worker = new Worker(own, { eval: true });
  const [told] = (await once(worker, 'message')) as [Told];
  await worker.terminate();
  return told;
}

describe.skipIf(process.platform !== 'linux')('stepping back', () => {
  test('moves the thread that asks and no other', async () => {
    const here = getPriority();
    const { before, done, after } = await inThread();
    expect({ before, done }).toEqual({ before: here, done: true });
    expect(after).toBe(Math.min(here + 10, 19));
    expect(getPriority()).toBe(here);
  });
});

describe.skipIf(process.platform === 'linux')('where the value is that of the process', () => {
  test('does nothing', async () => {
    expect(await inThread()).toMatchObject({ done: false });
  });
});
