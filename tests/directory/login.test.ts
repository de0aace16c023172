import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseLogin } from '../../directory/login.ts';

describe('what people type as their login', () => {
  test.each([
    ['ann', { text: 'ann', user: 'ann', form: 'plain', domain: '' }],
    [' Ann ', { text: 'ann', user: 'ann', form: 'plain', domain: '' }],
    ['DISTRICT\\Ann', { text: 'district\\ann', user: 'ann', form: 'domain', domain: 'district' }],
    ['Ann@Demo.Test', { text: 'ann@demo.test', user: 'ann', form: 'realm', domain: 'demo.test' }],
    ['jose\u0301', { text: 'jos\u00e9', user: 'jos\u00e9', form: 'plain', domain: '' }],
  ])('%j', (typed, login) => {
    expect(parseLogin(typed)).toEqual(login);
  });

  test.each([
    '',
    '  ',
    '\\',
    'a\\',
    '\\a',
    '@demo.test',
    'ann@',
    'a\0',
    'a\nb',
    'a\u0085',
    '\udc00',
    'x'.repeat(257),
  ])('%j is no login', (typed) => {
    expect(parseLogin(typed)).toBeNull();
  });

  test('its form is settled: typed again, it is the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (typed) => {
        const login = parseLogin(typed);
        if (login !== null) expect(parseLogin(login.text)).toEqual(login);
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
    );
  });
});
