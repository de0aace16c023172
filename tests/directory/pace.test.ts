import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Pace, schoolPace } from '../../directory/pace.ts';

const settings = { places: 2, reopen: 10_000, patience: 3_000 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Answer = 'right' | 'wrong';
const isWrong = (answer: Answer): boolean => answer === 'wrong';

/** A password that the directory is being asked about. */
class Asked {
  readonly under: Promise<Answer>;
  answer!: (answer: Answer) => void;
  begun = false;

  constructor() {
    this.under = new Promise((resolve) => (this.answer = resolve));
  }
}

/** What became of a sign-in, as far as is known. */
class Try {
  readonly asked = new Asked();
  outcome: Answer | 'no place' | 'closed' | 'waiting' = 'waiting';

  constructor(pace: Pace, { ip = 'ip', mayWait = true } = {}) {
    const work = async (): Promise<Answer> => {
      this.asked.begun = true;
      return this.asked.under;
    };
    pace.run(ip, mayWait, work, isWrong).then(
      (answer) => (this.outcome = answer ?? 'no place'),
      () => (this.outcome = 'closed'),
    );
  }

  async answer(answer: Answer): Promise<void> {
    this.asked.answer(answer);
    await vi.advanceTimersByTimeAsync(0);
  }

  get begun(): boolean {
    return this.asked.begun;
  }
}

const tries = async (pace: Pace, count: number, of = {}): Promise<Try[]> => {
  const made = Array.from({ length: count }, () => new Try(pace, of));
  await vi.advanceTimersByTimeAsync(0);
  return made;
};
const begun = (all: readonly Try[]): number[] => all.flatMap((each, n) => (each.begun ? [n] : []));

describe('an address where few accounts fail', () => {
  test('has so many passwords verified at a time, the others in turn, however long the directory takes', async () => {
    const pace = new Pace(settings, () => false);
    const all = await tries(pace, 4);
    expect(begun(all)).toEqual([0, 1]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(begun(all)).toEqual([0, 1]);
    await all[1]?.answer('wrong');
    expect(begun(all)).toEqual([0, 1, 2]);
    for (const each of all) await each.answer('right');
    expect(all.map(({ outcome }) => outcome)).toEqual(['right', 'wrong', 'right', 'right']);
  });

  test('does not keep another address waiting', async () => {
    const pace = new Pace(settings, () => false);
    await tries(pace, 4);
    expect(begun(await tries(pace, 2, { ip: 'other' }))).toEqual([0, 1]);
  });
});

describe('a crowded address', () => {
  test('a right password gives its place back at once, a wrong one after a while', async () => {
    const pace = new Pace(settings, () => true);
    const [first, second, third, fourth] = (await tries(pace, 4)) as [Try, Try, Try, Try];
    await first.answer('wrong');
    expect(first.outcome).toBe('wrong');
    expect(begun([third, fourth])).toEqual([]);
    await second.answer('right');
    expect(begun([third, fourth]).length).toBe(1);
    await vi.advanceTimersByTimeAsync(3_000);
    expect([third.outcome, fourth.outcome]).toContain('no place');
    await vi.advanceTimersByTimeAsync(7_000);
    expect(begun(await tries(pace, 1))).toEqual([0]);
  });

  test('whoever waits in vain is told so, and was not asked about', async () => {
    const pace = new Pace(settings, () => true);
    const all = await tries(pace, 3);
    await vi.advanceTimersByTimeAsync(2_999);
    expect(all[2]?.outcome).toBe('waiting');
    await vi.advanceTimersByTimeAsync(1);
    expect([all[2]?.outcome, all[2]?.begun]).toEqual(['no place', false]);
  });

  test('whoever may not wait gets a place that is free, and none otherwise', async () => {
    const pace = new Pace(settings, () => true);
    const all = await tries(pace, 3, { mayWait: false });
    expect(begun(all)).toEqual([0, 1]);
    expect(all[2]?.outcome).toBe('no place');
  });

  test('a flood does not stand before those who come after it', async () => {
    let crowded = false;
    const pace = new Pace(settings, () => crowded);
    const flood = await tries(pace, 1_000);
    crowded = true;
    const [child] = (await tries(pace, 1)) as [Try];
    await flood[0]?.answer('right');
    expect(child.begun).toBe(true);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(flood.filter(({ outcome }) => outcome === 'no place').length).toBe(998);
  });

  test('a spray gets through no more than its places, and one more with each that opens again', async () => {
    const pace = new Pace(schoolPace, () => true);
    let tried = 0;
    const spray = async (): Promise<Answer> => {
      tried += 1;
      return 'wrong';
    };
    const quarter = 15 * 60;
    for (let second = 0; second < quarter; second += 1) {
      for (let n = 0; n < 10; n += 1) void pace.run('ip', true, spray, isWrong);
      await vi.advanceTimersByTimeAsync(1_000);
    }
    const most = schoolPace.places + (quarter * 1_000) / schoolPace.reopen;
    expect(tried).toBeLessThanOrEqual(most);
    expect(tried).toBeGreaterThan(most * 0.9);
  });

  test('a school of 500, of whom 50 mistype, signs in while its address is crowded', async () => {
    const pace = new Pace(schoolPace, () => true);
    const school = Array.from({ length: 500 }, (_, n) =>
      pace.run(
        'ip',
        true,
        async (): Promise<Answer> => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          return n % 10 === 0 ? 'wrong' : 'right';
        },
        isWrong,
      ),
    );
    const done = Promise.all(school);
    await vi.advanceTimersByTimeAsync(schoolPace.patience);
    const answers = await done;
    expect(answers.filter((answer) => answer === null).length).toBe(0);
  });
});

test('whoever waits when the directory closes is told so', async () => {
  const pace = new Pace(settings, () => false);
  const all = await tries(pace, 3);
  pace.close();
  await vi.advanceTimersByTimeAsync(0);
  expect(all[2]?.outcome).toBe('closed');
});

test('an address is forgotten when its places are free again', async () => {
  const pace = new Pace(settings, () => true);
  const [only] = (await tries(pace, 1)) as [Try];
  await only.answer('wrong');
  expect(pace.size).toBe(1);
  await vi.advanceTimersByTimeAsync(settings.reopen);
  expect(pace.size).toBe(0);
});
