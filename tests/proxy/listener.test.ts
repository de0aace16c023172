/** Who is let in, and how many of them. */
import { afterEach, describe, expect, it } from 'vitest';
import { always, ok, RawClient, startHarness, startOrigin } from './harness.ts';
import type { Harness } from './harness.ts';

let harness: Harness;
let clients: RawClient[] = [];

afterEach(async () => {
  for (const client of clients) client.close();
  clients = [];
  await harness.close();
});

function client(from = '127.0.0.1'): RawClient {
  const made = new RawClient(harness.port, from);
  clients.push(made);
  return made;
}

/** Connections that the proxy keeps. */
async function keep(count: number, from?: string): Promise<RawClient[]> {
  const before = (await harness.plane.status()).connections;
  const made = Array.from({ length: count }, () => client(from));
  await expect.poll(async () => (await harness.plane.status()).connections).toBe(before + count);
  return made;
}

const lines = (): Record<string, unknown>[] =>
  harness.log.map((line) => JSON.parse(line) as Record<string, unknown>);

describe('one address', () => {
  it('has so many connections, and is told so at one more; other addresses do not notice', async () => {
    harness = await startHarness({ proxy: { maxConnectionsPerAddress: 16 } });
    const kept = await keep(16);
    const refused = await client().untilEnd();
    expect(refused).toMatch(/^HTTP\/1\.1 503 .*\r\n/);
    expect(refused).toContain('\r\nConnection: close\r\n');
    expect(refused).toContain('\r\nRetry-After: 5\r\n');
    expect(refused).toContain('The filter is very busy');
    await keep(1, '127.0.0.2');
    expect(lines().at(-1)).toMatchObject({
      ip: '127.0.0.1',
      msg: 'refused a connection beyond `proxy.maxConnectionsPerAddress`',
    });
    kept[0]?.close();
    await expect.poll(async () => (await harness.plane.status()).connections).toBe(16);
    await keep(1);
  });

  it('has a fifth of all when nothing is configured, and more where many share an address', async () => {
    harness = await startHarness({ proxy: { maxConnections: 100, sharedAddresses: { '127.7.0.0/16': 30 } } });
    await keep(20);
    expect(await client().untilEnd()).toMatch(/^HTTP\/1\.1 503 /);
    await keep(30, '127.7.0.1');
    expect(await client('127.7.0.1').untilEnd()).toMatch(/^HTTP\/1\.1 503 /);
  });

  it('keeps its tunnels on its account', async () => {
    const origin = await startOrigin(always(ok('x')));
    harness = await startHarness({ proxy: { maxConnectionsPerAddress: 16 } });
    const tunnels = await keep(16);
    const target = `ok.test:${origin.port}`;
    for (const each of tunnels) each.send(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
    for (const each of tunnels) await each.until((received) => received.includes('200'));
    expect(await client().untilEnd()).toMatch(/^HTTP\/1\.1 503 /);
    await origin.close();
  });
});

describe('too many connections', () => {
  it('of all addresses together are refused as well', async () => {
    harness = await startHarness({ proxy: { maxConnections: 16, maxConnectionsPerAddress: 16 } });
    await keep(8);
    await keep(8, '127.0.0.2');
    expect(await client('127.0.0.3').untilEnd()).toMatch(/^HTTP\/1\.1 503 /);
    expect(lines().at(-1)).toMatchObject({
      ip: '127.0.0.3',
      connections: 16,
      msg: 'refused a connection beyond `proxy.maxConnections`',
    });
  });

  it('are one line of the log in a second, and cost no more than a few descriptors', async () => {
    harness = await startHarness({ proxy: { maxConnectionsPerAddress: 16 } });
    await keep(16);
    const flood = Array.from({ length: 300 }, () => client());
    // Those beyond a few get no answer: their connection is reset.
    await expect.poll(() => flood.every((each) => each.ended || each.failed || each.closed)).toBe(true);
    const answered = flood.filter((each) => each.received !== '');
    expect(answered.length).toBeGreaterThan(0);
    expect(answered.every((each) => each.received.startsWith('HTTP/1.1 503 '))).toBe(true);
    const told = lines().filter(({ msg }) => String(msg).startsWith('refused a connection'));
    expect(told.length).toBeLessThanOrEqual(4);
    expect((await harness.plane.status()).connections).toBe(16);
  });
});
