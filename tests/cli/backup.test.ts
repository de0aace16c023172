import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Journal } from '../../store/journal/journal.ts';
import { ControlHouse, district, FakeProxy } from '../control/house.ts';
import type { District } from '../control/house.ts';
import { hallpass } from './hallpass.ts';

// Each run starts a process or two, which takes seconds where other tests keep the processors busy.
vi.setConfig({ testTimeout: 120_000 });

let place: District;
beforeEach(async () => {
  place = await district();
  // The record thread's.
  Journal.open(join(place.data, 'journal.db'), { lockTimeout: 1_000 }, Date.now()).close();
});
afterEach(() => place.remove());

const run = (...args: string[]) => hallpass([...args, '--config', place.file], { cwd: place.folder });
const acts = async () => (await run('audit', 'list')).stdout;

test('a running server is backed up, on record, and what was backed up can be restored elsewhere', async () => {
  const house = new ControlHouse(place.config);
  house.join(new FakeProxy('proxy-1'));
  await house.control.ready;
  try {
    const { code, stdout, stderr } = await run('backup', 'copy', '--with-keys');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/copy: \d files, [\d.]+ MB\n$/);
  } finally {
    await house.stop();
  }
  expect(await acts()).toContain('backup.make');
  const elsewhere = join(place.folder, 'elsewhere');
  const restored = await hallpass(['restore', 'copy', '--data', elsewhere], { cwd: place.folder });
  expect([restored.code, restored.stderr]).toEqual([0, '']);
  const list = await hallpass(['audit', 'list', '--data', elsewhere]);
  expect(list.stdout).toMatch(/backup\.restore[^]*backup\.make[^]*policy\.publish/);
  expect((await hallpass(['audit', 'verify', '--data', elsewhere])).code).toBe(0);
  // On the trail of what stood there, too.
  const again = await hallpass(['restore', 'copy', '--data', elsewhere, '--force'], { cwd: place.folder });
  const aside = /^what stood there is in (.*)$/m.exec(again.stdout)?.[1] ?? '';
  expect((await hallpass(['audit', 'list', '--data', aside])).stdout).toMatch(
    /backup\.restore[^]*backup\.restore[^]*backup\.make/,
  );
});

test('no server starts on a store that is there in part', async () => {
  mkdirSync(join(place.data, 'restoring'));
  writeFileSync(join(place.data, 'restoring', 'moving.json'), '{}');
  const { code, stderr } = await run('serve');
  expect([code, stderr]).toEqual([78, expect.stringContaining('run `hallpass restore` again')]);
  expect(existsSync(join(place.data, 'hallpass.db'))).toBe(false);
});

test('without its key a restore says what is missing; where nothing is kept there is nothing to copy', async () => {
  const house = new ControlHouse(place.config);
  house.join(new FakeProxy('proxy-1'));
  await house.control.ready;
  await house.stop();
  const { stdout } = await run('backup', 'copy');
  expect(stdout).toContain('audit.key) is not in it');
  const elsewhere = join(place.folder, 'elsewhere');
  const restored = await hallpass(['restore', 'copy', '--data', elsewhere], { cwd: place.folder });
  expect(restored.code).toBe(0);
  expect(restored.stdout).toContain('not on the audit trail');
  const none = await hallpass(['backup', 'other', '--data', join(place.folder, 'none')], {
    cwd: place.folder,
  });
  expect([none.code, existsSync(join(place.folder, 'other'))]).toEqual([1, false]);
  expect(none.stderr).toContain('holds no store of Hallpass');
});
