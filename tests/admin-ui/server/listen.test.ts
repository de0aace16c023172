/** The admin listener over TLS. */
import { get } from 'node:https';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
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
