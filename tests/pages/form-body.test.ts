import { expect, test } from 'vitest';
import { FormBody, longestForm } from '../../pages/form-body.ts';

test('is whole where it is no longer than a form may be', () => {
  const form = new FormBody();
  expect(form.add(Buffer.from('a=b&'))).toBe(true);
  expect(form.add(Buffer.alloc(longestForm - 4, 'c'))).toBe(true);
  expect(form.whole()).toHaveLength(longestForm);
  expect(form.whole().toString()).toMatch(/^a=b&c+$/);
  expect(form.add(Buffer.from('d'))).toBe(false);
});

test('holds nothing that its sender may overwrite', () => {
  const form = new FormBody();
  const chunk = Buffer.from('kept');
  form.add(chunk);
  chunk.fill(0);
  expect(form.whole().toString()).toBe('kept');
});
