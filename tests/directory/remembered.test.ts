import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PasswordMarks, Rejections } from '../../directory/remembered.ts';

describe('marks of passwords', () => {
  test('differ by account, by password and by process', () => {
    const marks = new PasswordMarks();
    const pair = fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(pair, pair, ([account, password], [otherAccount, otherPassword]) => {
        const same = account === otherAccount && password === otherPassword;
        expect(marks.of(account, password) === marks.of(otherAccount, otherPassword)).toBe(same);
        expect(new PasswordMarks().of(account, password)).not.toBe(marks.of(account, password));
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
    );
    expect(marks.of('ab', 'c')).not.toBe(marks.of('a', 'bc'));
    expect(marks.of('a', 'b')).toBe(marks.of('a', 'b'));
  });
});

describe('the memory of refusals', () => {
  test('a wrong password lasts as configured, everything else at most half a minute', () => {
    const rejections = new Rejections(300_000);
    rejections.add('wrong', 'wrong-password', 0);
    rejections.add('locked', 'account-locked', 0);
    expect(rejections.get('wrong', 299_999)).toBe('wrong-password');
    expect(rejections.get('wrong', 300_000)).toBeNull();
    expect(rejections.get('locked', 29_999)).toBe('account-locked');
    expect(rejections.get('locked', 30_000)).toBeNull();
    expect(rejections.get('never seen', 0)).toBeNull();
  });
});
