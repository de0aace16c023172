/** What the wire says of a target that rules cannot see. */
import { expect, it } from 'vitest';
import { targetFacts } from '../../proxy/target-facts.ts';
import { parseRequestHead } from '../../proxy/wire/head.ts';
import { Refused, refusals } from '../../proxy/wire/refusals.ts';
import { parseTarget } from '../../proxy/wire/target.ts';
import { extractors } from '../policy/extract/fixture.ts';

const limits = { maxTargetBytes: 16_384, maxFields: 100 };

function refusalOf(target: string): string | null {
  const head = parseRequestHead(`GET ${target} HTTP/1.1\r\nHost: a.test`, limits);
  const read = parseTarget(head);
  if (read.form === 'asterisk') throw new Error(target);
  try {
    targetFacts(read, head, extractors);
    return null;
  } catch (error) {
    if (error instanceof Refused) return error.code;
    throw error;
  }
}

const others = (count: number): string =>
  Array.from({ length: count }, (_, i) => `u=http://d${String(i)}.test/`).join('&');

it('refuses more addresses inside than are looked at, by what closes', () => {
  expect(refusalOf(`http://evil.test/browse.php?${others(32)}`)).toBe(null);
  expect(refusalOf(`http://evil.test/browse.php?${others(33)}`)).toBe('too-many-inner');
  expect(refusals['too-many-inner']).toMatchObject({ status: 403 });
});

it('refuses a host that has no canonical form', () => {
  expect(refusalOf('http://a..test/')).toBe('bad-host');
});
