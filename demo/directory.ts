/**
 * The demo directory: the LDIF of the demo district, served over the real protocol. The one file that knows ldapjs, whose
 * server half is the only LDAP server on npm.
 */
import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo, Server as TcpServer, Socket } from 'node:net';
import ldapjs from 'ldapjs';
import { DemoTree, shown } from './entries.ts';
import type { DemoFilter } from './entries.ts';
import { parseLdif } from './ldif.ts';

export interface DemoDirectoryOptions {
  readonly ldifPath: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

export interface DemoDirectory {
  readonly port: number;
  close(): Promise<void>;
}

/** The parts of ldapjs's requests and responses that are used here; its own types leave them open. */
interface Request {
  readonly dn: { toString(): string };
  readonly connection: Socket;
  readonly credentials: string;
  readonly scope: number | string;
  readonly filter: DemoFilter;
  readonly attributes: readonly string[];
  readonly sizeLimit: number;
}

interface Response {
  attributes: string[];
  send(entry: { dn: string; attributes: Record<string, string[]> }): void;
  end(status?: number): void;
}

/** Result codes (RFC 4511 §4.1.9). */
const success = 0;
const sizeLimitExceeded = 4;
const noSuchObject = 32;
const invalidCredentials = 49;
const insufficientAccess = 50;
const unwillingToPerform = 53;

const scopes = ['base', 'one', 'sub'] as const;

/** Starts serving. @throws when the port is taken or the LDIF cannot be read */
export const startDemoDirectory = async ({
  ldifPath,
  host,
  port,
}: DemoDirectoryOptions): Promise<DemoDirectory> => {
  const tree = new DemoTree(parseLdif(await readFile(ldifPath, 'utf8')));
  const server = ldapjs.createServer();
  const { server: tcp } = server as unknown as { readonly server: TcpServer };
  const sockets = new Set<Socket>();
  tcp.on('connection', (socket) => {
    // Answers are written in pieces: with Nagle's algorithm each search would cost 40 ms.
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const bound = new WeakSet<Socket>();
  server.bind('', (request: Request, response: Response) => answerBind(tree, bound, request, response));
  server.search('', (request: Request, response: Response) => answerSearch(tree, bound, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  // A message that cannot be parsed ends its own connection and nothing else.
  server.on('error', () => undefined);
  return {
    port: (tcp.address() as AddressInfo).port,
    close: async () => {
      const closed = once(tcp, 'close');
      tcp.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
};

const answerBind = (tree: DemoTree, bound: WeakSet<Socket>, request: Request, response: Response): void => {
  const { dn, credentials, connection } = request;
  // A failed bind leaves the connection anonymous (RFC 4513 §4).
  bound.delete(connection);
  // RFC 4513 §5.1.2: a name without a password proves nothing.
  if (credentials === '') return response.end(unwillingToPerform);
  const passwords = tree.get(dn.toString())?.attributes.get('userpassword')?.values ?? [];
  if (!passwords.some((password) => isSame(password, credentials))) return response.end(invalidCredentials);
  bound.add(connection);
  response.end(success);
};

const isSame = (one: string, other: string): boolean => {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
};

const answerSearch = (tree: DemoTree, bound: WeakSet<Socket>, request: Request, response: Response): void => {
  const scope =
    typeof request.scope === 'number' ? scopes[request.scope] : scopes.find((name) => name === request.scope);
  // What is asked for has been picked already; without this the library would pick again, by other rules.
  response.attributes = ['*'];
  if (request.dn.toString() === '' && scope === 'base') {
    response.send({ dn: '', attributes: { objectClass: ['top'], supportedLDAPVersion: ['3'] } });
    return response.end(success);
  }
  if (!bound.has(request.connection)) return response.end(insufficientAccess);
  const found = tree.search(request.dn.toString(), scope ?? 'sub', request.filter);
  if (found === null) return response.end(noSuchObject);
  const limit = request.sizeLimit > 0 ? request.sizeLimit : found.length;
  for (const entry of found.slice(0, limit)) {
    response.send({ dn: entry.dn, attributes: shown(entry, request.attributes) });
  }
  response.end(found.length > limit ? sizeLimitExceeded : success);
};
