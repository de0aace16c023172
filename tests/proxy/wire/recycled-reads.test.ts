/** Memory that is read into again only when nobody keeps what was in it. */
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { connectRecycling, hasLeft, recycle } from '../../../proxy/wire/recycled-reads.ts';
import { until } from './sockets.ts';

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

/** A connection, and the other end of it. */
async function pair(): Promise<{ readonly near: Socket; readonly far: Socket }> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const near = connectRecycling({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  const far = await accepted;
  sockets.push(near, far);
  return { near, far };
}

/** Sends each of `texts` when the one before was heard, and tells whether each was read into the first one's memory. */
async function memoryOf(texts: readonly string[], heard: (bytes: Buffer) => void): Promise<boolean[]> {
  const { near, far } = await pair();
  const memories: ArrayBufferLike[] = [];
  near.on('data', (bytes: Buffer) => {
    memories.push(bytes.buffer);
    heard(bytes);
  });
  for (const [index, text] of texts.entries()) {
    far.write(text);
    await until(() => memories.length > index);
  }
  return memories.map((memory) => memory === memories[0]);
}

test('memory of bytes that are said not to be kept is read into again', async () => {
  expect(await memoryOf(['a', 'b', 'c'], recycle)).toEqual([true, true, true]);
});

test('whoever says nothing keeps the bytes', async () => {
  const kept: Buffer[] = [];
  expect(await memoryOf(['a', 'b', 'c'], (bytes) => kept.push(bytes))).toEqual([true, false, false]);
  expect(kept.map(String)).toEqual(['a', 'b', 'c']);
});

test('only the bytes being delivered can be given back', async () => {
  const kept: Buffer[] = [];
  const late = (bytes: Buffer): void => {
    kept.push(bytes);
    if (kept.length > 1) recycle(kept[kept.length - 2] as Buffer);
  };
  await memoryOf(['a', 'b', 'c'], late);
  expect(kept.map(String)).toEqual(['a', 'b', 'c']);
});

test('no byte is read while paused, and the end is told', async () => {
  const { near, far } = await pair();
  let heard = '';
  let ended = false;
  near.on('data', (bytes: Buffer) => (heard += bytes.toString()));
  near.on('end', () => (ended = true));
  far.write('a');
  await until(() => heard === 'a');
  near.pause();
  far.end('b');
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect([heard, ended]).toEqual(['a', false]);
  near.resume();
  await until(() => ended);
  expect(heard).toBe('ab');
});

test('a socket whose buffer is full has not let everything go', async () => {
  const { near, far } = await pair();
  far.pause();
  expect(hasLeft(near)).toBe(true);
  while (near.write(Buffer.alloc(65_536)));
  expect(hasLeft(near)).toBe(false);
});
