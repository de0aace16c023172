/** The sample of decisions, from proxy threads to the disk. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Samples } from '../../control/samples.ts';
import type { SampledCell } from '../../proxy/protocol.ts';
import { dropSample, readSample, SampleStore } from '../../store/sample/sample.ts';

const hour = 3_600_000;
const start = Date.UTC(2026, 9, 12, 10);
let folder: string;
let path: string;
let store: SampleStore;
let samples: Samples;
let now = start;
const errors: unknown[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hallpass-sample-'));
  path = join(folder, 'sample.db');
  store = new SampleStore(path);
  now = start;
  errors.length = 0;
  samples = new Samples({ store, onError: (error) => errors.push(error), now: () => now });
});
afterEach(async () => {
  store.close();
  await rm(folder, { recursive: true });
  expect(errors).toEqual([]);
});

const cell = (people: readonly number[], part: Partial<SampledCell> = {}): SampledCell => ({
  ...{
    audiences: 'kids',
    known: true,
    scheme: 'https',
    host: 'a.test',
    port: 443,
    method: 'CONNECT',
    path: '',
  },
  ...{ action: 'allow', count: people.length, people },
  ...part,
});
const written = (since = 0) => [...readSample(path, since)];

test('an hour is written when it is over, threads put together, and no cell of fewer than five people', async () => {
  samples.sampled(start, [cell([1, 2, 3]), cell([1, 2, 3, 4], { host: 'few.test', count: 1_000 })]);
  samples.sampled(start, [cell([3, 4, 5]), cell([1], { host: 'few.test' })]);
  now = start + hour;
  await samples.close();
  expect(written()).toEqual([]);
  now = start + hour + 120_000;
  await samples.close();
  expect(written()).toEqual([
    {
      ...{ at: start, audiences: 'kids', known: true, scheme: 'https', host: 'a.test', port: 443 },
      ...{ method: 'CONNECT', path: '', action: 'allow', count: 6, people: 5 },
    },
  ]);
});

test('people are written as a bucket', async () => {
  const many = (count: number) => Array.from({ length: count }, (_, i) => i);
  samples.sampled(start, [
    cell(many(9)),
    cell(many(10), { host: 'b.test' }),
    cell(many(26), { host: 'c.test' }),
  ]);
  await samples.close(true);
  expect(written().map(({ host, people }) => [host, people])).toEqual([
    ['a.test', 5],
    ['b.test', 10],
    ['c.test', 25],
  ]);
});

test('an hour that is written twice, over a restart, is added up', async () => {
  for (const _time of [1, 2]) {
    samples.sampled(start, [cell([1, 2, 3, 4, 5])]);
    await samples.close(true);
  }
  expect(written()).toMatchObject([{ count: 10, people: 5 }]);
});

test('only the most frequent cells of an hour are written', async () => {
  const cells = Array.from({ length: 4_100 }, (_, i) =>
    cell([1, 2, 3, 4, 5], { host: `h${String(i)}.test`, count: i + 5 }),
  );
  samples.sampled(start, cells);
  await samples.close(true);
  expect(written()).toHaveLength(4_000);
  expect(Math.min(...written().map(({ count }) => count))).toBe(105);
});

test('fourteen days are kept', async () => {
  samples.sampled(start, [cell([1, 2, 3, 4, 5])]);
  now = start + 2 * hour;
  await samples.close();
  const later = start + 14 * 24 * hour + 2 * hour;
  samples.sampled(later, [cell([1, 2, 3, 4, 5])]);
  now = later + 2 * hour;
  await samples.close();
  expect(written().map(({ at }) => at)).toEqual([later]);
  expect(written(later + 1)).toEqual([]);
});

test('the file is for its owner alone, and goes where the sample is switched off', async () => {
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  dropSample(path);
  expect(existsSync(path)).toBe(false);
  expect(written()).toEqual([]);
});
