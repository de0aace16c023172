/** Codes that come at once: none is looked at beyond the limit, and none counts twice. */
import { join } from 'node:path';
import { generateSync } from 'otplib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SecondFactors } from '../../../../admin-ui/server/session/second-factor.ts';
import { Repository } from '../../../../store/repository/repository.ts';
import { freshFolder } from '../../../store/folder.ts';

const fresh = freshFolder();
let repository: Repository;
let now = Date.UTC(2026, 8, 1, 10);
let factors: SecondFactors;
let secret = '';
beforeEach(async () => {
  repository = Repository.open(join(fresh(), 'hallpass.db'));
  factors = new SecondFactors(repository.sessions, () => now);
  secret = (await factors.enrol('key-cto', 'cto', 'Hallpass'))?.secret ?? '';
});
afterEach(() => repository.close());

const codeAt = (at: number): string => generateSync({ secret, epoch: Math.floor(at / 1_000) });
const codeNow = (): string => codeAt(now);
/** None that is right now, or within the tolerance. */
const wrongCodes = (n: number): string[] =>
  Array.from({ length: n + 3 }, (_, i) => String(i).padStart(6, '0'))
    .filter((code) => ![-30_000, 0, 30_000].some((off) => codeAt(now + off) === code))
    .slice(0, n);
const tried = (codes: readonly string[]) => Promise.all(codes.map((code) => factors.check('key-cto', code)));

test('of forty wrong codes at once five are looked at', async () => {
  const answers = await tried(wrongCodes(40));
  expect(answers.filter((answer) => answer === 'wrong')).toHaveLength(5);
  expect(answers.filter((answer) => answer === 'limited')).toHaveLength(35);
  expect(await factors.check('key-cto', codeNow())).toBe('limited');
  now += 5 * 60_000;
  expect(await factors.check('key-cto', codeNow())).toBe('right');
});

test('a right code that comes four times at once is taken once', async () => {
  const answers = await tried(Array.from({ length: 4 }, codeNow));
  expect(answers.sort()).toEqual(['right', 'wrong', 'wrong', 'wrong']);
});

test('a right code begins the count anew', async () => {
  await tried(wrongCodes(4));
  expect(await factors.check('key-cto', codeNow())).toBe('right');
  expect(await tried(wrongCodes(5))).toEqual(Array.from({ length: 5 }, () => 'wrong'));
});
