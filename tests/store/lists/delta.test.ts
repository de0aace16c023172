import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyDelta, makeDelta } from '../../../store/lists/delta.ts';

const deltaOf = (base: string, target: string): Buffer =>
  Buffer.concat(makeDelta(Buffer.from(base), Buffer.from(target)));
const textOf = (base: string, delta: Uint8Array): string =>
  Buffer.concat([...applyDelta(Buffer.from(base), delta)]).toString();

const hosts = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `host-${String(i)}.example.org`);

describe('a list as what it takes from another', () => {
  test.each([
    ['the same text', 'a.test\nb.test\n', 'a.test\nb.test\n'],
    ['nothing', 'a.test\n', ''],
    ['of nothing', '', 'a.test\nb.test'],
    ['a line that came', 'a\nb\nc\n', 'a\nb\nnew\nc\n'],
    ['a line that went', 'a\nb\nc\n', 'a\nc\n'],
    ['no newline at the end', 'a\nb\nc', 'a\nb'],
    ['a line that only begins the same', 'games.test\n', 'games.test.example\n'],
    ['a line that only ends the same', 'www.games.test\n', 'games.test\n'],
    ['bytes that are no text', 'a\n', '\u0000\ufeff\nä\n'],
  ])('%s', (_what, base, target) => {
    expect(textOf(base, deltaOf(base, target))).toBe(target);
  });

  test('gives the text again, whatever the two are', () => {
    const line = fc.constantFrom('', 'a', 'b.test', 'c.test', '=d.test', 'host-1.example.org', '@line 7');
    const text = fc
      .tuple(fc.array(line, { maxLength: 60 }), fc.boolean())
      .map(([lines, ended]) => lines.join('\n') + (ended ? '\n' : ''));
    fc.assert(
      fc.property(text, text, (base, target) => textOf(base, deltaOf(base, target)) === target),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 500) },
    );
  });

  test('is small where few lines differ, wherever they are', () => {
    const lines = hosts(50_000);
    const changed = lines
      .filter((_, i) => i % 1_000 !== 0)
      .flatMap((host, i) => (i % 700 === 0 ? [`new-${host}`, host] : [host]));
    const [base, target] = [changed.join('\n'), lines.join('\n')];
    const delta = deltaOf(base, target);
    expect(textOf(base, delta)).toBe(target);
    expect(delta.length).toBeLessThan(4_000);
  });

  test('finds what has moved', () => {
    const lines = hosts(20_000);
    const moved = [...lines.slice(12_000), ...lines.slice(0, 12_000)];
    const delta = deltaOf(lines.join('\n') + '\n', moved.join('\n') + '\n');
    expect(delta.length).toBeLessThan(2_000);
  });

  test.each([
    ['cut in a number', [200]],
    ['cut in a text', [9, 97]],
    ['that copies beyond the base', [0, 0, 100]],
    ['that copies before the base', [0, 9, 1]],
  ])('refuses a delta %s', (_what, bytes) => {
    expect(() => textOf('a\n', Uint8Array.from(bytes))).toThrow(RangeError);
  });
});
