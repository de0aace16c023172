import { describe, expect, test } from 'vitest';
import { requestBodyLength, responseBodyLength } from '../../../proxy/wire/framing.ts';
import { parseRequestHead, parseResponseHead } from '../../../proxy/wire/head.ts';
import { Refused } from '../../../proxy/wire/refusals.ts';

const limits = { maxTargetBytes: 2_000, maxFields: 50 };
function outcome(measure: () => unknown): unknown {
  try {
    return measure();
  } catch (error) {
    if (error instanceof Refused) return error.code;
    throw error;
  }
}
const request = (lines: string, start = 'POST http://h/ HTTP/1.1'): unknown =>
  outcome(() => requestBodyLength(parseRequestHead(`${start}\r\nHost: h\r\n${lines}`, limits)));
const response = (lines: string, method = 'GET', start = 'HTTP/1.1 200 OK'): unknown =>
  outcome(() => responseBodyLength(parseResponseHead(`${start}\r\n${lines}`, limits), method));

describe('requests', () => {
  test.each<[string, unknown]>([
    ['X: 1', 0],
    ['Content-Length: 0', 0],
    ['Content-Length: 5', 5],
    ['Content-Length: \t5\t', 5],
    ['Content-Length: 005', 5],
    ['CONTENT-LENGTH: 5', 5],
    ['Transfer-Encoding: chunked', 'chunked'],
    ['Transfer-Encoding: CHUNKED', 'chunked'],
    ['Content-Length: ', 'bad-content-length'],
    ['Content-Length: +5', 'bad-content-length'],
    ['Content-Length: -5', 'bad-content-length'],
    ['Content-Length: 0x5', 'bad-content-length'],
    ['Content-Length: 5.0', 'bad-content-length'],
    ['Content-Length: 5e0', 'bad-content-length'],
    ['Content-Length: 0 5', 'bad-content-length'],
    ['Content-Length: 5, 5', 'bad-content-length'],
    ['Content-Length: 5\r\nContent-Length: 5', 'bad-content-length'],
    ['Content-Length: \r\nContent-Length: 5', 'bad-content-length'],
    ['Content-Length: 9999999999999999', 'bad-content-length'],
    ['Content-Length: 5\r\nTransfer-Encoding: chunked', 'length-and-encoding'],
    ['Content-Length: 5\r\nTransfer-Encoding: x', 'length-and-encoding'],
    ['Transfer-Encoding: gzip, chunked', 'bad-transfer-encoding'],
    ['Transfer-Encoding: chunked, chunked', 'bad-transfer-encoding'],
    ['Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', 'bad-transfer-encoding'],
    ['Transfer-Encoding: identity\r\nTransfer-Encoding: chunked', 'bad-transfer-encoding'],
    ['Transfer-Encoding: xchunked', 'bad-transfer-encoding'],
    ['Transfer-Encoding: "chunked"', 'bad-transfer-encoding'],
    ['Transfer-Encoding: chunked;q=1', 'bad-transfer-encoding'],
    ['Transfer-Encoding: ,chunked', 'bad-transfer-encoding'],
    ['Transfer-Encoding: chunked,', 'bad-transfer-encoding'],
    ['Transfer-Encoding: \xa0chunked', 'bad-transfer-encoding'],
    ['Transfer-Encoding: =?UTF-8?B?Y2h1bmtlZA==?=', 'bad-transfer-encoding'],
    ['Transfer-Encoding: ', 'bad-transfer-encoding'],
    ['Transfer-Encoding: identity', 'bad-transfer-encoding'],
    ['Content-Encoding: chunked', 0],
    ['Transfer-%45ncoding: chunked', 0],
    ['Connection: Content-Length\r\nContent-Length: 5', 5],
  ])('%j → %j', (lines, expected) => expect(request(lines)).toBe(expected));

  test('HTTP/1.0 has no transfer codings', () => {
    expect(request('Transfer-Encoding: chunked', 'POST http://h/ HTTP/1.0')).toBe('encoding-in-1.0');
  });
  test('CONNECT has no body', () => {
    expect(request('Content-Length: 5', 'CONNECT h:443 HTTP/1.1')).toBe('body-in-connect');
    expect(request('Transfer-Encoding: chunked', 'CONNECT h:443 HTTP/1.1')).toBe('body-in-connect');
  });
  test('any method may have one', () => {
    expect(request('Content-Length: 5', 'GET http://h/ HTTP/1.1')).toBe(5);
  });
});

describe('responses', () => {
  test.each<[string, string, string, unknown]>([
    ['X: 1', 'GET', 'HTTP/1.1 200 OK', 'until-close'],
    ['Content-Length: 7', 'GET', 'HTTP/1.1 200 OK', 7],
    ['Content-Length: 7\r\nContent-Length: 7', 'GET', 'HTTP/1.1 200 OK', 7],
    ['Content-Length: 7\r\nContent-Length: 8', 'GET', 'HTTP/1.1 200 OK', 'bad-content-length'],
    ['Content-Length: 7', 'HEAD', 'HTTP/1.1 200 OK', 0],
    ['Content-Length: 7', 'GET', 'HTTP/1.1 304 Not Modified', 0],
    ['Transfer-Encoding: chunked', 'GET', 'HTTP/1.1 204 No Content', 0],
    ['Transfer-Encoding: chunked', 'GET', 'HTTP/1.1 200 OK', 'chunked'],
    ['Transfer-Encoding: chunked', 'GET', 'HTTP/1.0 200 OK', 'encoding-in-1.0'],
    ['Transfer-Encoding: foo', 'GET', 'HTTP/1.1 200 OK', 'bad-transfer-encoding'],
    ['Transfer-Encoding: chunked, gzip', 'GET', 'HTTP/1.1 200 OK', 'bad-transfer-encoding'],
    ['Transfer-Encoding: chunked\r\nContent-Length: 3', 'GET', 'HTTP/1.1 200 OK', 'length-and-encoding'],
  ])('%j to %s %j → %j', (lines, method, start, expected) => {
    expect(response(lines, method, start)).toBe(expected);
  });
});
