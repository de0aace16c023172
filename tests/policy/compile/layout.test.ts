import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openImage } from '../../../policy/compile/image.ts';
import { checkImage, FORMAT_VERSION } from '../../../policy/compile/layout.ts';
import { ImageError } from '../../../policy/errors.ts';
import { compiled, lists, policyText } from './fixture.ts';

const codeOf = (buffer: SharedArrayBuffer): string => {
  try {
    checkImage(buffer);
    openImage(buffer);
    return 'opened';
  } catch (error) {
    return error instanceof ImageError ? error.code : String(error);
  }
};

const changed = (change: (bytes: Uint8Array) => void): SharedArrayBuffer => {
  const buffer = compiled();
  change(new Uint8Array(buffer));
  return buffer;
};

describe('an image', () => {
  it('is the same bytes for the same input, in whatever order the lists come', () => {
    const bytes = Buffer.from(new Uint8Array(compiled()));
    expect(Buffer.from(new Uint8Array(compiled(policyText, lists.toReversed()))).equals(bytes)).toBe(true);
  });

  it('of this format has these bytes: whoever changes them increases FORMAT_VERSION', () => {
    const digest = createHash('sha256').update(new Uint8Array(compiled())).digest('hex').slice(0, 16);
    expect({ [FORMAT_VERSION]: digest }).toEqual({ 4: 'e23c65848c725285' });
  });

  it('is refused by what is wrong with it', () => {
    expect(codeOf(compiled())).toBe('opened');
    expect(codeOf(new SharedArrayBuffer(3))).toBe('image-size');
    expect(codeOf(changed((bytes) => (bytes[0] = 0)))).toBe('image-magic');
    expect(codeOf(changed((bytes) => (bytes[8] = 99)))).toBe('image-version');
    expect(codeOf(changed((bytes) => (bytes[12] = (bytes[12] ?? 0) ^ 8)))).toBe('image-size');
  });

  it('is refused when any one bit of it changed', () => {
    const { byteLength } = compiled();
    fc.assert(
      fc.property(fc.nat(byteLength - 1), fc.nat(7), (at, bit) => {
        expect(codeOf(changed((bytes) => (bytes[at] = (bytes[at] ?? 0) ^ (1 << bit))))).toMatch(/^image-/);
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
    );
  });

  it('is opened without being read whole, by whoever knows that it was checked', () => {
    const damaged = changed((bytes) => (bytes[24] = (bytes[24] ?? 0) ^ 1));
    expect(codeOf(damaged)).toBe('image-checksum');
    expect(() => openImage(damaged)).not.toThrow();
  });
});
