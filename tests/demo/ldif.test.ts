import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseLdif } from '../../demo/ldif.ts';

const valuesOf = (text: string, attribute: string) => parseLdif(text)[0]?.attributes.get(attribute)?.values;

describe('LDIF', () => {
  test('records stand between empty lines, attributes repeat and are found without case', () => {
    const entries = parseLdif('version: 1\ndn: cn=a\nMember: x\nmember: y\n\n\ndn: cn=b\ncn: b\n');
    expect(entries.map(({ dn }) => dn)).toEqual(['cn=a', 'cn=b']);
    expect(entries[0]?.attributes.get('member')).toEqual({ name: 'Member', values: ['x', 'y'] });
  });

  test('folded lines are joined, comments (folded too) are gone', () => {
    expect(valuesOf('# one\n  two\ndn: cn=a\ndescription: long\n er line\r\n', 'description')).toEqual([
      'longer line',
    ]);
  });

  test('base64 is decoded', () => {
    expect(valuesOf('dn: cn=a\ncn:: w6l0w6k=\n', 'cn')).toEqual(['été']);
  });

  test.each([
    ['cn: a\n', /line 1.*begins with `dn:`/],
    ['dn: cn=a\nno colon\n', /line 2.*`attribute: value`/],
    ['dn: cn=a\nphoto:< file://x\n', /line 2.*URL/],
    ['dn: cn=a\ncn:: *\n', /line 2.*base64/],
    ['dn: cn=a\ncn:: //8=\n', /line 2.*UTF-8/],
    ['dn: cn=a\nchangetype: delete\n', /line 2.*no place/],
    [' dn: cn=a\n', /line 1.*continues nothing/],
  ])('%j is refused with its line', (text, message) => {
    expect(() => parseLdif(text)).toThrow(message);
  });

  test('any value survives base64 and folding at any width', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.integer({ min: 5, max: 76 }),
        (value, width) => {
          const line = `cn:: ${Buffer.from(value).toString('base64')}`;
          const folded = line.match(new RegExp(`.{1,${width}}`, 'gs'))?.join('\n ') ?? '';
          expect(valuesOf(`dn: cn=a\n${folded}\n`, 'cn')).toEqual([value]);
        },
      ),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
    );
  });

  test('the demo district is read whole', () => {
    const text = readFileSync(new URL('../../rules/demo/district.ldif', import.meta.url), 'utf8');
    expect(parseLdif(text).length).toBe(text.match(/^dn:/gm)?.length);
  });
});
