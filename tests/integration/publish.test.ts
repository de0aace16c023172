/** Publishing while people browse: no request fails and none is undecided; open tunnels are decided again. */
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { slapdMissing } from '../directory/slapd.ts';
import { District, root, through } from './district.ts';

const starter = readFileSync(join(root, 'rules/starter/policy.yaml'), 'utf8');
const aup = ['aup.md', 'aup.es.md'].flatMap((name) => ['--aup', join(root, 'rules/starter', name)]);
const closed = `  - id: library-closed
    title: Closed for this test
    publicTitle: The library is closed
    noClause: a test
    match: { hosts: [library.demo.test, tunnel.demo.test] }
    action: block
`;
/** The starter with one more rule at the head of the locked ones. */
const withRule = starter.replace(/^locked:\n/m, `locked:\n${closed}`);

describe.skipIf(slapdMissing !== null)('publishing', () => {
  let district: District;
  beforeAll(async () => {
    expect(withRule).not.toBe(starter);
    district = await District.start();
    writeFileSync(join(district.folder, 'open.yaml'), starter);
    writeFileSync(join(district.folder, 'closed.yaml'), withRule);
    writeFileSync(join(district.folder, 'broken.yaml'), starter.replace('action: block', 'action: bloc'));
  });
  afterAll(() => district.stop());
  const publish = (name: string) =>
    district.run('policy', 'publish', join(district.folder, name), ...aup, '--data', district.data);
  const library = (): string => `http://${district.at('library')}/`;

  test(
    'under load every request is decided by the old policy or the new one',
    { timeout: 90_000 },
    async () => {
      let done = false;
      const seen = new Map<number, number>();
      const browse = async (): Promise<void> => {
        while (!done) {
          const { status } = await through(district, library());
          seen.set(status, (seen.get(status) ?? 0) + 1);
        }
      };
      const browsing = Array.from({ length: 8 }, browse);
      for (let i = 0; i < 4; i++) {
        const { code, err } = await publish(i % 2 === 0 ? 'closed.yaml' : 'open.yaml');
        expect([code, err]).toEqual([0, expect.anything()]);
        // Done means: it holds in every thread.
        for (let j = 0; j < 8; j++)
          expect((await through(district, library())).status).toBe(i % 2 === 0 ? 403 : 200);
      }
      done = true;
      await Promise.all(browsing);
      expect([...seen.keys()].sort()).toEqual([200, 403]);
    },
  );

  test('a policy that does not validate is refused with its place, and the old one keeps serving', async () => {
    const { code, err } = await publish('broken.yaml');
    expect(code).not.toBe(0);
    expect(err).toMatch(/broken\.yaml:\d+:\d+: .*bloc/);
    expect((await through(district, library())).status).toBe(200);
    const validated = await district.run('policy', 'validate', join(district.folder, 'broken.yaml'), ...aup);
    expect(validated.code).toBe(1);
  });

  test('an open tunnel is closed within a second of a publish that denies it, and recorded', async () => {
    const origin = createServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => origin.listen(8443, '127.10.0.9', resolve));
    const { port } = origin.address() as AddressInfo;
    const socket = connect(district.proxyPort, '127.0.0.1');
    socket.on('error', () => undefined);
    let received = '';
    socket.on('data', (bytes: Buffer) => (received += bytes.toString()));
    const host = '127.10.0.9';
    socket.write(`CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`);
    await expect.poll(() => received).toContain('200');
    const ended = new Promise<number>((resolve) => socket.once('close', () => resolve(Date.now())));
    writeFileSync(join(district.folder, 'tunnel.yaml'), withRule.replace('tunnel.demo.test', `'${host}'`));
    expect((await publish('tunnel.yaml')).code).toBe(0);
    const published = Date.now();
    expect((await ended) - published).toBeLessThan(1_000);
    await expect
      .poll(async () => (await district.blocks()).filter((block) => block.host === host), { timeout: 20_000 })
      .toMatchObject([{ rule: 'library-closed', action: 'block', url: `https://${host}:${port}` }]);
    await publish('open.yaml');
    await new Promise((resolve) => origin.close(resolve));
  });

  test('versions are listed, newest first', async () => {
    const { out, code } = await district.run('policy', 'list', '--data', district.data);
    expect(code).toBe(0);
    expect(out).toMatch(/p-[0-9a-f]{16}/);
  });
});
