import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UrlText } from '../../../policy/compile/url-text.ts';
import { fullyDecoded } from '../../../policy/path.ts';

const text = new UrlText();
const shown = () => Buffer.from(text.bytes.subarray(text.start, text.end)).toString();
const runs = { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) * 3 };

describe('the text of an address', () => {
  it('is in lower case, whatever its length and letters', () => {
    const piece = fc.string({
      unit: fc.constantFrom('a', 'B', '/', '.', '%', 'É', 'ß', '日', '😀'),
      maxLength: 120,
    });
    fc.assert(
      fc.property(fc.constantFrom('http', 'https'), piece, piece, (scheme, path, query) => {
        text.fill(scheme, 'www.a.test', `/${path}`, query);
        const address = `${scheme}://www.a.test/${path}${query === '' ? '' : `?${query}`}`;
        expect(shown()).toBe(address.toLowerCase());
        expect(Buffer.from(text.bytes.subarray(text.host, text.path)).toString()).toBe('www.a.test');
        expect(Buffer.from(text.bytes.subarray(text.path, text.query)).toString()).toBe(
          `/${path}`.toLowerCase(),
        );
      }),
      runs,
    );
  });

  it('grows with the longest address', () => {
    text.fill('https', 'a.test', `/${'é'.repeat(20_000)}`, 'Q'.repeat(20_000));
    expect(shown()).toBe(`https://a.test/${'é'.repeat(20_000)}?${'q'.repeat(20_000)}`);
  });

  it('has its query decoded where it stands', () => {
    const piece = fc.constantFrom(
      'a',
      'B',
      '%',
      '25',
      '%41',
      '%4',
      '%5a',
      '%2',
      '%2525',
      '%zz',
      '=',
      '&',
      '%C3%A9',
      'é',
      '%e',
    );
    const query = fc.array(piece, { minLength: 1, maxLength: 10 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(query, (raw) => {
        text.fill('https', 'a.test', '/x', raw);
        const changed = text.decodeQuery();
        const decoded = fullyDecoded(raw);
        if (changed === null) expect(decoded).toMatch(/[^\0-\x7f]/);
        else
          expect([raw, changed, shown()]).toEqual([
            raw,
            decoded !== raw,
            `https://a.test/x?${decoded}`.toLowerCase(),
          ]);
      }),
      runs,
    );
  });
});
