/** The demo web site: one page for each host of the demo, so that the tour works with no Internet. */
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { listenHttp } from '../threads/http-listener.ts';
import type { HttpListener } from '../threads/http-listener.ts';

export interface DemoSiteOptions {
  /** Folder with `<first label of the host>.html`. */
  readonly folder: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

const domain = '.demo.test';

/** Reads the pages once, then serves them. @throws when the folder cannot be read or the port is taken */
export const startDemoSite = async ({ folder, host, port }: DemoSiteOptions): Promise<HttpListener> => {
  const pages = await readPages(folder);
  const server = createServer((request, response) => answer(pages, request, response));
  return listenHttp(server, { host, port });
};

const readPages = async (folder: string): Promise<ReadonlyMap<string, Buffer>> => {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.html'));
  return new Map(
    await Promise.all(
      names.map(
        async (name) =>
          [name.slice(0, -'.html'.length) + domain, await readFile(join(folder, name))] as const,
      ),
    ),
  );
};

const answer = (
  pages: ReadonlyMap<string, Buffer>,
  request: IncomingMessage,
  response: ServerResponse,
): void => {
  request.resume();
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    send(response, 405, 'text/plain; charset=utf-8', 'GET and HEAD only\n', { Allow: 'GET, HEAD' });
    return;
  }
  const name = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  const [path] = (request.url ?? '').split('?', 1);
  const page = path === '/' ? pages.get(name) : undefined;
  if (page === undefined) send(response, 404, 'text/plain; charset=utf-8', 'There is no such page here.\n');
  else send(response, 200, 'text/html; charset=utf-8', page);
};

/** Node leaves out the body of an answer to HEAD by itself. */
const send = (
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Buffer,
  more: Record<string, string> = {},
): void => {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-cache',
    'X-Content-Type-Options': 'nosniff',
    ...more,
  });
  response.end(body);
};
