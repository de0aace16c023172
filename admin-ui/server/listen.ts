import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listenAddress } from '../../threads/listener.ts';

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Listens on `host:port`; port 0 takes any that is free.
 * @throws the error of the operating system when the address cannot be had
 */
export async function listen(app: RequestListener, address: string): Promise<Listener> {
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000, maxHeaderSize: 16_384 }, app);
  server.maxConnections = 256;
  server.listen(listenAddress(address));
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
