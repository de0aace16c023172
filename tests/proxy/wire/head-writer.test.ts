import { describe, expect, test } from 'vitest';
import { Fields } from '../../../proxy/wire/fields.ts';
import {
  interimHeadText,
  ownHeadText,
  requestHeadText,
  responseHeadText,
  switchingHeadText,
} from '../../../proxy/wire/head-writer.ts';
import type { BodyLength } from '../../../proxy/wire/framing.ts';

const via = { pseudonym: 'here' };
function fields(...lines: readonly (readonly [string, string])[]): Fields {
  const made = new Fields();
  for (const [name, value] of lines) made.add(name, value);
  return made;
}
const request = (list: Fields, length: BodyLength = 0, upgrade?: string): string =>
  requestHeadText(
    { method: 'GET', target: 'ignored', version: 11, fields: list },
    { authority: 'a.test:81', target: '/p', fields: '', length, via, upgrade },
  );
const response = (status: number, list: Fields, length: BodyLength, method = 'GET'): string =>
  responseHeadText({ version: 10, status, reason: '', fields: list }, length, method, undefined, via);

describe('requests', () => {
  test('fields of one hop go, however they are named, and so do those that speak to a proxy', () => {
    const text = request(
      fields(
        ['Host', 'b.test'],
        ['Connection', 'X-One, ,close'],
        ['CONNECTION', 'x-two'],
        ['X-One', '1'],
        ['X-Two', '2'],
        ['Keep-Alive', '5'],
        ['Proxy-Connection', 'x'],
        ['Proxy-Authorization', 'secret'],
        ['TE', 'trailers'],
        ['Trailer', 'x'],
        ['Upgrade', 'h2c'],
        ['HTTP2-Settings', 'x'],
        ['Accept', '*/*'],
        ['Cookie', 'a=b'],
      ),
    );
    expect(text).toBe(
      'GET /p HTTP/1.1\r\nHost: a.test:81\r\nAccept: */*\r\nCookie: a=b\r\nVia: 1.1 here\r\n\r\n',
    );
  });

  test('framing is ours: neither what came nor a Connection that names it counts', () => {
    const came = fields(['Connection', 'Content-Length, Transfer-Encoding, Host'], ['Content-Length', '005']);
    expect(request(came, 5)).toContain('\r\nContent-Length: 5\r\n');
    expect(request(came, 5)).toContain('\r\nHost: a.test:81\r\n');
    expect(request(fields(['Transfer-Encoding', 'CHUNKED']), 'chunked')).toContain(
      '\r\nTransfer-Encoding: chunked\r\n',
    );
  });

  test('a length of 0 is stated where it was stated', () => {
    expect(request(fields(['Content-Length', '0']))).toContain('Content-Length: 0');
    expect(request(fields())).not.toContain('Content-Length');
  });

  test('Via is one list, with us at its end', () => {
    expect(request(fields(['Via', '1.0 x'], ['Via', '1.1 y']))).toContain('Via: 1.0 x, 1.1 y, 1.1 here\r\n');
  });

  test('an upgrade that was allowed is asked for', () => {
    expect(request(fields(['Upgrade', 'h2c']), 0, 'websocket')).toContain(
      'Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
  });
});

describe('responses', () => {
  test('framing by what may follow', () => {
    const stated = fields(['Content-Length', '07']);
    expect(response(200, stated, 7)).toContain('Content-Length: 7');
    expect(response(200, stated, 'chunked')).not.toContain('Content-Length');
    expect(response(200, fields(), 'until-close')).not.toMatch(/Content-Length|Transfer-Encoding/);
    expect(response(204, stated, 0)).not.toContain('Content-Length');
    expect(response(304, stated, 0)).toContain('Content-Length: 7');
    expect(response(200, stated, 0, 'HEAD')).toContain('Content-Length: 7');
    expect(response(200, fields(['Content-Length', '-1']), 0, 'HEAD')).not.toContain('Content-Length');
  });

  test('interim and switching heads carry no framing', () => {
    const head = {
      version: 11,
      status: 103,
      reason: '',
      fields: fields(['Link', 'x'], ['Content-Length', '5']),
    } as const;
    expect(interimHeadText(head)).toBe('HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n');
    expect(switchingHeadText(head, 'websocket')).toBe(
      'HTTP/1.1 101 Switching Protocols\r\nLink: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
  });

  test('our own: length and date, no length with 204', () => {
    const own = { status: 403, headers: [['X', 'y']], body: Buffer.from('abc') } as const;
    expect(ownHeadText(own, 'close')).toMatch(
      /^HTTP\/1\.1 403 Forbidden\r\nX: y\r\nDate: .+ GMT\r\nContent-Length: 3\r\nConnection: close\r\n\r\n$/,
    );
    expect(ownHeadText({ ...own, status: 204 }, undefined)).not.toContain('Content-Length');
  });
});
