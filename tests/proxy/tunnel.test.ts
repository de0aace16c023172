/** CONNECT and WebSocket over real sockets. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Harness, RecordingOrigin } from './harness.ts';
import { always, ann, basic, ok, policy, RawClient, startHarness, startOrigin } from './harness.ts';

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
  await harness.publish(policy);
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
async function tunnel(host: string, port: number, fields = ''): Promise<RawClient> {
  const c = client().send(`CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\n${fields}\r\n`);
  await c.until((all) => all.includes('\r\n\r\n'));
  return c;
}
const established = 'HTTP/1.1 200 Connection established\r\n\r\n';

test('bytes go both ways, early ones too', async () => {
  const { port, received } = await origin((socket, all) => socket.write(`<${all}>`));
  const c = client().send(`CONNECT ok.test:${port} HTTP/1.1\r\nHost: ok.test:${port}\r\n\r\nearly`);
  await c.until((all) => all === `${established}<early>`);
  await c.send(' more').until((all) => all.endsWith('<early more>'));
  expect(received).toEqual(['early more']);
});

test('a server that speaks first is heard', async () => {
  const greeting = await startOrigin(() => undefined);
  origins.push(greeting);
  const c = client().send(
    `CONNECT ok.test:${greeting.port} HTTP/1.1\r\nHost: ok.test:${greeting.port}\r\n\r\n`,
  );
  await c.until((all) => all === established);
  greeting.sockets[0]?.write('220 hello');
  await c.until((all) => all.endsWith('220 hello'));
});

test('half-close: what was sent before the end arrives, and the other side may still answer', async () => {
  const { port, sockets, received } = await origin(() => undefined);
  const c = await tunnel('ok.test', port);
  c.socket.end('last words');
  await expect.poll(() => received[0]).toBe('last words');
  await expect.poll(() => sockets[0]?.readableEnded).toBe(true);
  sockets[0]?.end('and the answer');
  expect(await c.untilEnd()).toBe(`${established}and the answer`);
});

test('a reset of one side ends the other', async () => {
  const { port, sockets } = await origin(() => undefined);
  const c = await tunnel('ok.test', port);
  sockets[0]?.resetAndDestroy();
  await c.until(() => c.closed || c.ended);
});

test('a refused tunnel is 403 with the record as a repeat', async () => {
  const c = client().send('CONNECT blocked.test:443 HTTP/1.1\r\nHost: blocked.test:443\r\n\r\n');
  expect(await c.until((all) => all.includes('\r\n\r\n'))).toMatch(/^HTTP\/1.1 403/);
  expect(harness.records).toMatchObject([{ method: 'CONNECT', url: 'https://blocked.test', kind: 'repeat' }]);
});

test('a rule about a path cannot hold in a tunnel that is not decrypted', async () => {
  const { port } = await origin(() => undefined);
  await expect(tunnel('ok.test', port)).resolves.toBeDefined();
});

test('ports outside `connect.ports` are refused', async () => {
  const c = client().send('CONNECT ok.test:25 HTTP/1.1\r\nHost: ok.test:25\r\n\r\n');
  expect(await c.until((all) => all.includes('\r\n\r\n'))).toMatch(/^HTTP\/1.1 403/);
});

test('a tunnel that nobody answers is told so', async () => {
  const gone = await startOrigin(() => undefined);
  await gone.close();
  const c = client().send(`CONNECT ok.test:${gone.port} HTTP/1.1\r\nHost: ok.test:${gone.port}\r\n\r\n`);
  expect(await c.until((all) => all.includes('\r\n\r\n'))).toMatch(/^HTTP\/1.1 502/);
});

test('publishing a policy that denies it closes an open tunnel and records it', async () => {
  const { port } = await origin(() => undefined);
  const c = await tunnel('games.test', port, `Proxy-Authorization: ${basic('bob')}\r\n`);
  expect(c.received).toBe(established);
  await harness.publish(policy.replace('for: [students]', 'for: [students, staff]'));
  await c.until(() => c.closed || c.ended);
  expect(harness.records).toMatchObject([
    { method: 'CONNECT', host: 'games.test', rule: 'games', person: { login: 'bob' } },
  ]);
});

test('publishing leaves other tunnels alone', async () => {
  const { port, received } = await origin(() => undefined);
  const c = await tunnel('ok.test', port);
  await harness.publish(policy.replace('for: [students]', 'for: [students, staff]'));
  c.send('still here');
  await expect.poll(() => received[0]).toBe('still here');
});

test('the tunnels of an account that is gone are closed', async () => {
  const { port } = await origin(() => undefined);
  harness.directory = async () => ({ kind: 'verified', person: ann, expires: Date.now() + 60_000 });
  await harness.publish(policy.replace('for: [students]', 'for: [staff]'));
  const c = await tunnel('games.test', port, `Proxy-Authorization: ${basic('ann', 'x')}\r\n`);
  expect(c.received).toBe(established);
  await harness.plane.accountsGone([ann.key]);
  await c.until(() => c.closed || c.ended);
});

test('WebSocket by absolute-form Upgrade', async () => {
  const server = createServer();
  const sockets = new WebSocketServer({ server }).on('connection', (ws) =>
    ws.on('message', (data: Buffer) => ws.send(`echo ${data.toString()}`)),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.10.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const c = client().send(
    `GET http://ok.test:${port}/ HTTP/1.1\r\nHost: ok.test:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  const head = await c.until((all) => all.includes('\r\n\r\n'));
  expect(head).toMatch(/^HTTP\/1.1 101 [^]*Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/i);
  // A masked text frame "hi" with an all-zero mask.
  c.send('\x81\x82\0\0\0\0hi');
  await c.until((all) => all.endsWith('echo hi'));
  for (const each of sockets.clients) each.terminate();
  await new Promise((resolve) => server.close(resolve));
});

test('an Upgrade that the origin declines stays HTTP', async () => {
  const { port, received } = await origin(always(ok('plain')));
  const c = client().send(
    `GET http://ok.test:${port}/ HTTP/1.1\r\nHost: ok.test:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
  );
  await c.until((all) => all.endsWith('plain'));
  c.send(`GET http://ok.test:${port}/2 HTTP/1.1\r\nHost: ok.test:${port}\r\n\r\n`);
  await expect.poll(() => received.join()).toContain('GET /2');
});

test('a 101 that nobody asked for is 502', async () => {
  const { port } = await origin(always('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'));
  const c = client().send(`GET http://ok.test:${port}/ HTTP/1.1\r\nHost: ok.test:${port}\r\n\r\n`);
  expect(await c.until((all) => all.includes('\r\n\r\n'))).toMatch(/^HTTP\/1.1 502/);
});

test('other protocols are not switched to: the offer does not leave', async () => {
  const { port, received } = await origin(always(ok('plain')));
  const c = client().send(
    `GET http://ok.test:${port}/ HTTP/1.1\r\nHost: ok.test:${port}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`,
  );
  await c.until((all) => all.endsWith('plain'));
  expect(received[0]).not.toMatch(/upgrade|settings/i);
});

const openTunnels = async (): Promise<number> => (await harness.plane.status()).tunnels;

test('a client that ends its side and then breaks off leaves nothing open to the origin', async () => {
  const { port, sockets } = await origin((socket, all) => {
    if (all === 'go') socket.write(Buffer.alloc(20_000_000));
  });
  const c = await tunnel('ok.test', port);
  c.socket.pause();
  c.socket.end('go');
  await expect.poll(() => sockets[0]?.readableEnded).toBe(true);
  c.socket.resetAndDestroy();
  await expect.poll(() => sockets[0]?.destroyed).toBe(true);
  await expect.poll(openTunnels).toBe(0);
});

test('a client that ended before the tunnel stood: the origin hears of the end', async () => {
  const { port, sockets, received } = await origin((socket) => socket.end('bye'));
  const c = client().send(`CONNECT ok.test:${port} HTTP/1.1\r\nHost: ok.test:${port}\r\n\r\nall I say`);
  c.socket.end();
  expect(await c.untilEnd()).toBe(`${established}bye`);
  await expect.poll(() => sockets[0]?.readableEnded).toBe(true);
  expect(received).toEqual(['all I say']);
  await expect.poll(openTunnels).toBe(0);
});

test('a publish during the sign-in counts before the tunnel opens', async () => {
  const { port, received } = await origin(() => undefined);
  const directory = harness.directory;
  harness.directory = async (credentials) => {
    await harness.publish(policy.replace('for: [students]', 'for: [students, staff]'));
    return directory(credentials);
  };
  const c = client().send(
    `CONNECT games.test:${port} HTTP/1.1\r\nHost: games.test:${port}\r\nProxy-Authorization: ${basic('bob').replace('Basic', 'BASIC')}\r\n\r\n`,
  );
  expect(await c.until((all) => all.includes('\r\n\r\n'))).toMatch(/^HTTP\/1.1 40[37]/);
  harness.directory = directory;
  expect(received.join('')).toBe('');
});

test('an account that goes while the directory answers stays gone', async () => {
  const { port } = await origin(() => undefined);
  const directory = harness.directory;
  await harness.publish(policy.replace('for: [students]', 'for: [staff]'));
  harness.directory = async () => {
    await harness.plane.accountsGone([ann.key]);
    return { kind: 'verified', person: ann, expires: Date.now() + 60_000 };
  };
  const c = client().send(
    `CONNECT games.test:${port} HTTP/1.1\r\nHost: games.test:${port}\r\nProxy-Authorization: ${basic('ann', 'y')}\r\n\r\n`,
  );
  expect(await c.until((all) => all.includes('\r\n\r\n'))).toMatch(/^HTTP\/1.1 407/);
  harness.directory = directory;
});
