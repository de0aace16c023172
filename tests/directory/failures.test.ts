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

  test('a flood of sources is counted in bounded state: the oldest is forgotten, the newest is not', () => {
    const failures = new Failures({ window: 1_000, passwordsPerAccount: 1, accountsPerAddress: 1 });
    const last = 100_000;
    for (let source = 0; source <= last; source += 1)
      failures.failed(`account-${source}`, 'x', `ip-${source}`, 0);
    expect([failures.accountWait('account-0', 0), failures.addressWait('ip-0', 'a', 0)]).toEqual([0, 0]);
    expect([failures.accountWait(`account-${last}`, 0), failures.addressWait(`ip-${last}`, 'a', 0)]).toEqual([
      1_000, 1_000,
    ]);
  });
});
