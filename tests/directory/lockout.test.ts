import { describe, expect, test } from 'vitest';
import { Lockout, lockoutWait, shareOf, wrongPasswordsOf } from '../../directory/lockout.ts';

const at = Date.UTC(2026, 8, 1, 12);
const limit = (threshold: number) => ({ threshold, window: 1_000 });

describe('the lock-out of a directory', () => {
  test('is read from the entry of an account, as Active Directory and OpenLDAP count', () => {
    const ticks = String((BigInt(at) + 11_644_473_600_000n) * 10_000n);
    const active = { dn: 'x', badPwdCount: '3', badPasswordTime: ticks };
    expect(wrongPasswordsOf(active)).toEqual({ count: 3, last: at });
    const times = ['20260901115900Z', '20260901120000.123456Z'];
    expect(wrongPasswordsOf({ dn: 'x', pwdFailureTime: times })).toEqual({ count: 2, last: at });
    expect(wrongPasswordsOf({ dn: 'x' })).toEqual({ count: 0, last: 0 });
  });

  test('is kept away from by one password, until the directory forgets', () => {
    const wait = (count: number, now: number) => lockoutWait({ count, last: at }, limit(5), now);
    expect([wait(3, at), wait(4, at), wait(4, at + 400), wait(4, at + 1_000)]).toEqual([0, 1_000, 600, 0]);
    expect(lockoutWait({ count: 4, last: at }, null, at)).toBe(0);
    // Locked already: nothing can be lost.
    expect(wait(5, at)).toBe(0);
    expect(lockoutWait({ count: 0, last: 0 }, limit(1), at)).toBe(0);
  });

  test('leaves one password to another address, where there are enough', () => {
    const shares = [null, limit(10), limit(6), limit(5), limit(3), limit(1)].map((each) => shareOf(each, 5));
    expect(shares).toEqual([5, 5, 4, 3, 2, 2]);
  });

  test('is that of the domain, read once in a while, or the stricter one of the options', async () => {
    let searches = 0;
    let now = 0;
    const search = async () => {
      searches += 1;
      return [{ dn: 'dc=x', lockoutThreshold: '7', lockOutObservationWindow: '-18000000000' }];
    };
    const of = (threshold: number | undefined, domain: string | null = 'dc=x') =>
      new Lockout(search, { threshold, window: 900_000, domain }, () => now);
    const lockout = of(undefined);
    const read = { threshold: 7, window: 1_800_000 };
    expect([await lockout.limit(), await lockout.limit(), searches]).toEqual([read, read, 1]);
    now += 600_000;
    await lockout.limit();
    expect(searches).toBe(2);
    expect(await of(9).limit()).toEqual(read);
    expect(await of(4).limit()).toEqual({ threshold: 4, window: 900_000 });
    expect(await of(4, null).limit()).toEqual({ threshold: 4, window: 900_000 });
    expect(await of(undefined, null).limit()).toBeNull();
  });

  test('is unknown while the domain cannot be read, and asked for again', async () => {
    let down = true;
    const search = async () => {
      if (down) throw new Error('no server answers');
      return [{ dn: 'dc=x', lockoutThreshold: '7' }];
    };
    const lockout = new Lockout(search, { threshold: undefined, window: 900_000, domain: 'dc=x' }, () => 0);
    expect(await lockout.limit()).toBeNull();
    down = false;
    expect(await lockout.limit()).toEqual({ threshold: 7, window: 900_000 });
  });
});
