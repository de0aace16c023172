/** What a directory says about an account: in its entry, and in its answer to a bind. */
import type { Entry } from 'ldapts';
import type { BindResult } from './connection.ts';
import { firstValue } from './entry.ts';
import type { RejectionReason } from './protocol.ts';

/** Attributes that `stateOf` reads. */
export const stateAttributes = (activeDirectory: boolean): readonly string[] =>
  activeDirectory ? ['userAccountControl', 'accountExpires'] : ['pwdAccountLockedTime'];

/** Why the account may not sign in, whatever its password; null when nothing is known against it. */
export const stateOf = (entry: Entry, now: number): RejectionReason | null => {
  // ACCOUNTDISABLE (MS-ADTS §2.2.16).
  if ((Number(firstValue(entry, 'userAccountControl') ?? 0) & 0x2) !== 0) return 'account-disabled';
  const expires = fileTime(firstValue(entry, 'accountExpires'));
  if (expires !== null && expires <= now) return 'account-expired';
  // draft-behera-ldap-password-policy §5.3.3: this value means locked until an administrator unlocks it.
  if (firstValue(entry, 'pwdAccountLockedTime') === '000001010000Z') return 'account-locked';
  return null;
};

/** Hundreds of nanoseconds since 1601; 0 and the greatest number mean never (MS-ADA1 §2.2), and are null. */
export const fileTime = (text: string | undefined): number | null => {
  if (text === undefined || !/^\d+$/.test(text)) return null;
  const ticks = BigInt(text);
  if (ticks === 0n || ticks >= 0x7fff_ffff_ffff_ffffn) return null;
  return Number(ticks / 10_000n) - 11_644_473_600_000;
};

/** The verdict of a bind: null when the password is right. */
export const verdictOf = ({ code, message, policyError }: BindResult): RejectionReason | null => {
  if (policyError !== undefined && code !== 0) {
    if (policyError === 0) return 'password-expired';
    if (policyError === 1) return 'account-locked';
  }
  if (code === 0) return null;
  const data = /\bdata ([0-9a-f]{3,8})\b/i.exec(message)?.[1]?.toLowerCase();
  return (data === undefined ? undefined : subcodes.get(data)) ?? 'wrong-password';
};

/** Windows error codes in the diagnostic message of result 49 (MS-ERREF §2.2), in hexadecimal. */
const subcodes: ReadonlyMap<string, RejectionReason> = new Map<string, RejectionReason>([
  ['525', 'unknown-login'],
  ['52e', 'wrong-password'],
  // Not at this hour, not from this computer.
  ['530', 'account-disabled'],
  ['531', 'account-disabled'],
  ['532', 'password-expired'],
  ['533', 'account-disabled'],
  ['701', 'account-expired'],
  // The password must be changed first.
  ['773', 'password-expired'],
  ['775', 'account-locked'],
]);
