/** Many wrong passwords from one address: slower and slower for whoever guesses, and never closed to whoever knows. */
import { expect, test } from 'vitest';
import { SignInPace } from '../../../../admin-ui/server/session/sign-in-pace.ts';

const settings = { places: 2, reopen: 20, patience: 200 };
const school = '192.0.2.1';

function open() {
  const state = { now: 0 };
  const pace = new SignInPace(() => state.now, settings);
  const tried: string[] = [];
  const from = (address: string, password: string) =>
    pace.run(
      address,
      async () => {
        tried.push(password);
        return { right: password === 'right' };
      },
      ({ right }) => !right,
    );
  const fail = async (times: number): Promise<number> => {
    const start = performance.now();
    for (let n = 0; n < times; n += 1) await from(school, 'wrong');
    return performance.now() - start;
  };
  return { state, tried, from, fail };
}

test('right passwords count nothing, however many there are', async () => {
  const { from } = open();
  const answers = await Promise.all(Array.from({ length: 200 }, () => from(school, 'right')));
  expect(answers.every(({ right }) => right)).toBe(true);
});

test('after thirty failures the next ones come one at a time', async () => {
  const { fail } = open();
  expect(await fail(30)).toBeLessThan(10 * settings.reopen);
  expect(await fail(12)).toBeGreaterThanOrEqual(9 * settings.reopen);
});

test('somebody who knows the password is let in while a neighbour guesses without end', async () => {
  const { from, fail, tried } = open();
  await fail(32);
  const flood = Array.from({ length: 60 }, () => from(school, 'wrong'));
  const start = performance.now();
  expect(await from(school, 'right')).toEqual({ right: true });
  expect(performance.now() - start).toBeLessThan(5 * settings.patience);
  await Promise.all(flood);
  expect(tried).toHaveLength(32 + 60 + 1);
});

test('another address is as fast as ever, and so is this one after a minute', async () => {
  const { state, from, fail } = open();
  await fail(40);
  const start = performance.now();
  for (let n = 0; n < 20; n += 1) await from('192.0.2.2', 'wrong');
  expect(performance.now() - start).toBeLessThan(10 * settings.reopen);
  state.now += 60_000;
  await new Promise((resolve) => setTimeout(resolve, 5 * settings.reopen));
  expect(await fail(20)).toBeLessThan(10 * settings.reopen);
});
