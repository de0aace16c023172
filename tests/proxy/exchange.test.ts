/** The life of a request over real sockets. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Harness, RecordingOrigin } from './harness.ts';
import { always, basic, ok, RawClient, roundTrip, startHarness, startOrigin, statuses } from './harness.ts';

let harness: Harness;
const origins: RecordingOrigin[] = [];
const clients: RawClient[] = [];

beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const origin of origins.splice(0)) await origin.close();
  harness.records.length = 0;
  harness.log.length = 0;
});

async function origin(reply: Parameters<typeof startOrigin>[0]): Promise<RecordingOrigin> {
  const started = await startOrigin(reply);
  origins.push(started);
  return started;
}
function client(): RawClient {
  const opened = new RawClient(harness.port);
  clients.push(opened);
  return opened;
}
const get = (host: string, port: number, path = '/', fields = ''): string =>
  `GET http://${host}:${port}${path} HTTP/1.1\r\nHost: ${host}:${port}\r\n${fields}\r\n`;

describe('forwarding', () => {
  test('the head is written anew: Host from the target, hop-by-hop fields gone, path and query byte for byte', async () => {
    const { port, received } = await origin(always(ok('hi')));
    const c = client().send(
      `GET http://OK.test:${port}/A%2f/../b?x=%zz&y HTTP/1.1\r\nHost: other.test\r\nAccept: a\r\nConnection: keep-alive, X-Hop\r\n` +
        `X-Hop: 1\r\nTE: trailers\r\nKeep-Alive: 5\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: ${basic('ann')}\r\nCookie: a=b\r\n\r\n`,
    );
    await c.until((all) => all.endsWith('hi'));
    expect(received[0]).toBe(
      `GET /A%2f/../b?x=%zz&y HTTP/1.1\r\nHost: ok.test:${port}\r\nAccept: a\r\nCookie: a=b\r\nVia: 1.1 hallpass-test\r\n\r\n`,
    );
  });

  test('responses: hop-by-hop fields gone, framing ours', async () => {
    const { port } = await origin(
      always(
        'HTTP/1.1 200 Fine\r\nConnection: X-Hop\r\nX-Hop: 1\r\nProxy-Authenticate: Basic\r\nAlt-Svc: h3=":443"\r\nContent-Length: 002\r\n\r\nhi',
      ),
    );
    const c = client().send(get('ok.test', port));
    expect(await c.until((all) => all.endsWith('hi'))).toBe(
      'HTTP/1.1 200 Fine\r\nVia: 1.1 hallpass-test\r\nContent-Length: 2\r\n\r\nhi',
    );
  });

  test('keep-alive on both sides: two requests, one connection each way', async () => {
    const { port, sockets } = await origin(always(ok('hi')));
    const c = client().send(get('ok.test', port));
    await c.until((all) => all.endsWith('hi'));
    c.send(get('ok.test', port));
    await c.until((all) => statuses(all).length === 2);
    expect(sockets.length).toBe(1);
  });

  test('HTTP/1.0: closed after the response, or kept when asked', async () => {
    const { port } = await origin(always(ok('hi')));
    expect(await roundTrip(harness.port, `GET http://ok.test:${port}/ HTTP/1.0\r\n\r\n`)).toContain(
      'Connection: close',
    );
    const c = client().send(`GET http://ok.test:${port}/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`);
    expect(await c.until((all) => all.endsWith('hi'))).toContain('Connection: keep-alive');
  });

  test('a chunked response is framed anew, and ends the connection of a 1.0 client', async () => {
    const chunked =
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;ext\r\nhi\r\n0\r\nX-Trailer: 1\r\n\r\n';
    const { port } = await origin(always(chunked));
    const c = client().send(get('ok.test', port));
    expect(await c.until((all) => all.endsWith('0\r\n\r\n'))).toContain(
      'Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
    );
    const old = await roundTrip(harness.port, `GET http://ok.test:${port}/ HTTP/1.0\r\n\r\n`);
    expect(old.endsWith('\r\n\r\nhi')).toBe(true);
    expect(old).not.toContain('chunked');
  });

  test('a response until close becomes chunked', async () => {
    const { port } = await origin((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nall there is'));
    const c = client().send(get('ok.test', port));
    expect(await c.until((all) => all.endsWith('0\r\n\r\n'))).toContain('c\r\nall there is\r\n0\r\n\r\n');
  });

  test('HEAD, 204 and 304 carry no body and do not wait for one', async () => {
    const { port } = await origin((socket, all) => {
      const head = all.split('\r\n\r\n').at(-2) ?? '';
      if (head.startsWith('HEAD /')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n');
      else if (head.includes('/304')) socket.write('HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n');
      else socket.write('HTTP/1.1 204 No Content\r\n\r\n');
    });
    const head = client().send(`HEAD http://ok.test:${port}/ HTTP/1.1\r\nHost: ok.test:${port}\r\n\r\n`);
    expect(await head.until((all) => all.endsWith('\r\n\r\n'))).toContain('Content-Length: 5');
    for (const path of ['/204', '/304']) {
      const c = client().send(get('ok.test', port, path));
      expect(await c.until((all) => all.endsWith('\r\n\r\n'))).toContain(path.slice(1));
    }
  });

  test('bodies go up, counted and chunked', async () => {
    const { port, received } = await origin((socket, all) => {
      if (all.endsWith('hello') || all.endsWith('0\r\n\r\n')) socket.write(ok('got it'));
    });
    const post = `POST http://ok.test:${port}/ HTTP/1.1\r\nHost: ok.test:${port}\r\n`;
    await client()
      .send(`${post}Content-Length: 005\r\n\r\nhello`)
      .until((all) => all.endsWith('got it'));
    await client()
      .send(`${post}Transfer-Encoding: CHUNKED\r\n\r\n3;x\r\nhel\r\n2\r\nlo\r\n0\r\nT: 1\r\n\r\n`)
      .until((all) => all.endsWith('got it'));
    expect(received.join('|')).toContain('Content-Length: 5\r\n\r\nhello');
    expect(received.join('|')).toContain(
      'Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n',
    );
  });

  test('1xx: an Expect goes to the origin and its 100 comes back; more than eight end the exchange', async () => {
    const { port } = await origin((socket, all) => {
      if (all.endsWith('\r\n\r\n')) socket.write('HTTP/1.1 100 Continue\r\n\r\n');
      else if (all.endsWith('hello')) socket.write(ok('got it'));
    });
    const c = client().send(
      `POST http://ok.test:${port}/ HTTP/1.1\r\nHost: ok.test:${port}\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`,
    );
    await c.until((all) => all.startsWith('HTTP/1.1 100 Continue\r\n\r\n'));
    await c.send('hello').until((all) => all.endsWith('got it'));
    const many = await origin(always('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(9)));
    expect(
      await client()
        .send(get('ok.test', many.port))
        .until((all) => all.includes('502')),
    ).toContain('103');
  });

  test('a stale connection is replaced for a GET and not for a POST', async () => {
    const { port, sockets } = await origin((socket, all) => {
      // The second request of a connection finds it closed.
      if (all.split('\r\n\r\n').length > 2 || all.includes('hello')) socket.destroy();
      else socket.write(ok('hi'));
    });
    const c = client().send(get('ok.test', port));
    await c.until((all) => statuses(all).length === 1);
    c.send(get('ok.test', port));
    await c.until((all) => statuses(all).length === 2);
    expect(statuses(c.received)).toEqual([200, 200]);
    expect(sockets.length).toBe(2);
    c.send(
      `POST http://ok.test:${port}/ HTTP/1.1\r\nHost: ok.test:${port}\r\nContent-Length: 5\r\n\r\nhello`,
    );
    await c.until((all) => statuses(all).length === 3);
    expect(statuses(c.received)).toEqual([200, 200, 502]);
  });

  test('a truncated response never looks complete', async () => {
    const { port } = await origin((socket) =>
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf'),
    );
    const c = client().send(get('ok.test', port));
    await c.until(() => c.closed);
    expect(c.ended).toBe(false);
    const chunked = await origin((socket) =>
      socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf'),
    );
    const d = client().send(get('ok.test', chunked.port));
    await d.until(() => d.closed);
    expect(d.received).not.toContain('0\r\n\r\n');
  });

  test('bytes after a response end the connection to the origin and reach nobody', async () => {
    const { port, sockets } = await origin(
      always(`${ok('hi')}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`),
    );
    const c = client();
    for (let i = 1; i <= 2; i++) {
      c.send(get('ok.test', port));
      await c.until((all) => statuses(all).length === i);
    }
    expect(c.received).not.toContain('evil');
    expect(sockets.length).toBe(2);
  });

  test.each([
    ['Transfer-Encoding: foo'],
    ['Transfer-Encoding: chunked\r\nContent-Length: 2'],
    ['Content-Length: 2\r\nContent-Length: 3'],
    ['X: a\rb'],
  ])('a response with %j is 502', async (field) => {
    const { port } = await origin(always(`HTTP/1.1 200 OK\r\n${field}\r\n\r\nhi`));
    expect(
      await client()
        .send(get('ok.test', port))
        .until((all) => all.includes('\r\n\r\n')),
    ).toContain('HTTP/1.1 502');
  });

  test('backpressure: a client that does not read stops the origin', async () => {
    const piece = Buffer.alloc(65_536, 'x');
    let written = 0;
    const { port } = await origin((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${piece.length * 1_000}\r\n\r\n`);
      const more = (): void => {
        while (written < 1_000 && socket.write(piece)) written++;
      };
      socket.on('drain', more);
      more();
    });
    const c = client();
    c.socket.pause();
    c.send(get('ok.test', port));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(written).toBeLessThan(900);
    c.socket.resume();
    await c.until((all) => all.length > piece.length * 1_000);
  });
});

describe('what a proxy does not pass on', () => {
  test.each([
    ['TRACE http://ok.test/ HTTP/1.1\r\nHost: ok.test', 405],
    ['GET / HTTP/1.1\r\nHost: ok.test', 400],
    ['GET http://ok.test/ HTTP/1.1', 400],
    ['GET http://ok.test/ HTTP/1.1\r\nHost: ok.test\r\nHost: ok.test', 400],
    ['GET http://ok.test/ HTTP/1.1\r\nHost: a, b', 400],
    ['GET http://ok.test/ HTTP/1.1\r\nHost:', 400],
    ['GET http://ok.test/ HTTP/1.1\r\nHost: x@evil', 400],
    ['GET http://ok.test/ HTTP/1.1\r\nHost: a/evil', 400],
    ['POST http://ok.test/ HTTP/1.1\r\nHost: ok.test\r\nExpect: x 100-continue\r\nContent-Length: 1', 417],
    ['POST http://ok.test/ HTTP/1.1\r\nHost: ok.test\r\nTransfer-Encoding: gzip', 501],
    ['CONNECT ok.test HTTP/1.1\r\nHost: ok.test', 400],
    ['CONNECT ok.test:443 HTTP/1.1\r\nHost: evil.test:443', 400],
    ['CONNECT ok.test:8443 HTTP/1.1\r\nHost: ok.test', 400],
    ['CONNECT ok.test:443 HTTP/1.1\r\nHost: ok.test\r\nContent-Length: 5', 400],
    ['PRI * HTTP/2.0', 505],
  ])('%j → %i, and the connection closes', async (head, status) => {
    const answer = await roundTrip(
      harness.port,
      `${head}\r\n\r\nGET http://ok.test/next HTTP/1.1\r\nHost: ok.test\r\n\r\n`,
    );
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(statuses(answer).length).toBe(1);
  });

  test('a request that does not arrive in time is told so', async () => {
    const hasty = await startHarness({ proxy: { headTimeout: '1s' } });
    const c = new RawClient(hasty.port);
    c.send('GET http://ok.test/ HTTP/1.1\r\nHost: ok');
    const answer = await c.untilEnd();
    c.close();
    await hasty.close();
    expect(answer).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/);
    expect(answer).toContain('The request took too long to arrive');
    expect(hasty.log.join()).toContain('head-timeout');
  });

  test('OPTIONS * is answered here', async () => {
    const c = client().send('OPTIONS * HTTP/1.1\r\nHost: ok.test\r\n\r\n');
    expect(await c.until((all) => all.includes('\r\n\r\n'))).toContain('204');
  });

  test('OPTIONS with Max-Forwards is passed on so often and no further (RFC 9110 §7.6.2)', async () => {
    const { port, received, sockets } = await origin(always('HTTP/1.1 204 No Content\r\n\r\n'));
    const options = (fields: string, method = 'OPTIONS'): string =>
      `${method} http://ok.test:${port}/x HTTP/1.1\r\nHost: ok.test:${port}\r\n${fields}\r\n`;
    const c = client().send(options('Max-Forwards: 0\r\n'));
    expect(await c.until((all) => all.includes('\r\n\r\n'))).toMatch(/^HTTP\/1.1 204 [^]*\r\nAllow: GET, /);
    expect(sockets.length).toBe(0);
    c.send(options('Accept: a\r\nMax-Forwards: 1\r\nX: b\r\n'));
    await c.until((all) => statuses(all).length === 2);
    expect(received[0]).toContain('\r\nAccept: a\r\nMax-Forwards: 0\r\nX: b\r\n');
    c.send(options('Max-Forwards: 0\r\n', 'GET'));
    await c.until((all) => statuses(all).length === 3);
    expect(received[0]).toMatch(/GET \/x [^]*\r\nMax-Forwards: 0\r\n/);
    for (const field of ['Max-Forwards: -1\r\n', 'Max-Forwards: 1\r\nMax-Forwards: 0\r\n']) {
      expect(await roundTrip(harness.port, options(field))).toMatch(/^HTTP\/1.1 400 /);
    }
  });

  test('a place that is closed stays so for OPTIONS that end here', async () => {
    const c = client().send(
      'OPTIONS http://blocked.test/ HTTP/1.1\r\nHost: blocked.test\r\nMax-Forwards: 0\r\n\r\n',
    );
    expect(await c.until((all) => all.includes('\r\n\r\n'))).toMatch(/^HTTP\/1.1 403 /);
  });

  test('a loop is found by our own Via', async () => {
    const c = client().send(get('ok.test', 80, '/', 'Via: 1.0 fred, 1.1 hallpass-test\r\n'));
    expect(await c.until((all) => all.includes('\r\n\r\n'))).toContain('HTTP/1.1 508');
  });

  test('addresses that are not allowed: loopback, metadata, by any spelling', async () => {
    for (const host of [
      '127.0.0.1',
      '2130706433',
      '0x7f.1',
      '[::ffff:127.0.0.1]',
      '169.254.169.254',
      'localhost',
    ]) {
      const c = client().send(`GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      expect(await c.until((all) => all.includes('\r\n\r\n'), host)).toMatch(/^HTTP\/1.1 403/);
    }
  });

  test('a name that does not exist is 502 within a second, with an id that is in the log', async () => {
    const c = client().send(
      'GET http://no-such-name.test/ HTTP/1.1\r\nHost: no-such-name.test\r\nAccept: text/html\r\n\r\n',
    );
    const answer = await c.until((all) => all.includes('</html>'));
    expect(answer).toMatch(/^HTTP\/1.1 502/);
    const id = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(answer)?.[0] ?? 'none';
    expect(harness.log.join()).toContain(id);
  });
});

describe('decisions', () => {
  test('a block is recorded and answered in the form that the client can use', async () => {
    const html = client().send(get('blocked.test', 80, '/x?secret=1', 'Accept: text/html\r\n'));
    const page = await html.until((all) => all.includes('</html>'));
    expect(page).toMatch(/^HTTP\/1.1 403/);
    expect(harness.records).toMatchObject([
      {
        url: 'http://blocked.test/x',
        host: 'blocked.test',
        rule: 'closed',
        action: 'block',
        kind: 'page',
        person: null,
      },
    ]);
    const [record] = harness.records;
    expect(record?.clause).toEqual({
      id: 'school-use',
      number: '1.1',
      title: 'School use',
      text: 'The network is for school work.',
      adopted: '2026-08-01',
    });
    expect(page).toContain(record?.id);
    const json = client().send(get('blocked.test', 80, '/', 'Accept: application/json\r\n'));
    const answer = await json.until((all) => all.endsWith('}'));
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))).toMatchObject({
      id: harness.records[1]?.id,
      action: 'block',
      rule: 'closed',
      clause: 'school-use',
    });
  });

  test('with the store down the page carries no reference, and blocking goes on', async () => {
    harness.journal = 'down';
    const c = client().send(get('blocked.test', 80, '/', 'Accept: application/json\r\n'));
    const answer = await c.until((all) => all.endsWith('}'));
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))).toMatchObject({
      id: null,
      action: 'block',
    });
    harness.journal = 'up';
  });

  test('a sign-in is asked for only where the decision needs it', async () => {
    const { port } = await origin(always(ok('hi')));
    const free = client().send(get('ok.test', port));
    expect(await free.until((all) => all.endsWith('hi'))).toContain('200');
    const asked = client().send(get('games.test', port));
    expect(await asked.until((all) => all.includes('\r\n\r\n'))).toMatch(
      /^HTTP\/1.1 407 [^]*Proxy-Authenticate: Basic realm="School network", charset="UTF-8"/,
    );
  });

  test('two users alternating on one connection are each decided and recorded', async () => {
    const { port } = await origin(always(ok('hi')));
    const c = client();
    for (let i = 0; i < 6; i++) {
      const who = i % 2 === 0 ? 'ann' : 'bob';
      c.send(
        get(
          'games.test',
          port,
          `/${i}`,
          `Proxy-Authorization: ${basic(who)}\r\nAccept: application/json\r\n`,
        ),
      );
      await c.until((all) => statuses(all).length === i + 1);
    }
    expect(statuses(c.received)).toEqual([403, 200, 403, 200, 403, 200]);
    expect(harness.records.map((record) => [record.person?.login, record.url])).toEqual(
      [0, 2, 4].map((i) => ['ann', `http://games.test:${port}/${i}`]),
    );
  });

  test('pipelined requests are answered in order, each decided by itself', async () => {
    const { port, received } = await origin((socket, all) => {
      const heads = all.split('\r\n\r\n').length - 1;
      socket.write(ok(`answer ${heads}`));
    });
    const c = client().send(
      Array.from({ length: 10 }, (_, i) =>
        i === 4
          ? get('blocked.test', port, '/', 'Accept: application/json\r\n')
          : get('ok.test', port, `/${i}`),
      ).join(''),
    );
    await c.until((all) => statuses(all).length === 10);
    expect(statuses(c.received)).toEqual([200, 200, 200, 200, 403, 200, 200, 200, 200, 200]);
    expect(
      received
        .join('')
        .match(/GET \/\d/g)
        ?.join(),
    ).toBe('GET /0,GET /1,GET /2,GET /3,GET /5,GET /6,GET /7,GET /8,GET /9');
    expect(harness.records.length).toBe(1);
  });

  test('a wrong password is 407 again, and a login is never recorded unverified', async () => {
    const c = client().send(get('games.test', 80, '/', `Proxy-Authorization: ${basic('ann', 'wrong')}\r\n`));
    expect(await c.until((all) => all.includes('\r\n\r\n'))).toMatch(/^HTTP\/1.1 407/);
    expect(harness.records).toEqual([]);
  });

  test('an account over its limit is challenged all the same, and told how long to wait', async () => {
    const answers = harness.directory;
    harness.directory = async () => ({ kind: 'rejected', reason: 'limited', retryAfter: 900 });
    const c = client().send(
      get('games.test', 80, '/', `Proxy-Authorization: ${basic('ann', 'guess')}\r\nAccept: text/html\r\n`),
    );
    const answer = await c.until((all) => all.includes('</html>'));
    harness.directory = answers;
    expect(answer).toMatch(/^HTTP\/1.1 407 /);
    expect(answer).toContain('\r\nProxy-Authenticate: Basic ');
    expect(answer).toContain('\r\nRetry-After: 900\r\n');
    expect(answer).toContain('many sign-ins with wrong passwords');
  });

  test('where too much fails at the address it is no 407: the password was not tried, and nobody passes as unidentified', async () => {
    const answers = harness.directory;
    harness.directory = async () => ({ kind: 'busy', retryAfter: 30 });
    const c = client().send(
      get('games.test', 80, '/', `Proxy-Authorization: ${basic('ann', 'busy')}\r\nAccept: text/html\r\n`),
    );
    const answer = await c.until((all) => all.includes('</html>'));
    harness.directory = answers;
    expect(answer).toMatch(/^HTTP\/1.1 429 /);
    expect(answer).toContain('\r\nRetry-After: 30\r\n');
    expect(answer).not.toContain('Proxy-Authenticate');
  });

  test('a wrong password may be followed by another at once', async () => {
    const c = client().send(get('games.test', 80, '/', `Proxy-Authorization: ${basic('ann', 'typo')}\r\n`));
    expect(await c.until((all) => all.includes('\r\n\r\n'))).not.toContain('Retry-After');
  });

  test('a remembered sign-in costs no second question', async () => {
    const before = harness.signIns.length;
    const c = client();
    for (let i = 1; i <= 3; i++) {
      c.send(get('games.test', 80, '/', `Proxy-Authorization: ${basic('ann')}\r\n`));
      await c.until((all) => statuses(all).length === i);
    }
    expect(harness.signIns.length - before).toBeLessThanOrEqual(1);
  });

  test('a crisis host leaves neither id nor log line, even when it cannot be reached', async () => {
    const c = client().send(get('hotline.test', 2, '/', 'Accept: text/html\r\n'));
    const answer = await c.until((all) => all.includes('</html>'));
    expect(answer).toMatch(/^HTTP\/1.1 502/);
    expect(answer).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
    expect(harness.log.join()).not.toContain('hotline');
    expect(harness.records).toEqual([]);
  });

  test('a body that nobody reads does not become the next request', async () => {
    const smuggled = 'GET http://ok.test/smuggled HTTP/1.1\r\nHost: ok.test\r\n\r\n';
    const c = client().send(
      `POST http://blocked.test/ HTTP/1.1\r\nHost: blocked.test\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}` +
        get('blocked.test', 80),
    );
    await c.until((all) => statuses(all).length === 2);
    expect(harness.records.map((record) => [record.method, record.host])).toEqual([
      ['POST', 'blocked.test'],
      ['GET', 'blocked.test'],
    ]);
  });

  test('a warn shows its page and is recorded as a warn', async () => {
    const c = client().send(get('slow.test', 80, '/', 'Accept: application/json\r\n'));
    const answer = await c.until((all) => all.endsWith('}'));
    expect(answer).toContain('"action":"warn"');
    expect(harness.records).toMatchObject([{ action: 'warn', rule: 'warned' }]);
  });
});

describe('origins that sign in connections (NTLM, Negotiate)', () => {
  const needed = (challenge: string): string =>
    `HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: ${challenge}\r\nContent-Length: 0\r\n\r\n`;

  /** Knows who is on each connection once three legs went over it, as such servers do, and asks no more. */
  const office = () => {
    const legs: number[] = [];
    const names: string[] = [];
    return origin((socket, all, connection) => {
      const head = all.split('\r\n\r\n').at(-2) ?? '';
      const leg = legs[connection] ?? 0;
      const name = /NTLM type3-(\w+)/.exec(head)?.[1];
      if (leg === 2) return void socket.write(ok(`hello ${names[connection]}`));
      if (leg === 0 && head.includes('NTLM type1')) {
        legs[connection] = 1;
        return void socket.write(needed('NTLM type2'));
      }
      if (leg !== 1 || name === undefined) return void socket.write(needed('NTLM'));
      legs[connection] = 2;
      names[connection] = name;
      socket.write(ok(`hello ${name}`));
    });
  };
  let asked = 0;
  const ask = async (c: RawClient, port: number, fields = ''): Promise<string> => {
    const before = c.received.length;
    c.send(get('ok.test', port, `/${++asked}`, fields));
    await c.until((all) => /^HTTP\/1.1 (?:401 [^]*\r\n\r\n|200 [^]*hello \w+)$/.test(all.slice(before)));
    return c.received.slice(before);
  };
  const signIn = async (c: RawClient, port: number, name: string, fields = ''): Promise<string> => {
    await ask(c, port, fields);
    await ask(c, port, `${fields}Authorization: NTLM type1\r\n`);
    return ask(c, port, `${fields}Authorization: NTLM type3-${name}\r\n`);
  };

  test('three legs go over one connection, and the requests after them', async () => {
    const { port, sockets } = await office();
    const c = client();
    expect(await signIn(c, port, 'ann')).toContain('hello ann');
    expect(await ask(c, port)).toContain('hello ann');
    expect(sockets.length).toBe(1);
  });

  test('nobody else gets the connection, also between the legs', async () => {
    const { port } = await office();
    const [c, other] = [client(), client()];
    await ask(c, port);
    expect(await ask(other, port)).toContain('HTTP/1.1 401');
    await ask(c, port, 'Authorization: NTLM type1\r\n');
    expect(await ask(other, port)).toContain('HTTP/1.1 401');
    expect(await ask(c, port, 'Authorization: NTLM type3-ann\r\n')).toContain('hello ann');
    expect(await ask(other, port)).toContain('HTTP/1.1 401');
    expect(await signIn(other, port, 'bob')).toContain('hello bob');
    expect(await ask(c, port)).toContain('hello ann');
  });

  test('two users who take turns on one client connection each keep their own, asked for a name here or not', async () => {
    const { port } = await office();
    const c = client();
    const [ann, bob] = ['ann', 'bob'].map((login) => `Proxy-Authorization: ${basic(login)}\r\n`) as [
      string,
      string,
    ];
    expect(await signIn(c, port, 'ann', ann)).toContain('hello ann');
    expect(await ask(c, port, bob)).toContain('HTTP/1.1 401');
    expect(await ask(c, port)).toContain('HTTP/1.1 401');
    expect(await signIn(c, port, 'bob', bob)).toContain('hello bob');
    for (let turn = 0; turn < 3; turn++) {
      expect(await ask(c, port, ann)).toContain('hello ann');
      expect(await ask(c, port, bob)).toContain('hello bob');
    }
  });

  test('another origin does not get it either', async () => {
    const [here, there] = [await office(), await office()];
    const c = client();
    await signIn(c, here.port, 'ann');
    expect(await ask(c, there.port)).toContain('HTTP/1.1 401');
    expect(await ask(c, here.port)).toContain('hello ann');
  });

  test('it closes with the client connection', async () => {
    const { port, sockets } = await office();
    const c = client();
    await signIn(c, port, 'ann');
    const ended = new Promise((resolve) => sockets[0]?.on('end', resolve));
    c.close();
    await ended;
  });

  test('and when nothing was asked of it for as long as connections are kept', async () => {
    const brief = await startHarness({ upstream: { keepAlive: '1s' } });
    const { port, sockets } = await office();
    const c = new RawClient(brief.port);
    await signIn(c, port, 'ann');
    await new Promise((resolve) => sockets[0]?.on('end', resolve));
    expect(await ask(c, port)).toContain('HTTP/1.1 401');
    c.close();
    await brief.close();
  });

  test('a sign-in of each request by itself changes nothing: its connection goes to whoever comes next', async () => {
    const { port, sockets } = await origin(always(ok('hello you')));
    await ask(client(), port, 'Authorization: Basic YTpi\r\n');
    await ask(client(), port);
    expect(sockets.length).toBe(1);
  });

  test('the client is told that its connection is kept apart, and only there (RFC 4559 §6)', async () => {
    const { port } = await office();
    const c = client();
    const asks = await ask(c, port);
    expect(asks).toContain('\r\nProxy-Support: Session-Based-Authentication\r\n');
    expect(asks).toContain('\r\nConnection: Proxy-Support\r\n');
    expect(await signIn(c, port, 'ann')).not.toContain('Proxy-Support');
  });
});

describe('who it was about', () => {
  test('a rule for everyone still records who met it, when they say who they are', async () => {
    const c = client().send(
      get('blocked.test', 80, '/', `Proxy-Authorization: ${basic('bob')}\r\nAccept: text/html\r\n`),
    );
    const page = await c.until((all) => all.includes('</html>'));
    expect(harness.records).toMatchObject([{ person: { login: 'bob' }, schools: ['north'], rule: 'closed' }]);
    // The page speaks to staff, not to a student.
    expect(page).toContain('class="staff"');
  });

  test('and nobody is asked for it: a wrong password is blocked without a name', async () => {
    const c = client().send(
      get(
        'blocked.test',
        80,
        '/',
        `Proxy-Authorization: ${basic('bob', 'wrong')}\r\nAccept: application/json\r\n`,
      ),
    );
    expect(await c.until((all) => all.endsWith('}'))).toMatch(/^HTTP\/1.1 403/);
    expect(harness.records).toMatchObject([{ person: null, rule: 'closed' }]);
  });
});

describe('crisis help leaves no trace', () => {
  test('not even of a loop', async () => {
    const c = client().send(get('hotline.test', 80, '/', 'Via: 1.1 hallpass-test\r\nAccept: text/html\r\n'));
    const answer = await c.until((all) => all.includes('</html>'));
    expect(answer).toMatch(/^HTTP\/1.1 508/);
    expect(answer).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
    expect(harness.log.join()).not.toContain('hotline');
  });
});
