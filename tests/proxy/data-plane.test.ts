import { afterEach, expect, it } from 'vitest';
import { always, ok, roundTrip, startHarness, startOrigin } from './harness.ts';
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
