import { expect, test } from 'vitest';
import { Fields } from '../../../proxy/wire/fields.ts';
import type { RequestHead } from '../../../proxy/wire/head.ts';
import { forwardsLeft, withOneForwardFewer } from '../../../proxy/wire/max-forwards.ts';

const head = (method: string, ...values: string[]): RequestHead => {
  const fields = new Fields();
  fields.add('Accept', 'a');
  for (const value of values) fields.add('MAX-Forwards', value);
  return { method, target: '*', version: 11, fields };
};

test.each([
  ['OPTIONS', [], Infinity],
  ['OPTIONS', ['0'], 0],
  ['OPTIONS', ['007'], 7],
  ['GET', ['0'], Infinity],
  ['GET', ['what'], Infinity],
])('%s with %j may be passed on %s times', (method, values, times) => {
  expect(forwardsLeft(head(method, ...values))).toBe(times);
});

test.each([[['']], [['-1']], [['1.5']], [['0x1']], [['1', '1']], [['9'.repeat(16)]]])(
  'OPTIONS with %j is refused',
  (values) => {
    expect(() => forwardsLeft(head('OPTIONS', ...values))).toThrow('not one decimal number');
  },
);

test('one time fewer, in its place and spelling; other requests keep their fields', () => {
  const { names, values } = withOneForwardFewer(head('OPTIONS', '10'));
  expect([names, values]).toEqual([
    ['Accept', 'MAX-Forwards'],
    ['a', '9'],
  ]);
  const get = head('GET', '10');
  expect(withOneForwardFewer(get)).toBe(get.fields);
});
