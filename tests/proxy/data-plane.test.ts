import { afterEach, expect, it } from 'vitest';
import { always, compile, ok, policy, roundTrip, startHarness, startOrigin } from './harness.ts';
import type { Harness, RecordingOrigin } from './harness.ts';

let harness: Harness;
let origins: RecordingOrigin[] = [];

afterEach(async () => {
  await harness.close();
  for (const origin of origins) await origin.close();
  origins = [];
});

async function origin(): Promise<RecordingOrigin> {
  const made = await startOrigin(always(ok('here', 'Connection: close\r\n')));
  origins.push(made);
  return made;
}

it('guards what has become an own endpoint, and opens what is none any more', async () => {
  harness = await startHarness();
  const [directory, site] = [await origin(), await origin()];
  const status = async ({ port }: RecordingOrigin): Promise<string> =>
    (
      await roundTrip(
        harness.port,
        `GET http://ok.test:${port}/ HTTP/1.1\r\nHost: ok.test:${port}\r\nConnection: close\r\n\r\n`,
      )
    ).slice(9, 12);
  expect([await status(directory), await status(site)]).toEqual(['200', '200']);
  harness.plane.protect([{ address: '127.10.0.1', port: directory.port }]);
  expect([await status(directory), await status(site)]).toEqual(['403', '200']);
  harness.plane.protect([]);
  expect([await status(directory), await status(site)]).toEqual(['200', '200']);
});

it('decides by the newest of editions that come together, and answers when it does', async () => {
  harness = await startHarness();
  const { port } = await origin();
  const status = async (): Promise<string> =>
    (
      await roundTrip(
        harness.port,
        `GET http://ok.test:${port}/ HTTP/1.1\r\nHost: ok.test:${port}\r\nConnection: close\r\n\r\n`,
      )
    ).slice(9, 12);
  const [open, closed] = [policy, policy.replace('default: { action: allow', 'default: { action: block')];
  const publish = (text: string, epoch: number) => harness.plane.publish({ image: compile(text), epoch });
  await Promise.all([publish(open, 10), publish(closed, 12), publish(open, 11)]);
  expect([(await harness.plane.status()).epoch, await status()]).toEqual([12, '403']);
  await publish(open, 13);
  expect([(await harness.plane.status()).epoch, await status()]).toEqual([13, '200']);
});

it('keeps what is put over the policy while an edition is opened', async () => {
  harness = await startHarness();
  const { port } = await origin();
  const published = harness.plane.publish({ image: compile(policy), epoch: 10 });
  const until = Date.now() + 60_000;
  await harness.plane.emergency({ floorOnly: null, closed: [{ id: 'c-1', host: 'ok.test', until }] });
  await published;
  const head = `GET http://ok.test:${port}/ HTTP/1.1\r\nHost: ok.test:${port}\r\nConnection: close\r\n\r\n`;
  expect((await roundTrip(harness.port, head)).slice(9, 12)).toBe('403');
});
