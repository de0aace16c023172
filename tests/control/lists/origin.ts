/** An origin of lists: real HTTP, or HTTPS by a certificate that nobody vouches for, on an address of the loopback network. */
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface Origin {
  readonly url: string;
  readonly seen: IncomingMessage[];
  /** What is answered from now on. */
  answer: RequestListener;
  close(): Promise<void>;
}

export const originAddress = '127.10.0.21';

/** Answers with `text`, by its ETag where that is asked for. */
export const file =
  (
    text: string | Uint8Array,
    etag = `"${String(text.length)}-${Buffer.from(text).toString('hex').slice(-16)}"`,
  ): RequestListener =>
  (request, response) => {
    if (request.headers['if-none-match'] === etag) return void response.writeHead(304).end();
    response.writeHead(200, { etag, 'content-length': Buffer.byteLength(text) }).end(text);
  };

export async function startOrigin(tls?: { readonly key: string; readonly cert: string }): Promise<Origin> {
  const seen: IncomingMessage[] = [];
  const handle: RequestListener = (request, response) => {
    seen.push(request);
    origin.answer(request, response);
  };
  const server: Server = tls === undefined ? createServer(handle) : createTlsServer(tls, handle);
  await new Promise<void>((resolve) => server.listen(0, originAddress, resolve));
  const { port } = server.address() as AddressInfo;
  const origin: Origin = {
    url: `${tls === undefined ? 'http' : 'https'}://${originAddress}:${String(port)}/`,
    seen,
    answer: (_request, response) => void response.writeHead(404).end(),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return origin;
}
