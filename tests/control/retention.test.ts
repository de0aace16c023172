/** When what is past its time is dropped, and by which clock. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { purgeAudit } from '../../control/retention.ts';
import { clockBelieved } from '../../store/blocks.ts';
import { Journal } from '../../store/journal/journal.ts';
import { Repository } from '../../store/repository/repository.ts';
import { freshFolder } from '../store/folder.ts';

const fresh = freshFolder();
const [hour, day] = [3_600_000, 86_400_000];
const kept = { retention: 90 * day, auditRetention: 1_095 * day };

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

/** Counts the purges, at a time that the test says. */
function house(believed: () => number | null, options: typeof kept = kept) {
  const clock = { now: 2_000 * day };
  const purges: number[] = [];
  const failures: unknown[] = [];
  const end = purgeAudit(
    {
      purgeAudit: (before) => {
        purges.push(clock.now - before);
        return Promise.resolve();
      },
    },
    options,
    believed,
    (error) => failures.push(error),
    () => clock.now,
  );
  const pass = async (hours: number): Promise<void> => {
    for (let n = 0; n < hours; n += 1) {
      clock.now += hour;
      await vi.advanceTimersByTimeAsync(hour);
    }
  };
  return { purges, failures, pass, end, clock };
}

test('daily, of what is older than it is kept', async () => {
  const { purges, pass, end, failures } = house(() => 2_000 * day + 1);
  await pass(0);
  expect(purges).toEqual([1_095 * day]);
  await pass(23);
  expect(purges).toHaveLength(1);
  end();
  await pass(48);
  expect([purges.length, failures]).toEqual([1, []]);
});

test('again after a day, with a clock that is believed', async () => {
  const clock = { believed: 2_000 * day };
  const { purges, pass, end } = house(() => clock.believed);
  for (let n = 0; n < 49; n += 1) {
    clock.believed += hour;
    await pass(1);
  }
  expect(purges).toHaveLength(3);
  end();
});

test('never by a clock that is not believed, or before there is one', async () => {
  for (const believed of [null, 1_999 * day, 2_001 * day]) {
    const { purges, end } = house(() => believed);
    await vi.advanceTimersByTimeAsync(0);
    expect(purges).toEqual([]);
    end();
  }
});

test('never sooner than records', async () => {
  const { purges, end } = house(() => 2_000 * day, { retention: 400 * day, auditRetention: 365 * day });
  await vi.advanceTimersByTimeAsync(0);
  expect(purges).toEqual([400 * day]);
  end();
});

test('what fails is told, and tried again', async () => {
  const clock = { broken: true };
  const { purges, failures, pass, end } = house(() => {
    if (clock.broken) throw new Error('the journal is damaged');
    return 2_000 * day;
  });
  await pass(1);
  expect([purges.length, failures.length]).toEqual([0, 2]);
  clock.broken = false;
  await pass(1);
  expect(purges).toHaveLength(1);
  end();
});

test('from the file and its WAL, by the clock of the journal', async () => {
  const data = fresh();
  expect(clockBelieved(join(data, 'journal.db'))).toBeNull();
  const journal = Journal.open(join(data, 'journal.db'), { lockTimeout: 0 }, 0);
  expect(clockBelieved(join(data, 'journal.db'))).toBeNull();
  journal.noteClock(2_000 * day);
  expect(clockBelieved(join(data, 'journal.db'))).toBe(2_000 * day);
  journal.close();
  const repository = Repository.open(join(data, 'hallpass.db'));
  const act = { actor: null, action: 'blocks.view', subject: null, detail: {} };
  await repository.recordAct({ ...act, at: 900 * day, login: 'somebody-old' });
  await repository.recordAct({ ...act, at: 950 * day, login: 'somebody-young' });
  await repository.purgeAudit(2_000 * day - kept.auditRetention, 2_000 * day);
  const bytes = ['hallpass.db', 'hallpass.db-wal']
    .map((name) => join(data, name))
    .map((path) => (existsSync(path) ? readFileSync(path, 'latin1') : ''))
    .join('');
  expect([bytes.includes('somebody-old'), bytes.includes('somebody-young')]).toEqual([false, true]);
  expect((await repository.audit.verify()).findings).toEqual([]);
  await repository.close();
});
