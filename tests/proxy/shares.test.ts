/** What all clients share, and one client tries to take: lookups of names. */
import { afterEach, expect, it } from 'vitest';
import { always, ok, RawClient, startHarness, startOrigin } from './harness.ts';
import type { Harness, RecordingOrigin } from './harness.ts';
import { DnsStub } from './upstream/dns-stub.ts';

let harness: Harness;
let origin: RecordingOrigin;
let stub: DnsStub;
let clients: RawClient[] = [];

afterEach(async () => {
  for (const client of clients) client.close();
  clients = [];
  await harness.close();
  await origin.close();
  await stub.stop();
});

/** Names that begin with `dead` are never answered. */
async function start(): Promise<void> {
  stub = await DnsStub.start(({ name, type }) => {
    if (name.startsWith('dead')) return { drop: true };
    return type === 'A' ? { answers: ['127.10.0.1'] } : {};
  });
  origin = await startOrigin(always(ok('here')));
  // Patient, so that no lookup is over before the test is.
  const dns = { servers: [stub.server], timeout: '30s', maxInFlight: 4, maxInFlightPerClient: 2 };
  harness = await startHarness({ dns });
}

function get(url: string, from = '127.0.0.1'): RawClient {
  const client = new RawClient(harness.port, from);
  clients.push(client);
  const { host } = new URL(url);
  return client.send(`GET ${url} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
}

const status = async (client: RawClient): Promise<string> => (await client.untilEnd()).slice(9, 12);

/** Both lookups of the client's share wait for a name that nobody answers. */
async function fillShare(from: string): Promise<RawClient[]> {
  const names = [`dead-${from}-a.test`, `dead-${from}-b.test`];
  const waiting = names.map((name) => get(`http://${name}/`, from));
  await expect.poll(() => names.map((name) => stub.count(name, 'A') > 0)).toEqual([true, true]);
  return waiting;
}

it('one client waits for its share of names at most, everybody else gets theirs', async () => {
  await start();
  // A server that has answered is given the whole patience.
  expect(await status(get(`http://known.test:${origin.port}/`))).toBe('200');
  await fillShare('127.0.0.1');
  const refused = get(`http://library.test:${origin.port}/`);
  expect(await status(refused)).toBe('503');
  expect(harness.log.at(-1)).toContain('name-over-share');
  expect(await status(get(`http://library.test:${origin.port}/`, '127.0.0.2'))).toBe('200');
});

it('a hotline answers those whose share is full, and while everything is full', async () => {
  await start();
  expect(await status(get(`http://known.test:${origin.port}/`))).toBe('200');
  for (const from of ['127.0.0.1', '127.0.0.2']) await fillShare(from);
  expect(await status(get(`http://library.test:${origin.port}/`, '127.0.0.3'))).toBe('503');
  expect(await status(get(`http://help.hotline.test:${origin.port}/`))).toBe('200');
  expect(await status(get(`http://chat.hotline.test:${origin.port}/`, '127.0.0.3'))).toBe('200');
});

it('who hangs up takes nothing any more', async () => {
  await start();
  expect(await status(get(`http://known.test:${origin.port}/`))).toBe('200');
  const waiting = await fillShare('127.0.0.1');
  // A client that only ends its side may still read the answer.
  for (const client of waiting) client.socket.resetAndDestroy();
  await expect.poll(() => status(get(`http://library.test:${origin.port}/`))).toBe('200');
});

it('a tunnel asks for names by the same rule', async () => {
  await start();
  expect(await status(get(`http://known.test:${origin.port}/`))).toBe('200');
  const waiting = await fillShare('127.0.0.1');
  const connect = (): RawClient => {
    const client = new RawClient(harness.port);
    clients.push(client);
    return client.send(
      `CONNECT library.test:${origin.port} HTTP/1.1\r\nHost: library.test:${origin.port}\r\n\r\n`,
    );
  };
  expect(await connect().until((received) => received.includes('\r\n'))).toMatch(/^HTTP\/1.1 503 /);
  waiting[0]?.socket.resetAndDestroy();
  await expect
    .poll(async () => (await connect().until((received) => received.includes('\r\n'))).slice(9, 12))
    .toBe('200');
});
