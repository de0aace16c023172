/** Every message of the table has the outcome that is declared for it; one without a declared outcome fails. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Client, until } from '../proxy/wire/sockets.ts';
import type { Case } from './cases.ts';
import { after, cases } from './cases.ts';
import type { Forwarder } from './forwarder.ts';
import { startForwarder } from './forwarder.ts';

let forwarder: Forwarder;
beforeAll(async () => {
  forwarder = await startForwarder();
});
afterAll(() => forwarder.close());

/** Sends one case and what follows it, until the proxy has closed the connection and those to the origin. */
async function send(message: string): Promise<Client> {
  forwarder.fresh();
  const client = new Client(forwarder.port).send(message + after);
  const what = (): string =>
    JSON.stringify({
      message,
      received: client.received,
      recorded: forwarder.recorded.map((r) => [r.bytes, r.ended]),
    });
  await until(() => client.ended !== null, what);
  await until(() => forwarder.recorded.every(({ ended }) => ended !== null), what);
  client.socket.destroy();
  return client;
}

const status = (client: Client): number => Number(client.received.slice(9, 12));
const canonical =
  /^[A-Z]+ \/ HTTP\/1\.1\r\nHost: a\.test\r\n(Foo: bar\r\n|Range: bytes=0-0\r\n|Expect: 100-continue\r\n)*(Content-Length: 5\r\n\r\nhello|Transfer-Encoding: chunked\r\n\r\n([0-9a-f]+\r\n[helo]+\r\n)+0\r\n\r\n)$/;

const outcomes: Readonly<Record<Case['outcome'], (message: string) => Promise<void>>> = {
  refused: async (message) => {
    const client = await send(message);
    expect(status(client)).toBeGreaterThanOrEqual(400);
    expect(client.received.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(client.received).toContain('Connection: close');
    expect(forwarder.wire.refused).toHaveLength(1);
    for (const { bytes, ended } of forwarder.recorded) {
      // Only a body that turned bad on its way may have begun, and it was broken off.
      expect(bytes).toMatch(/^($|POST \/ HTTP\/1\.1\r\nHost: a\.test\r\nTransfer-Encoding: chunked\r\n\r\n)/);
      expect(bytes).not.toContain('0\r\n\r\n');
      expect(ended).toBe('reset');
    }
  },
  normalised: async (message) => {
    const client = await send(message);
    expect(client.received.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    expect(forwarder.recorded).toHaveLength(2);
    expect(forwarder.recorded[0]?.bytes).toMatch(canonical);
    expect(forwarder.recorded[1]?.bytes).toBe('GET /after HTTP/1.1\r\nHost: a.test\r\n\r\n');
  },
  'as-is': async (message) => {
    await send(message);
    const field = message.split('\r\n')[2];
    const [first, ...others] = forwarder.recorded.map(({ bytes }) => bytes);
    expect(first).toBe(`POST / HTTP/1.1\r\nHost: a.test\r\n${field}\r\n\r\n`);
    // What was meant as a body is the beginning of the next request line: a method of its own, or no request at all.
    expect([[], ['helloGET /after HTTP/1.1\r\nHost: a.test\r\n\r\n']]).toContainEqual(others);
    expect(forwarder.wire.refused.length + others.length).toBe(1);
  },
};

describe.each(['refused', 'normalised', 'as-is'] as const)('%s', (outcome) => {
  test.each(cases.filter((each) => each.outcome === outcome))('$name', async ({ message }) =>
    outcomes[outcome](message),
  );
});

test('no case without an outcome, none twice', () => {
  for (const { outcome } of cases) expect(Object.keys(outcomes)).toContain(outcome);
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
});
