/** `hallpass second-factor` as a user runs it, without a server. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Repository } from '../../store/repository/repository.ts';
import { freshFolder } from '../store/folder.ts';
import { hallpass } from './hallpass.ts';

const fresh = freshFolder();

test('a lost second factor is taken away, once, and on record', async () => {
  const data = fresh();
  const repository = Repository.open(join(data, 'hallpass.db'));
  await repository.sessions.offerSecondFactor('key-1', 'p.sample', 'JBSWY3DPEHPK3PXP');
  await repository.close();
  const drop = () => hallpass(['second-factor', 'drop', 'p.sample', '--data', data]);
  expect(await drop()).toMatchObject({ code: 0 });
  const again = await drop();
  expect(again.code).toBe(1);
  expect(again.stderr).toContain('`p.sample` has no second factor');
  const { stdout } = await hallpass(['audit', 'list', '--data', data]);
  expect(stdout).toMatch(/second-factor\.drop +p\.sample/);
}, 60_000);

test('where nothing is, nothing is made', async () => {
  const { code, stderr } = await hallpass(['second-factor', 'drop', 'x', '--data', fresh()]);
  expect(code).toBe(1);
  expect(stderr).toContain('holds no store of Hallpass');
}, 60_000);
