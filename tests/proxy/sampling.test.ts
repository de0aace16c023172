/** The sample of real requests. */
import { afterEach, expect, test } from 'vitest';
import type { Harness, RecordingOrigin } from './harness.ts';
import { always, basic, ok, RawClient, startHarness, startOrigin } from './harness.ts';

let harness: Harness;
let origin: RecordingOrigin;
const clients: RawClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await origin.close();
  await harness.close();
});

async function asked(sample: boolean): Promise<void> {
  harness = await startHarness({ sample });
  origin = await startOrigin(always(ok('hi')));
  const { port } = origin;
  for (const [host, path, field] of [
    ['ok.test', '/page?q=secret', `Proxy-Authorization: ${basic('ann')}\r\n`],
    ['blocked.test', '/', ''],
    ['hotline.test', '/chat', ''],
  ] as const) {
    const client = new RawClient(harness.port);
    clients.push(client);
    const head = `GET http://${host}:${String(port)}${path} HTTP/1.1\r\nHost: ${host}:${String(port)}\r\n${field}\r\n`;
    await client.send(head).until((all) => all.includes('\r\n\r\n'));
  }
  for (const client of clients.splice(0)) client.close();
  await harness.plane.drain();
}

test('has what was decided, and neither a query nor a visit to crisis help', async () => {
  await asked(true);
  const sampled = harness.sampled.map(({ host, path, action, count }) => [host, path, action, count]);
  expect(sampled).toEqual([
    ['ok.test', '/page', 'allow', 1],
    ['blocked.test', '/', 'block', 1],
  ]);
  expect(JSON.stringify(harness.sampled)).not.toMatch(/secret|hotline|ann/);
});

test('is empty where it is switched off', async () => {
  await asked(false);
  expect(harness.sampled).toEqual([]);
});
