import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { TestCa } from './certificates.ts';
import type { Certificate } from './certificates.ts';
import { as, closeAll, openDirectory } from './open.ts';
import { Slapd, slapdMissing } from './slapd.ts';

describe.skipIf(slapdMissing !== null)('TLS to a real slapd', () => {
  let ca: TestCa;
  let otherCa: TestCa;
  let client: Certificate;
  let open: Slapd;
  let strict: Slapd;
  let misnamed: Slapd;
  beforeAll(async () => {
    [ca, otherCa] = await Promise.all([TestCa.create(), TestCa.create()]);
    const server = await ca.issue('server', '/CN=ldap.demo.test', ['IP:127.0.0.1', 'DNS:ldap.demo.test']);
    const wrong = await ca.issue('wrong', '/CN=other.demo.test', ['DNS:other.demo.test']);
    client = await ca.issue('client', '/O=test/CN=client', []);
    const trusted = { ca: ca.certificate };
    [open, strict, misnamed] = await Promise.all([
      Slapd.start({ tls: { ...trusted, ...server }, globalConfig: 'security simple_bind=128' }),
      Slapd.start({
        tls: { ...trusted, ...server, demandClient: true },
        globalConfig: 'security simple_bind=128',
      }),
      Slapd.start({ tls: { ...trusted, ...wrong } }),
    ]);
  });
  afterAll(() => Promise.all([open, strict, misnamed, ca, otherCa].map((part) => part.remove())));
  afterEach(closeAll);

  const down = (directory: ReturnType<typeof openDirectory>) => directory.status().servers[0]?.error;

  test('ldaps with the right CA', async () => {
    const directory = openDirectory([open.tlsUrl], { ca: ca.certificate });
    expect(await directory.signIn(as('student.g9'))).toMatchObject({ kind: 'verified' });
  });

  test('StartTLS with the right CA', async () => {
    const directory = openDirectory([open.url], { ca: ca.certificate, startTls: true });
    expect(await directory.signIn(as('student.g9'))).toMatchObject({ kind: 'verified' });
    expect(await directory.signIn(as('student.g9', 'wrong'))).toMatchObject({ reason: 'wrong-password' });
    expect(await open.log()).toContain('STARTTLS');
  });

  test('a server that wants TLS gets nothing verified in the clear', async () => {
    const directory = openDirectory([open.url]);
    expect(await directory.signIn(as('student.g9'))).toEqual({ kind: 'unavailable' });
  });

  test.each([true, false])('the wrong CA is refused before any bind (StartTLS: %s)', async (startTls) => {
    await open.clearLog();
    const directory = openDirectory([startTls ? open.url : open.tlsUrl], {
      ca: otherCa.certificate,
      startTls,
    });
    expect(await directory.signIn(as('student.g9'))).toEqual({ kind: 'unavailable' });
    expect(down(directory)).toMatch(/certificate/);
    expect(await open.log()).not.toContain(' BIND ');
  });

  test.each([true, false])(
    'a certificate for another name is refused before any bind (StartTLS: %s)',
    async (startTls) => {
      await misnamed.clearLog();
      const server = startTls ? misnamed.url : misnamed.tlsUrl;
      const directory = openDirectory([server], { ca: ca.certificate, startTls });
      expect(await directory.signIn(as('student.g9'))).toEqual({ kind: 'unavailable' });
      expect(down(directory)).toMatch(/altnames|certificate/);
      expect(await misnamed.log()).not.toContain(' BIND ');
      const named = openDirectory([server], { ca: ca.certificate, startTls, serverName: 'other.demo.test' });
      expect(await named.signIn(as('student.g9'))).toMatchObject({ kind: 'verified' });
    },
  );

  test('a client certificate, beside a password or instead of it (SASL EXTERNAL)', async () => {
    const without = openDirectory([strict.tlsUrl], { ca: ca.certificate });
    expect(await without.signIn(as('student.g9'))).toEqual({ kind: 'unavailable' });
    const shown = { ca: ca.certificate, clientCertificate: client.certificate, clientKey: client.key };
    const beside = openDirectory([strict.tlsUrl], shown);
    expect(await beside.signIn(as('student.g9'))).toMatchObject({ kind: 'verified' });
    const instead = openDirectory([strict.tlsUrl], { ...shown, bindDn: undefined, bindPassword: undefined });
    expect(await instead.signIn(as('student.g9'))).toMatchObject({ kind: 'verified' });
  });
});

describe('a server that will not start TLS', () => {
  /** Answers the StartTLS request with these bytes and keeps all that it hears. */
  const scripted = async (answer: Buffer): Promise<{ url: string; heard: () => Buffer; server: Server }> => {
    let heard = Buffer.alloc(0);
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk: Buffer) => {
        if (heard.length === 0) socket.write(answer);
        heard = Buffer.concat([heard, chunk]);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { url: `ldap://127.0.0.1:${(server.address() as AddressInfo).port}`, heard: () => heard, server };
  };
  const response = (code: number) =>
    Buffer.from([0x30, 0x0c, 0x02, 0x01, 0x01, 0x78, 0x07, 0x0a, 0x01, code, 0x04, 0x00, 0x04, 0x00]);
  const injected = Buffer.from([
    0x30, 0x0c, 0x02, 0x01, 0x02, 0x61, 0x07, 0x0a, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00,
  ]);
  afterEach(closeAll);

  test.each([
    ['refuses', response(2), /does not start TLS: result code 2/],
    ['sends more behind its answer', Buffer.concat([response(0), injected]), /not one StartTLS response/],
    ['answers another request', Buffer.from([0x30, 0x03, 0x02, 0x01, 0x09]), /not one StartTLS response/],
    ['does not speak LDAP', Buffer.from('220 smtp.demo.test ESMTP\r\n'), /not one StartTLS response/],
    [
      'agrees and then speaks in the clear',
      Buffer.concat([response(0)]),
      /did not answer within|cannot connect/,
    ],
  ])('%s: no password goes out', async (_, answer, error) => {
    const { url, heard, server } = await scripted(answer);
    const directory = openDirectory([url], { startTls: true, timeout: '300ms' });
    expect(await directory.signIn(as('student.g9'))).toEqual({ kind: 'unavailable' });
    expect(directory.status().servers[0]?.error).toMatch(error);
    expect(heard().toString('latin1')).not.toMatch(/demo-hallpass|demo-student|dc=demo/);
    server.close();
  });
});
