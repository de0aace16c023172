import { expect, test } from 'vitest';
import { maySignInConnection, signsInConnections } from '../../../proxy/wire/connection-sign-in.ts';
import { Fields } from '../../../proxy/wire/fields.ts';

const fields = (name: string, ...values: string[]): Fields => {
  const made = new Fields();
  for (const value of values) made.add(name, value);
  return made;
};

test.each([
  [['NTLM TlRMTVNTUAAB'], true],
  [['Negotiate YII='], true],
  [['negotiate'], true],
  [['Whatever token'], true],
  [['Basic YTpi'], false],
  [['bearer abc'], false],
  [['Digest username="a"'], false],
  [['Basic'], true],
  [[], false],
])('a request with Authorization %j: %s', (values, expected) => {
  const head = { method: 'GET', target: '/', version: 11 as const };
  expect(maySignInConnection({ ...head, fields: fields('Authorization', ...values) })).toBe(expected);
});

test.each([
  [['NTLM'], true],
  [['Basic realm="x"', 'Negotiate'], true],
  [['Basic realm="x", ntlm'], true],
  [['Basic realm="x"'], false],
  [['Bearer'], false],
  [[], false],
])('a response with WWW-Authenticate %j: %s', (values, expected) => {
  const head = { version: 11 as const, status: 401, reason: '' };
  expect(signsInConnections({ ...head, fields: fields('WWW-Authenticate', ...values) })).toBe(expected);
});
