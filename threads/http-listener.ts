import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ListenAddress } from './listener.ts';

/** A server that listens. */
export interface HttpListener {
  readonly port: number;
  /** Ends at once: what is being answered is cut off. */
  close(): Promise<void>;
}

/** @throws the error of the operating system when the address cannot be had */
export async function listenHttp(server: Server, { host, port }: ListenAddress): Promise<HttpListener> {
  server.listen({ host, port });
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
