/** Monday, the first bell: everybody signs in through the proxy at once, with every cache cold. */
import { describe, expect, test } from 'vitest';
import { crowd } from '../directory/crowd.ts';
import { slapdMissing } from '../directory/slapd.ts';
import { District, through } from './district.ts';

const people = process.env['HALLPASS_TEST_LONG'] === '1' ? 8_000 : 500;

describe.skipIf(slapdMissing !== null)('the first bell', () => {
  test(
    `${people} people sign in through two proxy threads, and nobody gets a false 407`,
    { timeout: 240_000 },
    async () => {
      const district = await District.start({ people: crowd(people) });
      try {
        const waiting = Array.from({ length: people }, (_, i) => `crowd.${i}`);
        const answers = new Map<number, number>();
        const begun = performance.now();
        const browser = async (): Promise<void> => {
          for (let who = waiting.pop(); who !== undefined; who = waiting.pop()) {
            const { status } = await through(district, `http://${district.at('games')}/`, who);
            answers.set(status, (answers.get(status) ?? 0) + 1);
          }
        };
        await Promise.all(Array.from({ length: 200 }, browser));
        const seconds = (performance.now() - begun) / 1_000;
        process.stderr.write(`${people} people signed in within ${seconds.toFixed(1)} s\n`);
        // The crowd is in no group that the starter policy names, so games are open to them once they are known.
        expect([...answers]).toEqual([[200, people]]);
      } finally {
        await district.stop();
      }
    },
  );
});
