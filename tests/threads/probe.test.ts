import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { probe, reusePortWorks } from '../../threads/probe.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function occupy(options: { reusePort?: boolean } = {}): Promise<number> {
  const server = createServer();
  servers.push(server);
  server.listen({ host: '127.0.0.1', port: 0, ...options });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('looking whether an address is free', () => {
  it('finds a free port for port 0, and leaves it free', async () => {
    const found = await probe('proxy.listen', { host: '127.0.0.1', port: 0 });
    expect(found.port).toBeGreaterThan(0);
    expect(await probe('proxy.listen', found)).toEqual(found);
  });

  it('names option, address and remedy when another program listens there', async () => {
    const port = await occupy();
    await expect(probe('proxy.listen', { host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'address-in-use',
      message: `\`127.0.0.1:${port}\` of \`proxy.listen\` is taken by another program: stop it, or set \`proxy.listen\` to another port`,
    });
  });

  it('is not fooled by one that would share its port', async () => {
    expect(await reusePortWorks()).toBe(true);
    const port = await occupy({ reusePort: true });
    await expect(probe('proxy.listen', { host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'address-in-use',
    });
  });

  it('refuses an address that this machine does not have', async () => {
    await expect(probe('admin.listen', { host: '192.0.2.1', port: 0 })).rejects.toMatchObject({
      code: 'address-refused',
      message: expect.stringContaining(
        '`192.0.2.1:0` of `admin.listen` is no address of this machine',
      ) as string,
    });
  });
});
