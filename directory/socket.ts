/**
 * Opens one connection to a server: TCP, then TLS where it is asked for, all within one time limit. LDAP begins only on
 * the socket that comes out, so that no LDAP library can fall back to the clear connection below it.
 */
import { connect as connectTcp, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { DirectoryError, reasonOf } from './errors.ts';
import type { Endpoint } from './settings.ts';
import { askForTls } from './start-tls.ts';

/** @throws DirectoryError `unreachable`, `timeout`, `tls` or `starttls-refused` */
export const openSocket = async (
  endpoint: Endpoint,
  tls: ConnectionOptions,
  timeout: number,
): Promise<Socket> => {
  const opened: Socket[] = [];
  const work = open(endpoint, tls, opened);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new DirectoryError('directory/timeout', `\`${endpoint.url}\` did not answer within ${timeout} ms`),
      );
    }, timeout);
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    // Whatever still goes on is heard by nobody; without this a late failure would be an unhandled one.
    work.catch(() => undefined);
    for (const socket of opened) socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
};

const open = async (endpoint: Endpoint, tls: ConnectionOptions, opened: Socket[]): Promise<Socket> => {
  const socket = connectTcp({ host: endpoint.host, port: endpoint.port, noDelay: true });
  opened.push(socket);
  await once(socket, 'connect', 'directory/unreachable', endpoint.url);
  if (endpoint.security === 'none') return socket;
  if (endpoint.security === 'starttls') await askForTls(socket, endpoint.url);
  // The name that is checked: `servername` where one is set, else the host of the URL; SNI cannot carry an address.
  const name = tls.servername ?? (isIP(endpoint.host) === 0 ? endpoint.host : undefined);
  const secure = connectTls({
    ...tls,
    socket,
    host: endpoint.host,
    ...(name === undefined ? {} : { servername: name }),
  });
  opened.push(secure);
  await once(secure, 'secureConnect', 'directory/tls', endpoint.url);
  return secure;
};

const once = (
  socket: Socket,
  event: 'connect' | 'secureConnect',
  code: 'directory/unreachable' | 'directory/tls',
  url: string,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const fail = (reason: string, cause?: unknown) =>
      reject(new DirectoryError(code, `cannot connect to \`${url}\`: ${reason}`, { cause }));
    const failed = (error: Error) => fail(reasonOf(error), error);
    const closed = () => fail('the server closed the connection');
    socket.once('error', failed).once('close', closed);
    socket.once(event, () => {
      socket.off('error', failed).off('close', closed);
      // Between here and the LDAP client's own listener an error must not bring the process down.
      socket.on('error', () => undefined);
      resolve();
    });
  });
