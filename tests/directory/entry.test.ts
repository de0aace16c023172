import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstValue, guidOctets, guidText, keyOf, values } from '../../directory/entry.ts';

describe('entries', () => {
  const entry = { dn: 'cn=a', memberOf: ['x', 'y'], CN: 'a', empty: [], raw: Buffer.from('z') };

  test('attributes are found without case, values are always a list', () => {
    expect(values(entry, 'memberof')).toEqual(['x', 'y']);
    expect(firstValue(entry, 'cn')).toBe('a');
    expect(values(entry, 'empty')).toEqual([]);
    expect(values(entry, 'absent')).toEqual([]);
    expect(values(entry, 'raw')).toEqual(['z']);
    expect(values(entry, 'dn')).toEqual([]);
  });

  test('objectGUID is written as Windows writes it', () => {
    const guid = Buffer.from('33221100554477668899aabbccddeeff', 'hex');
    expect(guidText(guid)).toBe('00112233-4455-6677-8899-aabbccddeeff');
    expect(keyOf({ dn: '', objectGUID: guid }, 'objectGUID')).toBe('00112233-4455-6677-8899-aabbccddeeff');
  });

  test('from text to octets and back', () => {
    fc.assert(
      fc.property(fc.uuid(), (key) => {
        expect(guidText(guidOctets(key))).toBe(key);
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
    );
  });

  test.each([{}, { entryUUID: '' }, { entryUUID: 'not-a-uuid' }, { objectGUID: Buffer.alloc(15) }])(
    '%j has no key, and that is said',
    (attributes) => {
      const attribute = 'objectGUID' in attributes ? 'objectGUID' : 'entryUUID';
      expect(() => keyOf({ dn: 'cn=a', ...attributes }, attribute)).toThrow(
        /shows no `(entryUUID|objectGUID)`/,
      );
    },
  );
});
