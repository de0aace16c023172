import { expect, test } from 'vitest';
import { refusalInWords } from '../../directory/result-codes.ts';

test.each([
  [
    50,
    ' Code: 0x32',
    /^this account may not read there: name another one by .*\(insufficientAccessRights, 50\)$/,
  ],
  [
    32,
    'The target object cannot be found. Code: 0x20',
    /may not see it: .*\(noSuchObject, 32; it says: The target/,
  ],
  [8, 'BindSimple: Transport encryption required. Code: 0x8', /`ldaps:` server, or `directory.startTls`/],
  [4, ' Code: 0x4', /lift its size limit/],
  [49, ' Code: 0x31', /^the name or the password of the account is wrong \(invalidCredentials, 49\)$/],
  [
    49,
    '80090308: LdapErr: DSID-0C09, comment: AcceptSecurityContext error, data 775, v2580 Code: 0x31',
    /is locked/,
  ],
  [
    49,
    '80090308: AcceptSecurityContext error, data 52e, v2580 Code: 0x31',
    /^the password of the account is wrong/,
  ],
  [80, ' Code: 0x50', /^the log of the server says why \(result, 80\)$/],
])('%i, %j', (code, message, words) => {
  expect(refusalInWords({ code, message })).toMatch(words);
  expect(refusalInWords({ code, message })).not.toContain('Code: 0x');
});
