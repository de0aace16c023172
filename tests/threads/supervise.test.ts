import { randomUUID } from 'node:crypto';
import { BroadcastChannel } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../threads/log.ts';
import { Supervisor } from '../../threads/supervise.ts';
import type { ThreadPlan } from '../../threads/supervise.ts';
import type { FixtureConfig, Told } from './fixtures/messages.ts';

interface Line {
  readonly msg: string;
  readonly name?: string;
  readonly pause?: number;
  readonly err?: { readonly message: string; readonly code?: string };
}

let channel: BroadcastChannel;
let told: Told[];
let lines: Line[];
let supervisor: Supervisor;

beforeEach(() => {
  channel = new BroadcastChannel(randomUUID());
  told = [];
  lines = [];
  channel.onmessage = (event) => void told.push((event as MessageEvent).data as Told);
  const log = createLog({
    thread: 'main',
    level: 'debug',
    destination: { write: (line) => void lines.push(JSON.parse(line) as Line) },
  });
  const backoff = { first: 10, longest: 40, stable: 60_000 };
  supervisor = new Supervisor({ log, logLevel: 'silent', startWithin: 30_000, backoff });
});

afterEach(async () => {
  await supervisor.stop();
  channel.close();
});

const plan = (
  name: string,
  { links = [], mood = 'well', stopWithin = 5_000 }: Partial<ThreadPlan> & Partial<FixtureConfig> = {},
): ThreadPlan => ({
  name,
  entry: new URL(`./fixtures/${name.replace(/-\d+$/, '')}.ts`, import.meta.url),
  data: { channel: channel.name, lives: new SharedArrayBuffer(4), mood } satisfies FixtureConfig,
  links,
  stopWithin,
});

/** Waits for what must come, however long a busy machine takes. */
async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 20_000, interval: 5 }).toBe(true);
}

const heard = (name: string, life: number) => () =>
  told.some((t) => t.kind === 'greeted' && t.name === name && t.life === life);
const crash = (name: string) => channel.postMessage({ crash: name });

describe('starting', () => {
  it('waits until every thread is ready, and connects each declared pair once', async () => {
    await supervisor.start([plan('greeter-1'), plan('greeter-2')]);
    await supervisor.start([plan('caller', { links: ['greeter-1', 'greeter-2'] })]);
    expect(supervisor.isReady('greeter-1')).toBe(true);
    await until(() => heard('greeter-1', 1)() && heard('greeter-2', 1)());
    expect(told).toHaveLength(2);
  });

  it('connects a pair that only the earlier thread names', async () => {
    await supervisor.start([plan('greeter-1', { links: ['caller'] })]);
    await supervisor.start([plan('caller')]);
    await until(heard('greeter-1', 1));
  });

  it('reports a thread that throws, by name and with what it threw', async () => {
    await expect(supervisor.start([plan('greeter-1', { mood: 'throws-at-start' })])).rejects.toMatchObject({
      code: 'thread-failed',
      message: 'thread `greeter-1` could not start: no good morning',
    });
  });

  it('hands on the code and the words of a thread that says why it cannot start', async () => {
    await expect(supervisor.start([plan('greeter-1', { mood: 'fails' })])).rejects.toMatchObject({
      code: 'locked',
      message: '`greeter.db` is locked',
    });
  });

  it('gives up a thread that is never ready', async () => {
    const log = createLog({ thread: 'main', level: 'silent' });
    const impatient = new Supervisor({ log, logLevel: 'silent', startWithin: 200 });
    await expect(impatient.start([plan('greeter-1', { mood: 'never-ready' })])).rejects.toMatchObject({
      code: 'thread-late',
    });
    await impatient.stop();
  });
});

describe('a crash', () => {
  it('is logged with its reason, and the thread comes back connected anew', async () => {
    await supervisor.start([plan('greeter-1'), plan('greeter-2')]);
    await supervisor.start([plan('caller', { links: ['greeter-1', 'greeter-2'] })]);
    await until(heard('greeter-1', 1));
    crash('greeter-1');
    await until(heard('greeter-1', 2));
    expect(told).toContainEqual({ kind: 'lost', name: 'greeter-1' });
    expect(told).not.toContainEqual({ kind: 'lost', name: 'greeter-2' });
    expect(lines.find((line) => line.msg.startsWith('thread ended unasked'))).toMatchObject({
      name: 'greeter-1',
      err: { message: 'asked to crash' },
      pause: 10,
    });
    await until(() => lines.some((line) => line.msg === 'thread is back'));
  });

  it('again and again is answered after growing pauses', async () => {
    await supervisor.start([plan('greeter-1')]);
    await supervisor.start([plan('caller', { links: ['greeter-1'] })]);
    for (const life of [1, 2, 3, 4]) {
      await until(heard('greeter-1', life));
      crash('greeter-1');
    }
    await until(heard('greeter-1', 5));
    expect(lines.filter((line) => line.pause !== undefined).map((line) => line.pause)).toEqual([
      10, 20, 40, 40,
    ]);
  });
});

describe('stopping', () => {
  it('ends the threads in reverse order of their start, each after its own work', async () => {
    await supervisor.start([plan('greeter-1')]);
    await supervisor.start([plan('caller')]);
    await supervisor.stop();
    await until(() => told.filter((t) => t.kind === 'stopped').length === 2);
    expect(told.map((t) => t.kind === 'stopped' && t.name)).toEqual(['caller', 'greeter-1']);
    expect(lines.some((line) => line.msg.includes('unasked'))).toBe(false);
  });

  it('ends a thread that does not stop in time, and says so', async () => {
    await supervisor.start([plan('greeter-1', { mood: 'deaf', stopWithin: 100 })]);
    await supervisor.stop();
    expect(lines.map((line) => line.msg)).toContain('thread ended at its deadline');
    expect(supervisor.isReady('greeter-1')).toBe(false);
  });
});

describe('reload', () => {
  it('hands new data to the thread that is named', async () => {
    const first = plan('greeter-1');
    await supervisor.start([first]);
    const data = { ...(first.data as FixtureConfig), mood: 'deaf' };
    expect(supervisor.reload('greeter-1', data)).toBe(true);
    expect(supervisor.reload('greeter-9', data)).toBe(false);
    await until(() => told.some((t) => t.kind === 'reloaded' && t.mood === 'deaf'));
  });
});
