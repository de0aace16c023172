/** Lists that change while people browse: no request fails, none is undecided, and each is decided by one edition. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { file, startOrigin } from '../control/lists/origin.ts';
import type { Origin } from '../control/lists/origin.ts';
import { slapdMissing } from '../directory/slapd.ts';
import { District, through } from './district.ts';

const many = Array.from({ length: 50_000 }, (_, i) => `site-${String(i)}.example.org\n`).join('');

describe.skipIf(slapdMissing !== null)('lists from a source', () => {
  let district: District;
  let origin: Origin;
  beforeAll(async () => {
    origin = await startOrigin();
    district = await District.start();
  });
  afterAll(async () => {
    await district.stop();
    await origin.close();
  });
  const lists = (...words: readonly string[]) => district.run('lists', ...words, '--data', district.data);
  const library = async (): Promise<number> =>
    (await through(district, `http://${district.at('library')}/`)).status;

  test(
    'change under load, and every request is decided by the old list or the new one',
    { timeout: 120_000 },
    async () => {
      origin.answer = file(many);
      const added = await lists('add', 'bad', `${origin.url}bad.txt`, '--category', 'adult');
      expect([added.code, added.err]).toEqual([0, '']);
      let done = false;
      const seen = new Map<number, number>();
      const browse = async (): Promise<void> => {
        while (!done) {
          const status = await library();
          seen.set(status, (seen.get(status) ?? 0) + 1);
        }
      };
      const browsing = Array.from({ length: 8 }, browse);
      for (const closed of [true, false, true, false]) {
        origin.answer = file(closed ? `${many}library.demo.test\n` : many);
        const { code, out } = await lists('update', 'bad');
        expect([code, out]).toEqual([0, expect.stringContaining('in force with edition')]);
        // Done means: it holds in every thread.
        for (let i = 0; i < 8; i++) expect(await library()).toBe(closed ? 403 : 200);
      }
      done = true;
      await Promise.all(browsing);
      expect([...seen.keys()].sort()).toEqual([200, 403]);
    },
  );

  test('are there after a kill in the middle of an update, as they were', { timeout: 60_000 }, async () => {
    let asked: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => (asked = resolve));
    // Half of it, and then nothing more.
    origin.answer = (_request, response) => {
      response.writeHead(200, { 'content-length': many.length * 2 });
      response.write(many, () => asked());
    };
    const update = lists('update', 'bad');
    await begun;
    await district.kill('SIGKILL');
    expect((await update).code).not.toBe(0);
    origin.answer = file(many);
    await district.up();
    expect((await lists('show')).out).toMatch(/^bad\/adult +adult +50,000 .* ok /m);
    expect(await library()).toBe(200);
    const left = readdirSync(join(district.data, 'lists'));
    expect(left.filter((name) => !/^[0-9a-f]{16}\.(zst|delta)$/.test(name))).toEqual([]);
    expect(left.some((name) => name.endsWith('.delta'))).toBe(true);
    expect(readFileSync(join(district.data, 'lists', left[0] ?? '')).length).toBeGreaterThan(0);
  });
});
