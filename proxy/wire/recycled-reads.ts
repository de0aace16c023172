/**
 * Sockets that read into memory which they have read into before. Node gives each read 64 KiB of its own, freed at some
 * later garbage collection: at 100 KB a response that alone costs more than the filtering, because all of it is memory
 * that no cache holds. Here a socket has one buffer, and reads into it again when whoever got the bytes said, before
 * returning, that nothing of them is kept. Whoever says nothing keeps them: then the socket gets another buffer.
 */
import type { NetConnectOpts } from 'node:net';
import { Socket, connect } from 'node:net';
import type { Duplex } from 'node:stream';

const readBytes = 65_536;

/** Memory of the bytes that a listener of `data` is looking at now; null once they were said not to be kept. */
let delivering: ArrayBufferLike | null = null;

/** `net.connect`, with reads that `recycle` makes cheap. */
export function connectRecycling(options: NetConnectOpts): Socket {
  // Allocated when first read into: most connections that are tried beside another never are.
  let memory: Buffer | null = null;
  const socket = connect({
    ...options,
    onread: {
      buffer: () => (memory ??= Buffer.allocUnsafeSlow(readBytes)),
      callback: (length, buffer) => {
        delivering = buffer.buffer;
        socket.emit('data', (buffer as Buffer).subarray(0, length));
        if (delivering !== null) memory = null;
        delivering = null;
        return true;
      },
    },
  });
  return socket;
}

/** Said of bytes by whoever got them from `data`, before returning: nothing of them is kept anywhere. */
export function recycle(bytes: Buffer): void {
  if (bytes.buffer === delivering) delivering = null;
}

/** Whether everything that was written to `stream` has left this process, so that its memory may be used again. */
export function hasLeft(stream: Duplex): boolean {
  return stream instanceof Socket && stream.writableLength === 0;
}
