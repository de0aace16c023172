import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { as, closeAll, openDirectory } from './open.ts';
import { crowd } from './crowd.ts';
import { Slapd, slapdMissing } from './slapd.ts';

const long = process.env['HALLPASS_TEST_LONG'] === '1';
const people = long ? 8_000 : 500;

describe.skipIf(slapdMissing !== null)(`${people} people at the first bell`, () => {
  let slapd: Slapd;
  beforeAll(async () => {
    slapd = await Slapd.start({ more: crowd(people) });
  });
  afterAll(async () => {
    closeAll();
    await slapd.remove();
  });

  test(
    'all sign in at once with cold caches; nobody is refused, each costs one bind',
    { timeout: 180_000 },
    async () => {
      const directory = openDirectory([slapd.url]);
      const begun = performance.now();
      // Each asks four times, as the first page of a browser does.
      const answers = await Promise.all(
        Array.from({ length: people * 4 }, (_, n) => {
          const login = `crowd.${n % people}`;
          return directory.signIn(as(login, `demo-${login}`, `10.0.${n % 250}.1`));
        }),
      );
      const seconds = (performance.now() - begun) / 1_000;
      const wrong = answers.filter(
        (answer, n) =>
          answer.kind !== 'verified' ||
          answer.person.login !== `crowd.${n % people}` ||
          answer.person.groups.map(({ name }) => name).join() !==
            `all-classes,class-${Math.floor((n % people) / 25)}`,
      );
      process.stdout.write(`${people} distinct people signed in within ${seconds.toFixed(1)} s\n`);
      expect(wrong).toEqual([]);
      expect(await slapd.binds('uid=crowd.')).toBe(people);
    },
  );
});
