import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openForm, sealForm } from '../../policy/form-token.ts';
import type { FormToken } from '../../policy/form-token.ts';

const key = randomBytes(32);
const token: FormToken = {
  ...{ subject: 'key-ann', record: 'r-1', rule: 'video', host: 'video.test', url: 'http://video.test/?a=ä' },
  ...{ continue: 60_000, expires: 10_000, nonce: 'n-1' },
};

it('opens to what was sealed, until it expires', () => {
  const sealed = sealForm(key, token);
  expect(openForm(key, sealed, 9_999)).toEqual({ ok: true, token });
  expect(openForm(key, sealed, 10_000)).toEqual({ ok: false, reason: 'expired' });
});

it('is nothing to another key', () => {
  expect(openForm(randomBytes(32), sealForm(key, token), 0)).toEqual({ ok: false, reason: 'forged' });
});

it.each(['', '.', 'x', `${'a'.repeat(20)}.${'b'.repeat(43)}`, 'é.ü'])('%j is none', (text) => {
  expect(openForm(key, text, 0)).toEqual({ ok: false, reason: 'forged' });
});

it('is refused when any character of it changed', () => {
  const sealed = sealForm(key, token);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';
  fc.assert(
    fc.property(fc.nat(sealed.length - 1), fc.constantFrom(...alphabet), (at, character) => {
      fc.pre(sealed[at] !== character);
      const changed = sealed.slice(0, at) + character + sealed.slice(at + 1);
      const opened = openForm(key, changed, 0);
      // The last character of base64url carries bits that no byte has.
      if (opened.ok) expect([at, opened.token]).toEqual([sealed.length - 1, token]);
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
  );
});
