import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { httpLimits, listenHttp } from '../../threads/http-listener.ts';
import type { HttpListener } from '../../threads/http-listener.ts';
import { listenAddress } from '../../threads/listener.ts';

/** Paths of PEM files. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
}

/** Enough for a few people in charge behind one address, and their browsers' six connections each. */
const room = { connections: 256, perAddress: 48 };

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
      ? createServer(httpLimits, app)
      : createTlsServer(
          {
            ...httpLimits,
            cert: readFileSync(tls.certificate),
            key: readFileSync(tls.key),
            minVersion: 'TLSv1.2',
            handshakeTimeout: httpLimits.headersTimeout,
          },
          app,
        );
  return listenHttp(server, listenAddress(address), room);
}
