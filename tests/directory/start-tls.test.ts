import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAnswer } from '../../directory/start-tls.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const success = hex('30 0c 02 01 01 78 07 0a 01 00 04 00 04 00');

describe('the answer to StartTLS', () => {
  test.each([
    [success, 0],
    [hex('30 84 0000000c 02 01 01 78 07 0a 01 34 04 00 04 00'), 0x34],
    [hex('30 81 0c 02 01 01 78 07 0a 01 02 04 00 04 00'), 2],
    [success.subarray(0, 5), 'incomplete'],
    [Buffer.alloc(0), 'incomplete'],
    [Buffer.concat([success, Buffer.from([0])]), 'malformed'],
    [hex('30 0c 02 01 02 78 07 0a 01 00 04 00 04 00'), 'malformed'],
    [hex('30 0c 02 01 01 61 07 0a 01 00 04 00 04 00'), 'malformed'],
    [hex('30 80 02 01 01'), 'malformed'],
    [hex('30 82 ffff 02'), 'malformed'],
    [Buffer.from('HTTP/1.1 400'), 'malformed'],
  ])('%o: %s', (bytes, result) => {
    expect(parseAnswer(bytes)).toBe(result);
  });

  test('no bytes make it throw, and a beginning is never success', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(success.length - 1), (bytes, cut) => {
        expect(() => parseAnswer(Buffer.from(bytes))).not.toThrow();
        expect(parseAnswer(success.subarray(0, cut))).toBe('incomplete');
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
    );
  });
});
