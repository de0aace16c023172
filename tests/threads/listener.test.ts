import { describe, expect, it } from 'vitest';
import { formatListener, isLoopback, overlap, parseListener } from '../../threads/listener.ts';

describe('a listener', () => {
  it.each([
    ['127.0.0.1:3128', { host: '127.0.0.1', port: 3128 }],
    ['[::1]:0', { host: '::1', port: 0 }],
    ['[::ffff:10.0.0.1]:65535', { host: '::ffff:10.0.0.1', port: 65_535 }],
    ['localhost:8080', { host: 'localhost', port: 8080 }],
  ])('is read from %s, and written as it was', (text, address) => {
    expect(parseListener(text)).toEqual(address);
    expect(formatListener(address)).toBe(text);
  });

  it.each([
    '',
    '3128',
    ':3128',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '::1:80',
    '[::1]',
    '[10.0.0.1]:80',
  ])('is not %j', (text) => expect(parseListener(text)).toBeNull());

  it.each(['256.0.0.1:80', '10.0.0:80', 'a b:80', 'http://a:80', 'ann@a:80', '127.0.0.1:-1'])(
    'is not %j',
    (text) => expect(parseListener(text)).toBeNull(),
  );

  it.each([
    ['127.0.0.1', true],
    ['127.255.0.9', true],
    ['::1', true],
    ['LocalHost', true],
    ['0.0.0.0', false],
    ['::', false],
    ['10.0.0.1', false],
    ['proxy.district.test', false],
  ])('on %s stays on this machine: %s', (host, expected) => expect(isLoopback(host)).toBe(expected));

  it.each([
    ['127.0.0.1:80', '127.0.0.1:80', true],
    ['0.0.0.0:80', '127.0.0.1:80', true],
    ['127.0.0.1:80', '[::]:80', true],
    ['localhost:80', '127.0.0.1:80', true],
    ['127.0.0.1:80', '127.0.0.1:81', false],
    ['127.0.0.1:80', '127.0.0.2:80', false],
    ['127.0.0.1:0', '127.0.0.1:0', false],
  ])('on %s is in the way of one on %s: %s', (a, b, expected) => {
    const [first, second] = [parseListener(a), parseListener(b)];
    expect(first !== null && second !== null && overlap(first, second)).toBe(expected);
  });
});
