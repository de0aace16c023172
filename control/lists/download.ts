/**
 * A file of the open internet, as a source of lists is fetched: over HTTP or HTTPS, by the same ways as the proxy's own
 * requests (resolver, address rules, parent proxy). Each redirect is a new request, whose address is judged anew. The file
 * is the origin's bytes, whatever encoding it says they have: what is compressed, the importer sees by itself.
 */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { request } from 'node:http';
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { isIP } from 'node:net';
import { Transform } from 'node:stream';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { connect as startTls } from 'node:tls';
import type { Route } from '../../proxy/upstream/route.ts';
import type { Ways } from '../../proxy/upstream/ways.ts';
import { ListError } from './errors.ts';

export interface Wanted {
  readonly url: string;
  /** File to write, which must not be there yet. */
  readonly into: string;
  readonly maxSize: number;
  /** What the origin said of the file that is here. */
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** `user:password`; sent to this origin alone, and only over TLS. */
  readonly credentials: string | null;
  /** `of`: null where the origin does not say. */
  readonly onProgress?: (bytes: number, of: number | null) => void;
}

export type Download =
  | { readonly kind: 'same' }
  | {
      readonly kind: 'new';
      readonly bytes: number;
      readonly sha256: string;
      readonly etag: string | null;
      readonly lastModified: string | null;
    };

export interface DownloadParts {
  readonly ways: Pick<Ways, 'routeTo'>;
  readonly userAgent: string;
  /** Milliseconds until the head of an answer. */
  readonly responseTimeout: number;
  /** Milliseconds that the body may stand still. */
  readonly idleTimeout: number;
}

const mostRedirects = 5;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** @throws ListError `source-…` */
export async function download(wanted: Wanted, parts: DownloadParts): Promise<Download> {
  const seen = new Set<string>();
  let url = new URL(wanted.url);
  const { origin } = url;
  for (;;) {
    url.hash = '';
    if (seen.has(url.href) || seen.size > mostRedirects)
      throw new ListError('source-redirect', `\`${wanted.url}\` redirects in a circle or too often`);
    seen.add(url.href);
    const response = await ask(url, headersFor(url, wanted, url.origin === origin), parts);
    const { statusCode: status = 0, headers } = response;
    if (status === 200) return await receive(response, wanted);
    response.destroy();
    if (status === 304 && (wanted.etag ?? wanted.lastModified) !== null) return { kind: 'same' };
    if (!redirects.has(status) || headers.location === undefined)
      throw new ListError('source-status', `\`${url.href}\` answered ${String(status)}`);
    url = redirected(headers.location, url);
  }
}

function headersFor(url: URL, wanted: Wanted, isOwn: boolean): OutgoingHttpHeaders {
  const { etag, lastModified, credentials } = wanted;
  return {
    host: url.host,
    accept: '*/*',
    'accept-encoding': 'identity',
    ...(etag === null ? {} : { 'if-none-match': etag }),
    ...(lastModified === null ? {} : { 'if-modified-since': lastModified }),
    ...(credentials !== null && isOwn && url.protocol === 'https:'
      ? { authorization: `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}` }
      : {}),
  };
}

function redirected(location: string, from: URL): URL {
  const to = URL.parse(location, from.href);
  if (to === null || !['http:', 'https:'].includes(to.protocol))
    throw new ListError('source-redirect', `\`${from.href}\` redirects to no web address`);
  if (from.protocol === 'https:' && to.protocol === 'http:')
    throw new ListError(
      'source-redirect',
      `\`${from.href}\` redirects to \`${to.href}\`, which is not protected`,
    );
  [to.username, to.password] = ['', ''];
  return to;
}

/** The head of the answer; its body waits. */
async function ask(url: URL, headers: OutgoingHttpHeaders, parts: DownloadParts): Promise<IncomingMessage> {
  const secure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  const route = parts.ways.routeTo({ host, port });
  const socket = await open(route, { host, port }, secure);
  const channel = secure ? await secured(socket, host, parts.responseTimeout) : socket;
  const path = `${url.pathname}${url.search}`;
  const sent = request({
    createConnection: () => channel,
    ...{ host, port, setHost: false },
    path: secure ? path : route.targetOf(url.host, path),
    headers: { ...headers, 'user-agent': parts.userAgent, ...(secure ? {} : fieldsOf(route)) },
  });
  const response = await headOf(sent, url, parts.responseTimeout);
  response.setTimeout(parts.idleTimeout, () =>
    response.destroy(new ListError('source-timeout', `\`${url.href}\` stood still while it was sent`)),
  );
  return response;
}

function fieldsOf({ fields }: Route): OutgoingHttpHeaders {
  const lines = fields.split('\r\n').filter((line) => line !== '');
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  );
}

const asker = { client: 'lists', exempt: false };

function open(
  route: Route,
  origin: { readonly host: string; readonly port: number },
  secure: boolean,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    route[secure ? 'tunnel' : 'open'](origin, asker, (result) => {
      if ('failure' in result) {
        const code = result.failure === 'refused-address' ? 'source-refused-address' : 'source-unreachable';
        const detail = result.detail === null ? '' : `: ${result.detail}`;
        const hint = code === 'source-refused-address' ? '; `upstream.allow` opens addresses' : '';
        const where = `${origin.host}:${String(origin.port)}`;
        return reject(
          new ListError(code, `\`${where}\` cannot be reached (${result.failure}${detail})${hint}`),
        );
      }
      const { socket, early } = result;
      // Whoever listens next takes over.
      socket.on('error', () => undefined);
      if (early !== null && early.length > 0) socket.unshift(early);
      resolve(socket);
    });
  });
}

function secured(socket: Socket, host: string, patience: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const named = isIP(host) === 0 ? { servername: host } : {};
    const tls = startTls({ socket, host, ALPNProtocols: ['http/1.1'], ...named });
    const fail = (why: string, cause?: Error): void => {
      tls.destroy();
      reject(new ListError('source-tls', `\`${host}\` cannot be trusted: ${why}`, { cause }));
    };
    tls.setTimeout(patience, () => fail('it did not answer in time'));
    tls.on('error', (error: Error) => fail(error.message, error));
    tls.once('secureConnect', () => {
      tls.setTimeout(0);
      resolve(tls);
    });
  });
}

function headOf(sent: ClientRequest, { href }: URL, patience: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(
      () => sent.destroy(new ListError('source-timeout', `\`${href}\` did not answer in time`)),
      patience,
    );
    sent.once('response', (response) => {
      clearTimeout(late);
      resolve(response);
    });
    sent.on('error', (error) => {
      clearTimeout(late);
      reject(error instanceof ListError ? error : brokenOff(href, error));
    });
    sent.end();
  });
}

async function receive(response: IncomingMessage, wanted: Wanted): Promise<Download> {
  const { headers } = response;
  const of = headers['content-length'] === undefined ? null : Number(headers['content-length']);
  const hash = createHash('sha256');
  let bytes = 0;
  if (of !== null && of > wanted.maxSize) {
    response.destroy();
    throw tooLarge(wanted);
  }
  const measured = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      bytes += chunk.length;
      if (bytes > wanted.maxSize) return done(tooLarge(wanted));
      hash.update(chunk);
      wanted.onProgress?.(bytes, of);
      done(null, chunk);
    },
  });
  try {
    await pipeline(response, measured, createWriteStream(wanted.into, { flags: 'wx', mode: 0o600 }));
  } catch (error) {
    throw error instanceof ListError ? error : brokenOff(wanted.url, error as Error);
  }
  return {
    ...{ kind: 'new', bytes, sha256: hash.digest('hex') },
    etag: headers.etag ?? null,
    lastModified: headers['last-modified'] ?? null,
  };
}

const brokenOff = (url: string, cause: Error): ListError =>
  new ListError('source-unreachable', `\`${url}\` broke off: ${cause.message}`, { cause });

const tooLarge = ({ url, maxSize }: Wanted): ListError =>
  new ListError('source-too-large', `\`${url}\` is larger than ${String(maxSize / 1e6)} MB: see \`maxSize\``);
