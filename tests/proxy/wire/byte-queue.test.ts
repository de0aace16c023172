import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteQueue } from '../../../proxy/wire/byte-queue.ts';

test('gives back what was put in, in order, and never touches a piece of another', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 700 })), (pieces) => {
      const queue = new ByteQueue();
      const given = pieces.map((piece) => Buffer.from(piece));
      for (const piece of given) queue.append(piece);
      const all = Buffer.concat(pieces);
      expect(queue.length).toBe(all.length);
      expect(queue.peek() ?? Buffer.alloc(0)).toEqual(all);
      const taken = queue.take();
      queue.append(Buffer.from('next'));
      queue.append(Buffer.from('piece'));
      expect(taken ?? Buffer.alloc(0)).toEqual(all);
      given.forEach((piece, i) => expect(piece).toEqual(Buffer.from(pieces[i] as Uint8Array)));
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
  );
});

test('a single piece is not copied', () => {
  const piece = Buffer.from('one');
  const queue = new ByteQueue();
  queue.append(piece);
  expect(queue.take()?.buffer).toBe(piece.buffer);
  expect(queue.take()).toBeNull();
});
