import type { Socket } from 'node:net';

/**
 * Resets the connection, so that its peer cannot take what it has for the whole. While the end of our side is on its way
 * the kernel refuses to reset, and Node would neither close the descriptor nor say so: then it is destroyed instead.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
