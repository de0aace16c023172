import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { liesBelow, normalDn, rdnsOf } from '../../directory/dn.ts';

describe('distinguished names', () => {
  test.each([
    [
      'CN=Grade 12\\, seniors of North,OU=groups,dc=demo,dc=test',
      'cn=Grade 12\\2C seniors of North,ou=groups,dc=demo,dc=test',
    ],
    ['cn = a , dc = b', 'CN=A,DC=B'],
    ['cn=caf\\C3\\A9,dc=b', 'cn=CAFÉ,dc=b'],
    ['ou=a+cn=b,dc=c', 'cn=b+ou=a,dc=c'],
    ['cn=a\\+b,dc=c', 'cn=a\\2bb,dc=c'],
    ['cn=\\ a\\ ,dc=c', 'cn=\\20a\\20,dc=c'],
  ])('%s is %s', (one, other) => {
    expect(normalDn(one)).toBe(normalDn(other));
  });

  test.each([
    ['cn=a\\,dc=b', 'cn=a,dc=b'],
    ['cn=\\ a,dc=b', 'cn=a,dc=b'],
    ['cn=a\\5c\\2cdc=b', 'cn=a\\5c,dc=b'],
    ['cn=a\\+ou=b', 'cn=a+ou=b'],
  ])('%s is not %s', (one, other) => {
    expect(normalDn(one)).not.toBe(normalDn(other));
  });

  test('a place is some parts in a row, whole parts only', () => {
    const dn = rdnsOf('uid=a,ou=Grade 9,ou=north-high,ou=students,dc=demo,dc=test');
    expect(liesBelow(dn, rdnsOf('ou=North-High'))).toBe(true);
    expect(liesBelow(dn, rdnsOf('OU=north-high, ou=students'))).toBe(true);
    expect(liesBelow(dn, rdnsOf('ou=north'))).toBe(false);
    expect(liesBelow(dn, rdnsOf('ou=students,ou=north-high'))).toBe(false);
  });

  test('any value, escaped in hexadecimal, stays one part and equals itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (value) => {
        const hex = Buffer.from(value).toString('hex').replace(/../g, '\\$&');
        expect(rdnsOf(`cn=${hex},dc=demo`).length).toBe(2);
        expect(normalDn(normalDn(`cn=${hex},dc=demo`)).split(/(?<!\\),/).length).toBeGreaterThanOrEqual(2);
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
    );
  });
});
