import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { listenHttp } from '../../threads/http-listener.ts';
import type { HttpListener } from '../../threads/http-listener.ts';
import { listenAddress } from '../../threads/listener.ts';

/** Paths of PEM files. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
}

const limits = { headersTimeout: 10_000, requestTimeout: 30_000, maxHeaderSize: 16_384 };

/**
 * Listens on `host:port`; port 0 takes any that is free.
 * @throws the error of the operating system when the address cannot be had, or a file cannot be read
 */
export async function listen(
  app: RequestListener,
  address: string,
  tls: TlsFiles | null = null,
): Promise<HttpListener> {
  const server =
    tls === null
      ? createServer(limits, app)
      : createTlsServer(
          {
            ...limits,
            cert: readFileSync(tls.certificate),
            key: readFileSync(tls.key),
            minVersion: 'TLSv1.2',
          },
          app,
        );
  server.maxConnections = 256;
  return listenHttp(server, listenAddress(address));
}
