import { describe, expect, test } from 'vitest';
import { parseRequestHead } from '../../../proxy/wire/head.ts';
import { Refused } from '../../../proxy/wire/refusals.ts';
import { originForm, parseTarget } from '../../../proxy/wire/target.ts';

const limits = { maxTargetBytes: 2_000, maxFields: 20 };
function parse(line: string): unknown {
  try {
    return parseTarget(parseRequestHead(`${line} HTTP/1.1\r\nHost: h`, limits));
  } catch (error) {
    if (error instanceof Refused) return error.code;
    throw error;
  }
}

describe('accepted targets', () => {
  test.each([
    ['GET http://h/', 'h', undefined, '/', undefined],
    ['GET HTTP://h/', 'h', undefined, '/', undefined],
    ['GET http://h', 'h', undefined, '', undefined],
    ['GET http://h?x', 'h', undefined, '', 'x'],
    ['GET http://h:/', 'h', undefined, '/', undefined],
    ['GET http://h:8080/a/../b?c?d', 'h', 8080, '/a/../b', 'c?d'],
    ['GET http://[::1]:81/', '[::1]', 81, '/', undefined],
    ['GET http://%62locked.test/', '%62locked.test', undefined, '/', undefined],
    ['GET http://h/@a:b', 'h', undefined, '/@a:b', undefined],
  ])('%s', (line, host, port, path, query) => {
    expect(parse(line)).toEqual({ form: 'absolute', authority: { host, port }, path, query });
  });

  test('CONNECT', () => {
    expect(parse('CONNECT h:443')).toEqual({ form: 'authority', authority: { host: 'h', port: 443 } });
    expect(parse('CONNECT [2001:db8::1]:443')).toEqual({
      form: 'authority',
      authority: { host: '[2001:db8::1]', port: 443 },
    });
  });

  test('OPTIONS *', () => expect(parse('OPTIONS *')).toEqual({ form: 'asterisk' }));
});

describe('refused targets', () => {
  test.each([
    ['GET /', 'origin-form'],
    ['GET *', 'asterisk-form'],
    ['OPTIONS */test', 'authority-form'],
    ['GET h:80', 'authority-form'],
    ['GET admin', 'authority-form'],
    ['GET ftp://h/', 'bad-scheme'],
    ['GET https://h/', 'bad-scheme'],
    ['GET http:///x', 'bad-authority'],
    ['GET http://:80/', 'bad-authority'],
    ['GET http://a@evil/', 'userinfo'],
    ['GET http://ok.test@blocked.test/', 'userinfo'],
    ['GET http://blocked.test#@ok.test/', 'fragment'],
    ['GET http://h/#f', 'fragment'],
    ['GET http://ok.test\\@blocked.test/', 'userinfo'],
    ['GET http://ok.test\\x/', 'bad-authority'],
    ['GET http://a,b/', 'bad-authority'],
    ['GET http://[::1/', 'bad-authority'],
    ['GET http://[fe80::1%25eth0]/', 'bad-authority'],
    ['GET http://h:0/', 'bad-port'],
    ['GET http://h:65536/', 'bad-port'],
    ['GET http://h:000080/', 'bad-port'],
    ['GET http://h:8o/', 'bad-port'],
    ['CONNECT h', 'authority-form'],
    ['CONNECT h:', 'authority-form'],
    ['CONNECT /', 'authority-form'],
    ['CONNECT http://h:80', 'authority-form'],
    ['CONNECT h:0', 'bad-port'],
    ['CONNECT h:70000', 'bad-port'],
    ['CONNECT u@h:443', 'userinfo'],
    ['CONNECT [fe80::1%25eth0]:443', 'bad-authority'],
  ])('%s → %s', (line, code) => expect(parse(line)).toBe(code));
});

describe('the target for the origin is what the client sent after the authority', () => {
  test.each([
    ['GET http://h', '/'],
    ['GET http://h?q', '/?q'],
    ['GET http://h/a%2F..//b?x=%20&y', '/a%2F..//b?x=%20&y'],
    ['GET http://h/?', '/?'],
    ['OPTIONS http://h', '*'],
    ['OPTIONS http://h/', '/'],
  ])('%s → %s', (line, expected) => {
    const target = parse(line) as ReturnType<typeof parseTarget> & { form: 'absolute' };
    expect(originForm(target, line.split(' ', 1)[0] ?? '')).toBe(expected);
  });
});
