import { expect, it } from 'vitest';
import { fill, prepare } from '../../../proxy/pages/template.ts';

it('holes are filled, unknown ones are left empty, everything else stands', () => {
  const template = prepare('{a}-{b}{a}{missing} {not a hole} {}');
  expect(fill(template, { a: '1', b: '2' })).toBe('1-21 {not a hole} {}');
});

it('a value is never read as a template again', () => {
  expect(fill(prepare('{a} {b}'), { a: '{b}', b: '$& $1' })).toBe('{b} $& $1');
});

it('a hole named like something that every object has is empty', () => {
  expect(fill(prepare('[{constructor}]'), Object.create(null) as Record<string, string>)).toBe('[]');
});
