import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { listenHttp } from '../../threads/http-listener.ts';
import type { HttpListener } from '../../threads/http-listener.ts';
import { listenAddress } from '../../threads/listener.ts';

/**
 * Listens on `host:port`; port 0 takes any that is free.
 * @throws the error of the operating system when the address cannot be had
 */
export async function listen(app: RequestListener, address: string): Promise<HttpListener> {
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000, maxHeaderSize: 16_384 }, app);
  server.maxConnections = 256;
  return listenHttp(server, listenAddress(address));
}
