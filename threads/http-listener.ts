import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ConnectionRoom } from './connection-room.ts';
import type { Room } from './connection-room.ts';
import type { ListenAddress } from './listener.ts';

/** A server that listens. */
export interface HttpListener {
  readonly port: number;
  /** Ends at once: what is being answered is cut off. */
  close(): Promise<void>;
}

/** For a server that anybody in the district can reach: a head, and a form, are short. */
export const httpLimits = {
  headersTimeout: 5_000,
  requestTimeout: 15_000,
  // At half a minute, as it is by itself, it is the only limit that counts.
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 5_000,
  maxHeaderSize: 16_384,
} as const;

/**
 * @param room how many connections are kept; without it, as many as come
 * @throws the error of the operating system when the address cannot be had
 */
export async function listenHttp(
  server: Server,
  { host, port }: ListenAddress,
  room: Room | null = null,
): Promise<HttpListener> {
  if (room !== null) keepWithin(server, new ConnectionRoom(room));
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

/** Before anything of a connection is read, and before TLS: whoever is refused has cost nothing. */
function keepWithin(server: Server, room: ConnectionRoom): void {
  const serve = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    if (!room.admits(socket.remoteAddress ?? '', socket)) return void socket.resetAndDestroy();
    for (const listener of serve) listener.call(server, socket);
  });
}
