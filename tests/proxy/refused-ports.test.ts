/** Ports of other protocols over real sockets: an allowed request goes to none of them, whoever named the address. */
import { afterEach, describe, expect, it } from 'vitest';
import { options } from '../../proxy/options.ts';
import { badPorts } from '../../proxy/refused-ports.ts';
import { always, ann, basic, ok, RawClient, roundTrip, startHarness, startOrigin } from './harness.ts';
import type { Harness, RecordingOrigin } from './harness.ts';

let harness: Harness;
let origin: RecordingOrigin;

/** An origin behind a port that is refused, though its address and port stand in `upstream.allow`. */
async function start(refusedPorts: (port: number) => readonly number[]): Promise<void> {
  origin = await startOrigin(always(ok('hi')));
  harness = await startHarness({
    proxy: { refusedPorts: refusedPorts(origin.port) },
    upstream: { allow: [`127.10.0.1/32:${origin.port}`] },
  });
}
afterEach(async () => {
  await harness.close();
  await origin.close();
});

const get = (host: string, fields = ''): string =>
  `GET http://${host}:${origin.port}/ HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${fields}\r\n`;

describe('a refused port', () => {
  it('is reached by no request, and the page says so', async () => {
    await start((port) => [port]);
    const answer = await roundTrip(harness.port, get('ok.test', 'Accept: text/html\r\n'));
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(answer).toContain('This port is not open through the filter');
    expect(harness.log.join('')).toContain(
      `"code":"port-refused","host":"ok.test","cause":"port ${origin.port}"`,
    );
    expect(origin.sockets).toEqual([]);
    expect(harness.records).toEqual([]);
  });

  it('is reached by no WebSocket', async () => {
    await start((port) => [port]);
    const fields =
      'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';
    const client = new RawClient(harness.port).send(
      `GET http://ok.test:${origin.port}/ HTTP/1.1\r\nHost: ok.test\r\nConnection: Upgrade\r\n${fields}\r\n`,
    );
    expect(await client.until((all) => all.includes('\r\n\r\n'))).toMatch(/^HTTP\/1\.1 403 /);
    client.close();
    expect(origin.sockets).toEqual([]);
  });

  it('of a blocked host is a block like any other, recorded', async () => {
    await start((port) => [port]);
    const answer = await roundTrip(
      harness.port,
      get('blocked.test', `Accept: application/json\r\nProxy-Authorization: ${basic('ann')}\r\n`),
    );
    expect(answer).toContain('"rule":"closed"');
    expect(harness.records).toMatchObject([
      { host: 'blocked.test', rule: 'closed', person: { key: ann.key } },
    ]);
  });

  it('is a tunnel for CONNECT where `connect.ports` names it', async () => {
    await start((port) => [port]);
    const client = new RawClient(harness.port).send(
      `CONNECT ok.test:${origin.port} HTTP/1.1\r\nHost: ok.test:${origin.port}\r\n\r\n`,
    );
    expect(await client.until((all) => all.includes('\r\n\r\n'))).toMatch(/^HTTP\/1\.1 200 /);
    client.close();
  });

  it('is open again once the list leaves it out', async () => {
    await start(() => []);
    expect(await roundTrip(harness.port, get('ok.test'))).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('the ports that are refused by default', () => {
  it('are those of mail, printers, directories and other protocols', () => {
    const { refusedPorts } = options.parse({});
    for (const port of [22, 25, 389, 587, 6000, 6667]) expect(refusedPorts).toContain(port);
  });

  it.each([80, 443, 3000, 8000, 8080, 8081, 8443, 8888])('leave %i to the web', (port) => {
    expect(options.parse({}).refusedPorts).not.toContain(port);
  });

  it('stand once each, in order', () => {
    expect([...new Set(badPorts)].sort((a, b) => a - b)).toEqual(badPorts);
    expect(badPorts).toHaveLength(82);
  });
});
