/**
 * A client that takes nothing until everything on the way is full, and then all: every byte arrives as it was sent. What
 * waits for it in the proxy came in many small reads, each of which must have kept its memory.
 */
import { createHash, randomInt } from 'node:crypto';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { once } from 'node:events';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Harness } from './harness.ts';
import { startHarness, startOrigin } from './harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

/** Numbers in order, so that no part of it looks like another; more than the system's socket buffers hold. */
const payload = Buffer.alloc(24 << 20);
for (let at = 0; at < payload.length; at += 4) payload.writeUInt32BE(at, at);
const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

interface Way {
  readonly name: string;
  readonly request: (port: number) => string;
  readonly head: string;
  readonly frame: (piece: Buffer) => Buffer;
  /** The payload within what the client received after the first empty line. */
  readonly unframe: (received: Buffer) => Buffer;
}

const get = (port: number): string =>
  `GET http://ok.test:${port}/ HTTP/1.1\r\nHost: ok.test\r\nConnection: close\r\n\r\n`;
const asItIs = (bytes: Buffer): Buffer => bytes;

function joinChunks(received: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; ;) {
    const line = received.indexOf('\r\n', at);
    const size = parseInt(received.toString('latin1', at, line), 16);
    if (!(size > 0)) return Buffer.concat(pieces);
    pieces.push(received.subarray(line + 2, line + 2 + size));
    at = line + 4 + size;
  }
}

const ways: readonly Way[] = [
  {
    name: 'a body of stated length',
    request: get,
    head: `HTTP/1.1 200 OK\r\nContent-Length: ${payload.length}\r\n\r\n`,
    frame: asItIs,
    unframe: asItIs,
  },
  {
    name: 'a chunked body',
    request: get,
    head: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    frame: (piece) =>
      Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]),
    unframe: joinChunks,
  },
  {
    name: 'a tunnel',
    request: (port) => `CONNECT ok.test:${port} HTTP/1.1\r\nHost: ok.test:${port}\r\n\r\nhello`,
    head: '',
    frame: asItIs,
    unframe: asItIs,
  },
];

test.for(ways)('$name', async (way) => {
  const origin = await startOrigin((socket) => void pour(socket, way));
  const client = connect({ host: '127.0.0.1', port: harness.port });
  client.pause();
  client.write(way.request(origin.port));
  await untilStuck(origin.sockets);
  const received = await readAll(client);
  await origin.close();
  const body = received.subarray(received.indexOf('\r\n\r\n') + 4);
  expect(digest(way.unframe(body))).toBe(digest(payload));
});

/** In small pieces, each in a turn of its own. */
async function pour(socket: Socket, { head, frame, name }: Way): Promise<void> {
  if (head !== '') socket.write(head);
  for (let at = 0; at < payload.length;) {
    const piece = payload.subarray(at, at + randomInt(1, 20_000));
    at += piece.length;
    if (socket.write(frame(piece))) await turn();
    else await once(socket, 'drain');
  }
  socket.end(name === 'a chunked body' ? '0\r\n\r\n' : '');
}

/** Nothing has moved for a while. */
async function untilStuck(sockets: readonly Socket[]): Promise<void> {
  for (let before = -1; ;) {
    await delay(200);
    const sent = (sockets[0]?.bytesWritten ?? 0) - (sockets[0]?.writableLength ?? 0);
    if (sent > 0 && sent === before) return;
    before = sent;
  }
}

async function readAll(socket: Socket): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of socket as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}
