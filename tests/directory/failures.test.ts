import { describe, expect, test } from 'vitest';
import { Failures } from '../../directory/failures.ts';

const limits = { window: 1_000, passwordsPerAccount: 2, accountsPerAddress: 2 };

describe('limits of failed sign-ins', () => {
  test('an account waits after so many distinct passwords; the same one counts once', () => {
    const failures = new Failures(limits);
    for (let at = 0; at < 10; at += 1) failures.failed('ann', 'one', 'ip', at);
    expect(failures.accountWait('ann', 'ip', 10)).toBe(0);
    failures.failed('ann', 'two', 'ip', 10);
    expect(failures.accountWait('ann', 'ip', 10)).toBe(990);
    expect(failures.accountWait('ben', 'ip', 10)).toBe(0);
    expect(failures.accountWait('ann', 'ip', 1_000)).toBe(0);
  });

  test('an address waits for its own tries alone, and may be given fewer', () => {
    const failures = new Failures(limits);
    failures.failed('ann', 'one', 'ip', 0);
    failures.failed('ann', 'two', 'ip', 0);
    expect([failures.accountWait('ann', 'ip', 0), failures.accountWait('ann', 'other', 0)]).toEqual([
      1_000, 0,
    ]);
    failures.failed('ann', 'three', 'other', 0);
    expect([failures.accountWait('ann', 'other', 0), failures.accountWait('ann', 'other', 0, 1)]).toEqual([
      0, 1_000,
    ]);
    // Whoever has an address in a network of IPv6 has all of them.
    for (const [n, mark] of ['one', 'two'].entries()) failures.failed('ben', mark, `2001:db8::${n}`, 0);
    expect(failures.accountWait('ben', '2001:db8::5', 0)).toBe(1_000);
  });

  test('an account is sought after as many from all addresses together, whatever its owner does meanwhile', () => {
    const failures = new Failures(limits);
    failures.failed('ann', 'one', 'ip', 0);
    expect(failures.isSought('ann', 0)).toBe(false);
    failures.failed('ann', 'two', 'other', 0);
    failures.succeeded('ann', 'third');
    expect([
      failures.isSought('ann', 0),
      failures.isSought('ben', 0),
      failures.isSought('ann', 1_000),
    ]).toEqual([...[true, false, false]]);
    failures.unknown('login:x', 'one', 'ip', 0);
    failures.unknown('login:x', 'two', 'other', 0);
    expect([failures.isSought('login:x', 0), failures.strangerWait('login:x', 0, 3)]).toEqual([true, 0]);
  });

  test('an address is crowded after so many distinct accounts, until its window ends', () => {
    const failures = new Failures(limits);
    for (let at = 0; at < 10; at += 1) failures.failed('ben', `guess-${at}`, 'ip', 0);
    expect(failures.isCrowded('ip', 0)).toBe(false);
    failures.failed('cay', 'x', 'ip', 0);
    expect([failures.isCrowded('ip', 999), failures.isCrowded('ip', 1_000)]).toEqual([true, false]);
    expect(failures.isCrowded('other', 0)).toBe(false);
  });

  test('the failure that made it crowded is told from those before and after', () => {
    const failures = new Failures(limits);
    const told = ['ann', 'ann', 'ben', 'cay'].map((account) => failures.failed(account, 'x', 'ip', 0));
    expect(told).toEqual([false, false, true, false]);
  });

  test('success clears the account at the address, and not the address', () => {
    const failures = new Failures(limits);
    failures.failed('ann', 'one', 'ip', 0);
    failures.failed('ann', 'two', 'ip', 0);
    failures.failed('ben', 'one', 'ip', 0);
    failures.succeeded('ann', 'ip');
    expect([failures.accountWait('ann', 'ip', 0), failures.hasFailed('ann', 'ip', 0)]).toEqual([0, false]);
    expect(failures.hasFailed('ben', 'ip', 0)).toBe(true);
    expect(failures.isCrowded('ip', 0)).toBe(true);
  });

  test('a login that nobody has is limited like an account, and crowds no address', () => {
    const failures = new Failures(limits);
    for (const login of ['login:x', 'login:y', 'login:z']) failures.unknown(login, 'one', 'ip', 0);
    failures.unknown('login:x', 'two', 'ip', 0);
    expect([failures.accountWait('login:x', 'ip', 0), failures.accountWait('login:y', 'ip', 0)]).toEqual([
      1_000, 0,
    ]);
    expect(failures.isCrowded('ip', 0)).toBe(false);
  });

  test('inventing names pushes no account out of memory', () => {
    const failures = new Failures({ ...limits, passwordsPerAccount: 1 });
    failures.failed('ann', 'one', 'ip', 0);
    for (let name = 0; name <= 100_000; name += 1) failures.unknown(`login:${name}`, 'one', 'ip', 0);
    expect(failures.accountWait('ann', 'ip', 0)).toBe(1_000);
  });

  test('a flood of sources is counted in bounded state: the oldest is forgotten, the newest is not', () => {
    const failures = new Failures({ window: 1_000, passwordsPerAccount: 1, accountsPerAddress: 1 });
    const last = 100_000;
    for (let source = 0; source <= last; source += 1)
      failures.failed(`account-${source}`, 'x', `ip-${source}`, 0);
    expect([failures.accountWait('account-0', 'ip-0', 0), failures.isCrowded('ip-0', 0)]).toEqual([0, false]);
    expect([
      failures.accountWait(`account-${last}`, `ip-${last}`, 0),
      failures.isCrowded(`ip-${last}`, 0),
    ]).toEqual([1_000, true]);
  });
});
