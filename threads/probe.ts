/**
 * Looks whether an address is free before threads listen on it with `reusePort`: such a socket would silently share the
 * port with another Hallpass of the same user.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { crossing, ThreadError } from './errors.ts';
import { formatListener } from './listener.ts';
import type { ListenAddress } from './listener.ts';

/**
 * Listens for a moment, alone. Port 0 becomes one that is free.
 * @param option the name of the option that wants the address, for the message
 * @throws ThreadError `address-in-use` or `address-refused`
 */
export async function probe(option: string, address: ListenAddress): Promise<ListenAddress> {
  const server = createServer();
  try {
    server.listen({ host: address.host, port: address.port, exclusive: true });
    await once(server, 'listening');
  } catch (error) {
    throw complaint(option, address, crossing(error).code);
  }
  const bound = server.address();
  const closed = once(server, 'close');
  server.close();
  await closed;
  return typeof bound === 'object' && bound !== null ? { host: address.host, port: bound.port } : address;
}

/** Whether this operating system spreads the connections of one port over several sockets (Linux, some BSDs). */
export async function reusePortWorks(): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ host: '127.0.0.1', port: 0, reusePort: true });
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

function complaint(option: string, address: ListenAddress, code: string): ThreadError {
  const what = `\`${formatListener(address)}\` of \`${option}\``;
  switch (code) {
    case 'EADDRINUSE':
      return new ThreadError(
        'address-in-use',
        `${what} is taken by another program: stop it, or set \`${option}\` to another port`,
      );
    case 'EACCES':
      return new ThreadError(
        'address-refused',
        `${what} is not open to this user: set \`${option}\` to a port above 1023`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new ThreadError(
        'address-refused',
        `${what} is no address of this machine: set \`${option}\` to one that it has`,
      );
    default:
      return new ThreadError(
        'address-refused',
        `${what} cannot be listened on (${code}): set \`${option}\` to another address`,
      );
  }
}
