import express from 'express';
import { afterEach, expect, test } from 'vitest';
import { listen } from '../../../admin-ui/server/listen.ts';
import { metricsRouter } from '../../../admin-ui/server/metrics.ts';
import type { Measurements } from '../../../admin-ui/server/metrics.ts';
import type { HttpListener } from '../../../threads/http-listener.ts';

const open: HttpListener[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((listener) => listener.close()));
});

const thread = { name: 'proxy-1', connections: 3, tunnels: 2, requests: 100, blocks: 7 };
const well: Measurements = {
  edition: { edition: 'e-1', policyVersion: 'p-1', since: 1_700_000_000_000 },
  ...{ failures: 0, warnings: 1, threadsWanted: 2, threads: [thread] },
  store: { ok: true, spooled: 4, dropped: 5 },
  directory: [
    { url: 'ldaps://one.test', up: true },
    { url: 'ldaps://two.test', up: null },
  ],
};

async function start(measure: () => Measurements, clients = ['127.0.0.0/8']): Promise<string> {
  const app = express();
  app.use(metricsRouter({ clients, measure: async () => measure() }));
  const listener = await listen(app, '127.0.0.1:0');
  open.push(listener);
  return `http://127.0.0.1:${listener.port}/metrics`;
}

/** Samples of ours by name and labels, as Prometheus reads the text format. */
async function samples(url: string): Promise<Record<string, number>> {
  const text = await (await fetch(url)).text();
  const lines = text.split('\n').filter((line) => line.startsWith('hallpass_'));
  return Object.fromEntries(lines.map((line) => [line.replace(/ \S+$/, ''), Number(line.split(' ').at(-1))]));
}

test('every value as it is now', async () => {
  const url = await start(() => well);
  expect((await fetch(url)).headers.get('content-type')).toContain('text/plain; version=0.0.4');
  expect(await samples(url)).toEqual({
    'hallpass_requests_total{thread="proxy-1"}': 100,
    'hallpass_blocks_total{thread="proxy-1"}': 7,
    'hallpass_client_connections{thread="proxy-1"}': 3,
    'hallpass_tunnels{thread="proxy-1"}': 2,
    'hallpass_proxy_threads{state="running"}': 1,
    'hallpass_proxy_threads{state="wanted"}': 2,
    'hallpass_health_reasons{severity="failure"}': 0,
    'hallpass_health_reasons{severity="warning"}': 1,
    'hallpass_edition_info{edition="e-1",policy_version="p-1"}': 1,
    hallpass_edition_since_seconds: 1_700_000_000,
    hallpass_records_writable: 1,
    hallpass_records_spooled: 4,
    hallpass_records_dropped_total: 5,
    'hallpass_directory_server_up{server="ldaps://one.test"}': 1,
  });
});

test('what is gone is not shown any longer, and counts are those of the threads', async () => {
  let now = well;
  const url = await start(() => now);
  await samples(url);
  now = {
    ...well,
    threads: [{ ...thread, name: 'proxy-2', requests: 12 }],
    edition: { edition: 'e-2', policyVersion: 'p-1', since: 0 },
    store: null,
  };
  const after = await samples(url);
  expect(after).toMatchObject({
    'hallpass_requests_total{thread="proxy-2"}': 12,
    'hallpass_edition_info{edition="e-2",policy_version="p-1"}': 1,
    hallpass_records_writable: 0,
  });
  expect(Object.keys(after).join('\n')).not.toMatch(/proxy-1|e-1/);
});

test('only who is named may read it', async () => {
  const url = await start(() => well, ['10.0.0.0/8']);
  const response = await fetch(url);
  expect(response.status).toBe(403);
  expect(await response.text()).toContain('admin.metrics.clients');
});
