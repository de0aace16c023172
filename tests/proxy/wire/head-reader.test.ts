import { expect, test } from 'vitest';
import { HeadReader } from '../../../proxy/wire/head-reader.ts';
import { Refused } from '../../../proxy/wire/refusals.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const head = 'GET / HTTP/1.1\r\nHost: a\r\nX: caf\xe9\r\n\r\n';

/** What comes out of `pieces`: head and rest, a code, or `incomplete`. */
function read(pieces: readonly string[], maxBytes = 1_000): { text: string; rest: string } | string {
  const reader = new HeadReader(maxBytes);
  try {
    for (const [i, piece] of pieces.entries()) {
      const found = reader.push(bytes(piece));
      if (found === null) continue;
      expect(reader.begun).toBe(false);
      return {
        text: found.text,
        rest: (found.rest?.toString('latin1') ?? '') + pieces.slice(i + 1).join(''),
      };
    }
  } catch (error) {
    if (error instanceof Refused) return error.code;
    throw error;
  }
  return 'incomplete';
}

test('each split in three gives the same head and the same rest', () => {
  const all = `${head}body`;
  for (let a = 0; a <= all.length; a++) {
    for (let b = a; b <= all.length; b++) {
      const pieces = [all.slice(0, a), all.slice(a, b), all.slice(b)].filter((piece) => piece !== '');
      expect(read(pieces)).toEqual({ text: head.slice(0, -4), rest: 'body' });
    }
  }
});

test('the limit is the same however the bytes are cut', () => {
  const size = head.length - 4;
  for (let at = 1; at < head.length; at++) {
    const pieces = [head.slice(0, at), head.slice(at)];
    expect(read(pieces, size)).toEqual({ text: head.slice(0, -4), rest: '' });
    expect(read(pieces, size - 1)).toBe('head-too-large');
  }
});

test.each([
  ['GET / HTTP/1.1\n', 'bare-cr-or-lf'],
  ['GET / HTTP/1.1\rX', 'bare-cr-or-lf'],
  ['\x16\x03\x01', 'control-character'],
  ['GET / HTTP/1.1\r\nX: \x7f', 'control-character'],
  ['GET / HTTP/1.1\r\nX: \t\xff', 'incomplete'],
])('%j, and no more: %s', (text, expected) => {
  expect(read([text])).toBe(expected);
  expect(read([...text])).toBe(expected);
});

test('the same reader reads one head after another', () => {
  const reader = new HeadReader(100);
  expect(reader.push(bytes('A\r\n\r'))).toBeNull();
  expect(reader.begun).toBe(true);
  expect(reader.push(bytes('\nB\r\n\r\n'))?.text).toBe('A');
  expect(reader.push(bytes('B\r\n\r\n'))).toEqual({ text: 'B', rest: null });
});
