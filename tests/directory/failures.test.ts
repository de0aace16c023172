import { describe, expect, test } from 'vitest';
import { Failures } from '../../directory/failures.ts';

const limits = { window: 1_000, passwordsPerAccount: 2, accountsPerAddress: 2 };

describe('limits of failed sign-ins', () => {
  test('an account waits after so many distinct passwords; the same one counts once', () => {
    const failures = new Failures(limits);
    for (let at = 0; at < 10; at += 1) failures.failed('ann', 'one', 'ip', at);
    expect(failures.accountWait('ann', 10)).toBe(0);
    failures.failed('ann', 'two', 'ip', 10);
    expect(failures.accountWait('ann', 10)).toBe(990);
    expect(failures.accountWait('ben', 10)).toBe(0);
    expect(failures.accountWait('ann', 1_000)).toBe(0);
  });

  test('an address waits after so many distinct accounts, except for those at home there', () => {
    const failures = new Failures(limits);
    failures.succeeded('ann', 'ip');
    for (let at = 0; at < 10; at += 1) failures.failed('ben', `guess-${at}`, 'ip', 0);
    expect(failures.addressWait('ip', 'dot', 0)).toBe(0);
    failures.failed('cay', 'x', 'ip', 0);
    expect(failures.addressWait('ip', 'dot', 0)).toBe(1_000);
    expect(failures.addressWait('ip', 'ann', 0)).toBe(0);
    expect(failures.addressWait('other', 'dot', 0)).toBe(0);
  });

  test('success clears the account and not the address', () => {
    const failures = new Failures(limits);
    failures.failed('ann', 'one', 'ip', 0);
    failures.failed('ann', 'two', 'ip', 0);
    failures.failed('ben', 'one', 'ip', 0);
    failures.succeeded('ann', 'ip');
    expect(failures.accountWait('ann', 0)).toBe(0);
    expect(failures.addressWait('ip', 'dot', 0)).toBe(1_000);
  });

  test('a million sources leave a bounded state', () => {
    const failures = new Failures(limits);
    const before = process.memoryUsage().heapUsed;
    for (let source = 0; source < 1_000_000; source += 1)
      failures.failed(`account-${source}`, 'x', `ip-${source}`, 0);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(400 * 1_048_576);
    expect(failures.accountWait('account-0', 0)).toBe(0);
  });
});
