import { describe, expect, test } from 'vitest';
import { stateOf, verdictOf } from '../../directory/account-state.ts';

const now = Date.UTC(2026, 8, 1);
/** Hundreds of nanoseconds since 1601. */
const ticks = (ms: number) => String((BigInt(ms) + 11_644_473_600_000n) * 10_000n);

describe('what an entry says of its account', () => {
  test.each([
    [{ userAccountControl: '512' }, null],
    [{ userAccountControl: '514' }, 'account-disabled'],
    [{ useraccountcontrol: '66050' }, 'account-disabled'],
    [{ accountExpires: '0' }, null],
    [{ accountExpires: '9223372036854775807' }, null],
    [{ accountExpires: ticks(now - 1) }, 'account-expired'],
    [{ accountExpires: ticks(now + 1) }, null],
    [{ pwdAccountLockedTime: '000001010000Z' }, 'account-locked'],
    [{ pwdAccountLockedTime: '20260901000000Z' }, null],
    [{}, null],
  ])('%j: %s', (attributes, state) => {
    expect(stateOf({ dn: 'cn=a', ...attributes }, now)).toBe(state);
  });
});

describe('what a bind says', () => {
  const ad = (data: string) =>
    `80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data ${data}, v2580 Code: 0x31`;

  test.each([
    ['525', 'unknown-login'],
    ['52e', 'wrong-password'],
    ['52E', 'wrong-password'],
    ['530', 'account-disabled'],
    ['531', 'account-disabled'],
    ['532', 'password-expired'],
    ['533', 'account-disabled'],
    ['701', 'account-expired'],
    ['773', 'password-expired'],
    ['775', 'account-locked'],
    ['fff', 'wrong-password'],
  ])('Active Directory, data %s: %s', (data, reason) => {
    expect(verdictOf({ code: 49, message: ad(data), policyError: undefined })).toBe(reason);
  });

  test.each([
    [0, undefined, null],
    // Signed in, but the password is to be changed: the person is who they say.
    [0, 2, null],
    [49, 0, 'password-expired'],
    [49, 1, 'account-locked'],
    [49, undefined, 'wrong-password'],
    [53, undefined, 'wrong-password'],
  ])('result %i, policy error %s: %s', (code, policyError, reason) => {
    expect(verdictOf({ code, message: '', policyError })).toBe(reason);
  });
});
