/** Requests to the reserved name, over real sockets. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { PortalRequest } from '../../proxy/protocol.ts';
import type { Harness } from './harness.ts';
import { ann, basic, RawClient, startHarness, statuses } from './harness.ts';

let harness: Harness;
const clients: RawClient[] = [];
const seen: PortalRequest[] = [];

beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  seen.length = 0;
});

const answers = async (request: PortalRequest) => {
  seen.push(request);
  return { status: 200, headers: [['Content-Type', 'text/plain']] as const, body: Buffer.from('portal') };
};

async function send(request: string): Promise<string> {
  harness.portal ??= { portal: answers };
  const client = new RawClient(harness.port);
  clients.push(client);
  client.send(request);
  return client.until((all) => /\r\n\r\n/.test(all) && statuses(all).length > 0);
}
const signedIn = `Proxy-Authorization: ${basic('ann')}\r\n`;

test('who comes signs in, and reaches the portal, which no rule can close', async () => {
  expect(await send('GET http://hallpass/ HTTP/1.1\r\nHost: hallpass\r\n\r\n')).toMatch(/^HTTP\/1.1 407 /);
  expect(await send(`GET http://hallpass/x?y=z HTTP/1.1\r\nHost: hallpass\r\n${signedIn}\r\n`)).toMatch(
    /^HTTP\/1.1 200 /,
  );
  expect(seen).toMatchObject([
    {
      method: 'GET',
      path: '/x',
      query: 'y=z',
      person: { key: ann.key },
      ip: '127.0.0.1',
      signedInBy: 'proxy',
    },
  ]);
  expect(harness.records).toEqual([]);
});

test('a wrong password is no way in', async () => {
  const wrong = `Proxy-Authorization: ${basic('ann', 'wrong')}\r\n`;
  expect(await send(`GET http://hallpass/ HTTP/1.1\r\nHost: hallpass\r\n${wrong}\r\n`)).toMatch(
    /^HTTP\/1.1 407 /,
  );
  expect(seen).toEqual([]);
});

test('the policy is for everybody, and knows who reads it where they said so', async () => {
  await send('GET http://hallpass/aup HTTP/1.1\r\nHost: hallpass\r\n\r\n');
  await send(`GET http://hallpass/aup HTTP/1.1\r\nHost: hallpass\r\n${signedIn}\r\n`);
  expect(seen.map(({ person }) => person?.login ?? null)).toEqual([null, 'ann']);
});

test('a form arrives whole, one that is too long does not', async () => {
  const form = (length: number) =>
    `POST http://hallpass/reviews HTTP/1.1\r\nHost: hallpass\r\nContent-Type: application/x-www-form-urlencoded\r\n` +
    `Content-Length: ${length}\r\n${signedIn}\r\n${'a'.repeat(length)}`;
  expect(await send(form(9_000))).toMatch(/^HTTP\/1.1 200 /);
  expect(Buffer.from(seen[0]?.body ?? []).toString()).toBe('a'.repeat(9_000));
  expect(await send(form(20_000))).toMatch(/^HTTP\/1.1 400 /);
  expect(seen).toHaveLength(1);
});

test('it has no https: browsers then ask without', async () => {
  expect(await send(`CONNECT hallpass:443 HTTP/1.1\r\nHost: hallpass:443\r\n${signedIn}\r\n`)).toMatch(
    /^HTTP\/1.1 502 /,
  );
});

test('while control is being restarted it says to try again', async () => {
  harness.portal = { portal: () => Promise.reject(new Error('gone')) };
  const answer = await send(`GET http://hallpass/ HTTP/1.1\r\nHost: hallpass\r\n${signedIn}\r\n`);
  expect(answer).toMatch(/^HTTP\/1.1 503 /);
  expect(answer).toMatch(/Retry-After: 5\r\n/i);
  harness.portal = null;
});
