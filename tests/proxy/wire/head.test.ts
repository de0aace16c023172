import { describe, expect, test } from 'vitest';
import { bareHead, parseRequestHead, parseResponseHead } from '../../../proxy/wire/head.ts';
import { Refused } from '../../../proxy/wire/refusals.ts';

const limits = { maxTargetBytes: 200, maxFields: 20 };
const outcome = (parse: () => unknown): string => {
  try {
    parse();
    return 'accepted';
  } catch (error) {
    if (error instanceof Refused) return error.code;
    throw error;
  }
};
const request = (text: string): string => outcome(() => parseRequestHead(text, limits));
const response = (text: string): string => outcome(() => parseResponseHead(text, limits));
const withField = (line: string): string => `GET http://h/ HTTP/1.1\r\nHost: h\r\n${line}`;

describe('request line (RFC 9112 §3)', () => {
  test.each([
    ['GET http://h/ HTTP/1.1', 'accepted'],
    ['GET http://h/ HTTP/1.0', 'accepted'],
    ['M-SEARCH http://h/ HTTP/1.1', 'accepted'],
    ['GET  http://h/ HTTP/1.1', 'bad-request-line'],
    ['GET http://h/  HTTP/1.1', 'bad-version'],
    ['GET http://h/', 'bad-request-line'],
    ['GET', 'bad-request-line'],
    ['', 'bad-request-line'],
    [' GET http://h/ HTTP/1.1', 'bad-method'],
    ['GET\thttp://h/ HTTP/1.1', 'bad-request-line'],
    ['G@T http://h/ HTTP/1.1', 'bad-method'],
    ['GET http://h/ HTTP/1.1 ', 'bad-version'],
    ['GET http://h/ http/1.1', 'bad-version'],
    ['GET http://h/ HTTP/1.10', 'bad-version'],
    ['GET http://h/ HTTP/1.2', 'version-not-supported'],
    ['GET http://h/ HTTP/2.0', 'version-not-supported'],
    ['GET http://h/ HTTP/0.9', 'version-not-supported'],
    ['GET http://h/\x7f HTTP/1.1', 'control-character'],
    ['GET http://h/\xe9 HTTP/1.1', 'bad-target'],
    ['GET http://h/\0 HTTP/1.1', 'control-character'],
    [`GET http://h/${'a'.repeat(200)} HTTP/1.1`, 'target-too-long'],
  ])('%j → %s', (line, expected) => {
    expect(request(`${line}\r\nHost: h`)).toBe(expected);
  });

  test('keeps method and target byte for byte', () => {
    const head = parseRequestHead('GET http://H/a%2f?q=%zz HTTP/1.1\r\nHost: H', limits);
    expect([head.method, head.target, head.version]).toEqual(['GET', 'http://H/a%2f?q=%zz', 11]);
  });
});

describe('field lines (RFC 9112 §5)', () => {
  test.each([
    ['X: 1', 'accepted'],
    ['X:1', 'accepted'],
    ['X:', 'accepted'],
    ['X: \t1\t ', 'accepted'],
    ['X: caf\xe9', 'accepted'],
    ['__proto__: 1', 'accepted'],
    ['X : 1', 'bad-field-name'],
    ['X\t: 1', 'bad-field-name'],
    ['n ame: 1', 'bad-field-name'],
    ['n\\ame: 1', 'bad-field-name'],
    ['name x: 1', 'bad-field-name'],
    ['na\xe9me: 1', 'bad-field-name'],
    [': 1', 'bad-field-name'],
    ['no colon', 'bad-field-line'],
    [' X: 1', 'folded-field'],
    ['\tX: 1', 'folded-field'],
    ['Foo: bar\r\n folded', 'folded-field'],
    ['Foo: bar\rX: 1', 'bare-cr-or-lf'],
    ['Foo: bar\nX: 1', 'bare-cr-or-lf'],
    ['Foo: bar\r\n\rX: 1', 'bare-cr-or-lf'],
    ['Na\rme: 1', 'bare-cr-or-lf'],
    ['Foo: b\0ar', 'control-character'],
    ['Foo: b\x0bar', 'control-character'],
    ['Foo: b\x0car', 'control-character'],
    ['Foo: b\x7far', 'control-character'],
  ])('%j → %s', (line, expected) => {
    expect(request(withField(line))).toBe(expected);
  });

  test('surrounding spaces and tabs go, other bytes stay', () => {
    const head = parseRequestHead(withField('X: \t a\xa0 \t'), limits);
    expect(head.fields.get('x')).toBe('a\xa0');
  });

  test('more fields than allowed', () => {
    expect(request(withField(Array.from({ length: 20 }, (_, i) => `X${i}: 1`).join('\r\n')))).toBe(
      'too-many-fields',
    );
  });
});

describe('response head (RFC 9112 §4)', () => {
  test.each([
    ['HTTP/1.1 200 OK', 'accepted'],
    ['HTTP/1.1 200 ', 'accepted'],
    ['HTTP/1.1 200', 'accepted'],
    ['HTTP/1.0 404 Not Found', 'accepted'],
    ['HTTP/1.1 599 ?', 'accepted'],
    ['HTTP/1.1 099 ?', 'bad-status'],
    ['HTTP/1.1 600 ?', 'bad-status'],
    ['HTTP/1.1 20 OK', 'bad-status-line'],
    ['HTTP/1.1 2000', 'bad-status-line'],
    ['HTTP/1.1 200OK', 'bad-status-line'],
    ['HTTP/2.0 200 OK', 'bad-status-line'],
    ['ICY 200 OK', 'bad-status-line'],
    ['', 'bad-status-line'],
  ])('%j → %s', (line, expected) => {
    expect(response(`${line}\r\nX: 1`)).toBe(expected);
  });

  test('white space before the colon is removed, as a proxy must (§5.1)', () => {
    const head = parseResponseHead('HTTP/1.1 200 OK\r\nX-Sloppy : 1', limits);
    expect(head.fields.get('x-sloppy')).toBe('1');
  });

  test('a folded field is refused', () => {
    expect(response('HTTP/1.1 200 OK\r\nX: 1\r\n 2')).toBe('folded-field');
  });
});

test.each([
  ['GET', 'http://h/'],
  ['CONNECT', 'h:443'],
  ['A B', 'http://h/'],
  ['', 'http://h/'],
  ['GET', ''],
  ['GET', 'http://h/\u00fc'],
  ['GET', 'http://h/\u0001'],
  ['GET', `http://h/${'x'.repeat(200)}`],
])(
  'a head without fields is made of its parts exactly where its text would be read: %j %j',
  (method, target) => {
    const text = `${method} ${target} HTTP/1.1`;
    const read = request(text) === 'accepted' ? parseRequestHead(text, limits) : null;
    expect(bareHead(method, target, limits)).toEqual(read);
  },
);
