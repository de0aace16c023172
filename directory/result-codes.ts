/** LDAP result codes (RFC 4511 §4.1.9) in the words of somebody who wants to mend what they are about. */
import type { ResultCodeError } from 'ldapts';

const named = 'name another one by `directory.bindDn` (`--bind-dn` of `hallpass init`)';
const encrypted = 'use an `ldaps:` server, or `directory.startTls`';

/** Name, what it means, and what to do. */
const codes: Readonly<Record<number, readonly [name: string, words: string]>> = {
  1: ['operationsError', `it may answer only who has signed in: if no account is named, ${named}`],
  3: [
    'timeLimitExceeded',
    'the search took longer than it allows: name a narrower base, or lift its time limit',
  ],
  4: [
    'sizeLimitExceeded',
    'it gives this account fewer entries than there are: lift its size limit for the account',
  ],
  7: ['authMethodNotSupported', `it does not take this way to sign in: ${named}`],
  8: ['strongerAuthRequired', `it wants the connection encrypted or signed: ${encrypted}`],
  10: ['referral', 'another server has what stands there: name that server, or a base of this one'],
  11: ['adminLimitExceeded', 'the search is more than it allows: name a narrower base, or lift its limits'],
  13: ['confidentialityRequired', `it wants the connection encrypted: ${encrypted}`],
  32: [
    'noSuchObject',
    'there is no such entry, or this account may not see it: look at the DN, and at what the account may read',
  ],
  34: ['invalidDNSyntax', 'the DN is not written as a DN: look for a missing `=` or comma'],
  48: ['inappropriateAuthentication', `it lets nobody in by this way: ${named}`],
  49: ['invalidCredentials', 'the name or the password of the account is wrong'],
  50: ['insufficientAccessRights', `this account may not read there: ${named}, or let it read`],
  51: ['busy', 'it has too much to do just now: try again in a moment'],
  52: ['unavailable', 'it is being stopped or started: try again in a moment'],
  53: ['unwillingToPerform', 'it does not do that: its log says why'],
};

/** What Active Directory says beside invalidCredentials: Windows error codes (MS-ERREF §2.2), in hexadecimal. */
const windows: Readonly<Record<string, string>> = {
  525: 'it has no such account: look at the name',
  '52e': 'the password of the account is wrong',
  530: 'the account may not sign in at this hour: lift its logon hours',
  531: 'the account may not sign in from this machine: lift the list of its workstations',
  532: 'the password of the account has expired: set a new one that does not expire',
  533: 'the account is disabled: enable it',
  701: 'the account has expired: extend it',
  773: 'the password of the account must be changed first: change it, and take the mark off',
  775: 'the account is locked: unlock it',
};

/** Why a server refused, and how to mend it; with the server's own words where it has any. */
export function refusalInWords({ code, message }: Pick<ResultCodeError, 'code' | 'message'>): string {
  const [name, words] = codes[code] ?? ['result', 'the log of the server says why'];
  const said = message.replace(/\s*Code: 0x[0-9a-f]+\s*$/i, '').trim();
  const data = /\bdata ([0-9a-f]{3,8})\b/i.exec(said)?.[1]?.toLowerCase();
  const why = (code === 49 && data !== undefined ? windows[data] : undefined) ?? words;
  return `${why} (${name}, ${String(code)}${said === '' ? '' : `; it says: ${said}`})`;
}
