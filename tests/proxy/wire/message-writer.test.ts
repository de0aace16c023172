import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { MessageWriter } from '../../../proxy/wire/message-writer.ts';

/** What is written, and in how many system calls. */
function target() {
  const written: string[] = [];
  const stream = new Writable({
    decodeStrings: true,
    write: (chunk: Buffer, _encoding, done) => (written.push(chunk.toString('latin1')), done()),
    writev: (chunks, done) => (
      written.push(chunks.map(({ chunk }) => (chunk as Buffer).toString('latin1')).join('')),
      done()
    ),
  });
  return { socket: stream as unknown as Socket, written };
}
const head = 'HTTP/1.1 200 OK\r\n\r\n';
const large = Buffer.alloc(5_000, 'x');

describe('counted', () => {
  test.each([
    ['small', Buffer.from('h\xe9', 'latin1')],
    ['large', large],
  ])('head and a %s body leave together', (_what, chunk) => {
    const { socket, written } = target();
    const writer = new MessageWriter(socket, head, false);
    writer.write(chunk);
    writer.end();
    expect(written).toEqual([head + chunk.toString('latin1')]);
  });

  test('no body: the head alone, once', () => {
    const { socket, written } = target();
    const writer = new MessageWriter(socket, head, false);
    writer.flushHead();
    writer.flushHead();
    writer.end();
    expect(written).toEqual([head]);
  });
});

describe('chunked', () => {
  test('each piece is a chunk, an empty piece is none, the end is the last chunk', () => {
    const { socket, written } = target();
    const writer = new MessageWriter(socket, head, true);
    writer.write(Buffer.from('hello'));
    writer.write(Buffer.alloc(0));
    writer.write(large);
    writer.end();
    expect(written.join('')).toBe(`${head}5\r\nhello\r\n1388\r\n${large.toString('latin1')}\r\n0\r\n\r\n`);
    expect(written).toHaveLength(3);
  });
});

test('a full socket is said to be full', () => {
  const stream = new Writable({ highWaterMark: 10, write: () => undefined });
  const writer = new MessageWriter(stream as unknown as Socket, head, false);
  expect(writer.write(Buffer.from('hello'))).toBe(false);
});
