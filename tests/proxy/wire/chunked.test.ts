import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chunkHead, ChunkedDecoder, lastChunk } from '../../../proxy/wire/chunked.ts';
import { Refused } from '../../../proxy/wire/refusals.ts';

const runs = Number(process.env['FUZZ_RUNS'] ?? 100);

/** Decodes `text`, cut into pieces of `step` bytes: the body and what follows it, a code, or `incomplete`. */
function decode(text: string, step = text.length): { body: string; rest: string } | string {
  const bytes = Buffer.from(text, 'latin1');
  const decoder = new ChunkedDecoder();
  let body = '';
  try {
    for (let at = 0; at < bytes.length; at += step) {
      const piece = bytes.subarray(at, at + step);
      const end = decoder.push(piece, 0, (data) => (body += data.toString('latin1')));
      if (end >= 0) return { body, rest: text.slice(at + end) };
    }
  } catch (error) {
    if (error instanceof Refused) return error.code;
    throw error;
  }
  return 'incomplete';
}

describe('the grammar (RFC 9112 §7.1)', () => {
  test.each<[string, ReturnType<typeof decode>]>([
    ['0\r\n\r\n', { body: '', rest: '' }],
    ['5\r\nhello\r\n0\r\n\r\nGET', { body: 'hello', rest: 'GET' }],
    ['0005\r\nhello\r\n0\r\n\r\n', { body: 'hello', rest: '' }],
    ['A\r\n0123456789\r\n0\r\n\r\n', { body: '0123456789', rest: '' }],
    ['5;a=b;c="d e"\r\nhello\r\n0;x\r\n\r\n', { body: 'hello', rest: '' }],
    ['5\r\nhello\r\n0\r\nX: 1\r\nY: 2\r\n\r\n', { body: 'hello', rest: '' }],
    ['5\r\nhel', 'incomplete'],
    ['\r\nhello', 'bad-chunk'],
    [';x\r\n', 'bad-chunk'],
    ['0x5\r\nhello', 'bad-chunk'],
    ['+5\r\nhello', 'bad-chunk'],
    ['-5\r\nhello', 'bad-chunk'],
    ['5_0\r\nhello', 'bad-chunk'],
    [' 5\r\nhello', 'bad-chunk'],
    ['5 \r\nhello', 'bad-chunk'],
    ['5\nhello', 'bad-chunk'],
    ['5\rhello', 'bad-chunk'],
    ['5\r\rhello', 'bad-chunk'],
    ['5;a\nb\r\nhello', 'bad-chunk'],
    ['5;a\rb\r\nhello', 'bad-chunk'],
    ['5;a\0b\r\nhello', 'bad-chunk'],
    ['5\r\nhello\n0\r\n\r\n', 'bad-chunk'],
    ['5\r\nhello\r0\r\n\r\n', 'bad-chunk'],
    ['5\r\nhello0\r\n\r\n', 'bad-chunk'],
    ['5\r\nhelloXX0\r\n\r\n', 'bad-chunk'],
    ['5\r\nhello\rX0\r\n\r\n', 'bad-chunk'],
    ['fffffffffffff\r\n', 'bad-chunk'],
    ['0000000000005\r\n', 'bad-chunk'],
    ['0\r\nX:Y\n\r\n', 'bad-trailer'],
    ['0\r\nX : 1\r\n\r\n', 'bad-trailer'],
    ['0\r\n folded\r\n\r\n', 'bad-trailer'],
    ['0\r\nX: \x01\r\n\r\n', 'bad-trailer'],
    ['0\r\nX: 1\rY: 2\r\n\r\n', 'bad-trailer'],
    [`5;${'x'.repeat(20_000)}\r\nhello`, 'chunk-extensions-too-long'],
    [`0\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 'bad-trailer'],
  ])('%j', (text, expected) => {
    expect(decode(text)).toEqual(expected);
    expect(decode(text, 1)).toEqual(expected);
  });
});

test('extensions are bounded over the whole body, not by chunk', () => {
  expect(decode(`1;${'x'.repeat(1_000)}\r\na\r\n`.repeat(20))).toBe('chunk-extensions-too-long');
});

test('what is encoded decodes to itself, however it is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1, unit: 'binary-ascii' })),
      fc.integer({ min: 1, max: 9 }),
      fc.string({ unit: 'binary-ascii' }),
      (chunks, step, after) => {
        const text = chunks.map((chunk) => `${chunkHead(chunk.length)}${chunk}\r\n`).join('') + lastChunk;
        const decoded = decode(text + after, step);
        expect(decoded).toEqual({ body: chunks.join(''), rest: after });
      },
    ),
    { numRuns: runs },
  );
});
