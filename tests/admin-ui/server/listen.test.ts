/** The admin listener over TLS. */
import { get } from 'node:https';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect, test, vi } from 'vitest';
import { listen } from '../../../admin-ui/server/listen.ts';
import { TestCa } from '../../directory/certificates.ts';

test('speaks HTTPS with the certificate of the configuration', async () => {
  const ca = await TestCa.create();
  const tls = await ca.issue('admin', '/CN=localhost', ['DNS:localhost']);
  const listener = await listen((_request, response) => void response.end('well'), '127.0.0.1:0', tls);
  const text = await new Promise<string>((resolve, reject) => {
    const asked = {
      host: '127.0.0.1',
      servername: 'localhost',
      port: listener.port,
      ca: readFileSync(ca.certificate),
    };
    get(asked, (response) => {
      response.setEncoding('utf8').on('data', resolve);
    }).on('error', reject);
  });
  expect(text).toBe('well');
  await listener.close();
  await ca.remove();
});

/** An address of this machine that is no loopback. */
const outward = Object.values(networkInterfaces())
  .flat()
  .find((each) => each?.family === 'IPv4' && !each.internal)?.address;

test.skipIf(outward === undefined)(
  'one address that never finishes shuts nobody else out',
  async () => {
    const listener = await listen((_request, response) => void response.end('well'), '0.0.0.0:0');
    const flood = Array.from({ length: 300 }, () => {
      const socket = connect({ host: outward, port: listener.port, localAddress: outward });
      socket.on('error', () => undefined).resume();
      socket.write('GET / HTTP/1.1\r\nHost: a');
      return socket;
    });
    const closed = (): number => flood.filter((socket) => socket.destroyed).length;
    try {
      // All but its share are refused at once, the rest as soon as a head takes too long.
      await vi.waitFor(() => expect(closed()).toBe(300 - 48), 5_000);
      const near = await fetch(`http://127.0.0.1:${listener.port}/`);
      expect(await near.text()).toBe('well');
      await vi.waitFor(() => expect(closed()).toBe(300), 10_000);
      const far = await fetch(`http://${outward}:${listener.port}/`);
      expect(await far.text()).toBe('well');
    } finally {
      for (const socket of flood) socket.destroy();
      await listener.close();
    }
  },
  20_000,
);

test('whoever does not finish a TLS handshake is cut off', async () => {
  const ca = await TestCa.create();
  const tls = await ca.issue('admin', '/CN=localhost', ['DNS:localhost']);
  const listener = await listen((_request, response) => void response.end('well'), '127.0.0.1:0', tls);
  const silent = connect({ host: '127.0.0.1', port: listener.port }).resume();
  silent.on('error', () => undefined);
  await vi.waitFor(() => expect(silent.destroyed).toBe(true), 10_000);
  await listener.close();
  await ca.remove();
}, 20_000);
