import { pino } from 'pino';
import { expect, it, vi } from 'vitest';
import type { DataPlaneConfig } from '../../proxy/data-plane.ts';
import { probe } from '../../threads/probe.ts';
import { Supervisor } from '../../threads/supervise.ts';
import { always, configOf, ok, roundTrip, startOrigin } from './harness.ts';

// A thread loads the data plane's TypeScript anew; a busy machine takes its time for that.
vi.setConfig({ testTimeout: 60_000 });

it('a proxy thread guards own endpoints that it is told of while it runs', async () => {
  const origin = await startOrigin(always(ok('here', 'Connection: close\r\n')));
  const { port } = await probe('proxy.listen', { host: '127.0.0.1', port: 0 });
  const config = configOf({ proxy: { listen: `127.0.0.1:${port}` } });
  const entry = (path: string): URL => new URL(path, import.meta.url);
  const supervisor = new Supervisor({ log: pino({ level: 'silent' }), logLevel: 'silent' });
  const rest = { stopWithin: 5_000 };
  await supervisor.start([
    { name: 'control', entry: entry('./fixtures/control.ts'), data: null, links: [], ...rest },
  ]);
  await supervisor.start([
    {
      name: 'proxy-1',
      entry: entry('../../proxy/proxy.entry.ts'),
      data: config,
      links: ['control'],
      ...rest,
    },
  ]);
  const get = `GET http://ok.test:${origin.port}/ HTTP/1.1\r\nHost: ok.test:${origin.port}\r\nConnection: close\r\n\r\n`;
  const status = async (): Promise<string> => (await roundTrip(port, get)).slice(9, 12);
  expect(await status()).toBe('200');
  const own = [{ address: '127.10.0.1', port: origin.port }];
  supervisor.reload('proxy-1', { ...config, own } satisfies DataPlaneConfig);
  await expect.poll(status).toBe('403');
  await supervisor.stop();
  await origin.close();
});
