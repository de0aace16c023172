/** The switches for when it burns: who may set which, how long each holds, and what stands on record. */
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { Emergencies, emergencyWhen } from '../../control/emergencies.ts';
import type { Emergency } from '../../policy/emergency.ts';
import { noEmergency } from '../../policy/emergency.ts';
import { Repository } from '../../store/repository/repository.ts';
import { freshFolder } from '../store/folder.ts';

const fresh = freshFolder();
const [minute, hour] = [60_000, 3_600_000];
const cto = { key: 'key-cto', login: 'cto' };
const approver = { key: 'key-super', login: 'superintendent' };
const operator = { key: null, login: 'root (command line)' };

interface Open {
  readonly close: () => Promise<void>;
}
const opened: Open[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

async function start(folder = fresh(), clock = { now: 1_000_000 }) {
  const repository = Repository.open(join(folder, 'hallpass.db'));
  const delivered: Emergency[] = [];
  const late: string[] = [];
  const held: { until?: Promise<void> } = {};
  const emergencies = new Emergencies({
    ...{ table: repository.emergencies, closeNow: 24 * hour, now: () => clock.now },
    deliver: async (emergency) => {
      delivered.push(emergency);
      await held.until;
      return [];
    },
    behind: () => late,
    isExempt: (host) => host === 'help.test',
    onError: (error) => {
      throw error;
    },
  });
  await emergencies.start();
  const acts = async () => {
    const all: string[] = [];
    for await (const { login, action } of repository.audit.entries()) all.unshift(`${login} ${action}`);
    return all;
  };
  opened.push({
    close: async () => {
      emergencies.stop();
      await repository.close();
    },
  });
  return { folder, clock, emergencies, delivered, late, held, acts, repository };
}

describe('floor-only', () => {
  test('holds in every thread when the call returns, and ends by its time', async () => {
    const { emergencies, delivered, clock, acts } = await start();
    await emergencies.floorOnly(cto, 30 * minute, 'the new policy closed the library');
    expect(delivered.at(-1)?.floorOnly?.until).toBe(clock.now + 30 * minute);
    expect(emergencies.current().floorOnly).not.toBeNull();
    expect(emergencies.current()).toBe(emergencies.current());
    clock.now += 30 * minute;
    expect(emergencies.current()).toBe(noEmergency);
    expect(emergencies.list()).toEqual([]);
    expect(await acts()).toEqual(['cto emergency.floor-only']);
  });

  test('lasts two hours at most, and is not set twice', async () => {
    const { emergencies } = await start();
    await expect(emergencies.floorOnly(cto, 121 * minute, 'too long')).rejects.toThrow(/1 to 120 minutes/);
    await expect(emergencies.floorOnly(cto, NaN, 'no time')).rejects.toThrow(/1 to 120 minutes/);
    await emergencies.floorOnly(cto, 120 * minute, 'as long as it may');
    await expect(emergencies.floorOnly(cto, minute, 'again')).rejects.toThrow(/hold already/);
    const [row] = emergencies.list();
    await expect(emergencies.approve(approver, row?.id ?? '')).rejects.toThrow(/two hours at most/);
  });

  test('is ended before its time, on record', async () => {
    const { emergencies, delivered, acts } = await start();
    await emergencies.floorOnly(cto, hour, 'for a test');
    await emergencies.end(approver, emergencies.list()[0]?.id ?? '');
    expect(delivered.at(-1)).toBe(noEmergency);
    expect(await acts()).toEqual(['cto emergency.floor-only', 'superintendent emergency.end']);
    await expect(emergencies.end(cto, 'nothing')).rejects.toThrow(/not there, or has ended/);
  });

  test('says on record that it ended by itself', async () => {
    const { emergencies, clock, acts, delivered } = await start();
    await emergencies.floorOnly(cto, minute, 'for a test');
    clock.now += minute;
    // The timer goes by the real clock; a later look finds the same.
    emergencies.current();
    expect(emergencies.current()).toBe(noEmergency);
    const real = await start(fresh(), { now: Date.now() });
    await real.repository.emergencies.add(
      {
        ...{ id: 'x', kind: 'floor-only', host: null, at: Date.now(), until: Date.now() + 150 },
        ...{ actor: null, login: 'root', reason: 'short' },
      },
      {
        at: Date.now(),
        actor: null,
        login: 'root',
        action: 'emergency.floor-only',
        subject: null,
        detail: {},
      },
    );
    Object.defineProperty(real.clock, 'now', { get: () => Date.now() });
    await real.emergencies.start();
    await expect.poll(() => real.acts(), { timeout: 5_000 }).toContain('hallpass emergency.end');
    expect(real.delivered.at(-1)).toBe(noEmergency);
    expect([delivered.length, (await acts()).length]).toEqual([2, 1]);
  });
});

describe('a host closed now', () => {
  test('opens again by itself, unless somebody else approves', async () => {
    const { emergencies, clock } = await start();
    await emergencies.close(cto, 'Bad.Example', 'asked for by the police');
    await emergencies.close(cto, 'https://worse.example/path', 'the same');
    expect(emergencies.current().closed.map(({ host }) => host)).toEqual(['bad.example', 'worse.example']);
    const [bad] = emergencies.list();
    await expect(emergencies.approve(cto, bad?.id ?? '')).rejects.toThrow(/somebody else has to approve/);
    await emergencies.approve(approver, bad?.id ?? '');
    await expect(emergencies.approve(approver, bad?.id ?? '')).rejects.toThrow(/approved already/);
    clock.now += 25 * hour;
    expect(emergencies.current().closed.map(({ host }) => host)).toEqual(['bad.example']);
    expect(emergencies.list()).toMatchObject([{ host: 'bad.example', approver: 'superintendent' }]);
  });

  test('closed at the command line is approved by name, not there', async () => {
    const { emergencies } = await start();
    await emergencies.close(operator, 'bad.example', 'a night');
    const id = emergencies.list()[0]?.id ?? '';
    await expect(emergencies.approve(operator, id)).rejects.toThrow(/somebody else/);
    await emergencies.approve(cto, id);
  });

  test.each([
    ['help.test', /nothing closes/],
    ['com', /would close every site/],
    ['', /is no host/],
    ['a b', /is no host/],
    ['*.example', /is no host/],
  ])('%j is refused', async (host, says) => {
    const { emergencies } = await start();
    await expect(emergencies.close(cto, host, 'a test')).rejects.toThrow(says);
    expect(emergencies.list()).toEqual([]);
  });

  test('twice is refused', async () => {
    const { emergencies } = await start();
    await emergencies.close(cto, 'bad.example', 'a test');
    await expect(emergencies.close(approver, 'BAD.example', 'a test')).rejects.toThrow(/closed already/);
  });
});

test('what was put there before a restart holds after it, and what has ended does not', async () => {
  const first = await start();
  await first.emergencies.close(cto, 'bad.example', 'a test');
  await first.emergencies.floorOnly(cto, minute, 'a test');
  const clock = { now: first.clock.now + hour };
  await opened.splice(0)[0]?.close();
  const { emergencies, delivered } = await start(first.folder, clock);
  expect(emergencies.current()).toMatchObject({ floorOnly: null, closed: [{ host: 'bad.example' }] });
  expect(delivered.at(-1)?.closed).toHaveLength(1);
});

test('threads that are late are named until they have it', async () => {
  const { emergencies, late } = await start();
  late.push('proxy-2');
  await emergencies.close(cto, 'bad.example', 'a test');
  expect(emergencies.notYetIn()).toEqual(['proxy-2']);
  late.pop();
  expect(emergencies.notYetIn()).toEqual([]);
});

test('the store knows what held at any time', async () => {
  const { emergencies, clock, repository } = await start();
  const began = clock.now;
  const at = async (time: number) => {
    const { floorOnly, closed } = emergencyWhen(await repository.emergencies.all(), time);
    return [...(floorOnly === null ? [] : ['floor-only']), ...closed.map(({ host }) => host)];
  };
  await emergencies.floorOnly(cto, 30 * minute, 'a test');
  await emergencies.close(cto, 'bad.example', 'a test');
  clock.now += 10 * minute;
  await emergencies.close(cto, 'kept.example', 'a test');
  await emergencies.approve(approver, emergencies.list()[2]?.id ?? '');
  await emergencies.end(cto, emergencies.list()[1]?.id ?? '');
  expect(await at(began - 1)).toEqual([]);
  expect(await at(began)).toEqual(['floor-only', 'bad.example']);
  expect(await at(began + 10 * minute)).toEqual(['floor-only', 'kept.example']);
  expect(await at(began + 30 * minute)).toEqual(['kept.example']);
  expect(await at(began + 1_000 * hour)).toEqual(['kept.example']);
});

test('one that ended while nobody was there is ended on record at the start, and does not come back', async () => {
  const first = await start();
  await first.emergencies.floorOnly(cto, 2 * hour, 'a test');
  await first.emergencies.close(cto, 'bad.example', 'a test');
  const clock = { now: first.clock.now + 25 * hour };
  await opened.splice(0)[0]?.close();
  const second = await start(first.folder, clock);
  expect((await second.acts()).slice(-2)).toEqual(['hallpass emergency.end', 'hallpass emergency.end']);
  await opened.splice(0)[0]?.close();
  const third = await start(first.folder, { now: clock.now - 24.5 * hour });
  expect(third.emergencies.current()).toBe(noEmergency);
  expect(await third.acts()).toHaveLength(4);
});

test('what ended by itself and is not yet on record as ended is in the way of nothing', async () => {
  const { emergencies, clock } = await start();
  await emergencies.floorOnly(cto, minute, 'a test');
  clock.now += minute;
  await emergencies.floorOnly(cto, minute, 'again');
  expect(emergencies.list()).toMatchObject([{ reason: 'again' }]);
});

test('a clock that is set back ends floor-only, for good', async () => {
  const { emergencies, clock, acts, delivered } = await start();
  await emergencies.floorOnly(cto, 2 * hour, 'a test');
  await emergencies.close(cto, 'bad.example', 'a test');
  clock.now -= 30_000;
  expect(emergencies.current().floorOnly).not.toBeNull();
  clock.now -= 24 * hour;
  expect(emergencies.current().floorOnly).toBeNull();
  expect(emergencies.list()).toMatchObject([{ kind: 'closed' }]);
  await emergencies.close(cto, 'worse.example', 'a test');
  expect(await acts()).toContain('hallpass emergency.end');
  clock.now += 24 * hour + 60_000;
  expect(emergencies.current().floorOnly).toBeNull();
  expect(delivered.at(-1)).toMatchObject({ floorOnly: null, closed: [{}, {}] });
});

describe('at once', () => {
  test('only one of two is set, and only one host closed', async () => {
    const { emergencies, acts } = await start();
    const done = await Promise.allSettled([
      ...[minute, 2 * hour].map((lasts) => emergencies.floorOnly(cto, lasts, 'a test')),
      ...['bad.example', 'BAD.example'].map((host) => emergencies.close(approver, host, 'a test')),
    ]);
    expect(done.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
    expect(emergencies.list()).toHaveLength(2);
    await emergencies.end(cto, emergencies.list()[0]?.id ?? '');
    expect(emergencies.current().floorOnly).toBeNull();
    expect(await acts()).toHaveLength(3);
  });

  test('a host is approved or ended, and ended once', async () => {
    const { emergencies, acts } = await start();
    await emergencies.close(cto, 'bad.example', 'a test');
    const id = emergencies.list()[0]?.id ?? '';
    const done = await Promise.allSettled([
      emergencies.end(cto, id),
      emergencies.approve(approver, id),
      emergencies.end(approver, id),
    ]);
    expect(done.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(emergencies.current()).toBe(noEmergency);
    expect(await acts()).toEqual(['cto emergency.close', 'cto emergency.end']);
  });

  test('a change does not wait for threads that are late with the one before', async () => {
    const { emergencies, held } = await start();
    held.until = new Promise(() => undefined);
    void emergencies.close(cto, 'bad.example', 'a test');
    void emergencies.close(cto, 'worse.example', 'a test');
    await expect.poll(() => emergencies.list()).toHaveLength(2);
  });
});
