import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Collector } from '../../../policy/lists/collector.ts';
import { ReportBuilder } from '../../../policy/lists/report.ts';
import { SnapshotReader, SnapshotWriter } from '../../../policy/lists/snapshot.ts';
import { readChunks } from '../../../policy/lists/reader.ts';
import { TextSet } from '../../../policy/lists/text-set.ts';
import { bytes, lines } from './helpers.ts';

/** Several files into one snapshot, and what each file's report counts. */
function collect(...files: readonly string[]) {
  const collector = new Collector('a');
  const reports = files.map((text, i) => {
    const report = new ReportBuilder();
    const reader = new SnapshotReader(`f${i}`, collector.sink(report), report);
    readChunks(reader, [bytes(`@category a\n@file f${i}\n${text}`)]);
    return report;
  });
  const pieces: string[] = [];
  const writer = new SnapshotWriter((piece) => pieces.push(piece));
  const written = collector.write(writer);
  writer.end();
  const counts = reports.map(({ accepted, duplicate, subsumed }) => [accepted, duplicate, subsumed]);
  return { text: pieces.join(''), counts, written };
}

it('everything stands in a snapshot once, with its place', () => {
  const { text, counts } = collect(
    lines('x.test', 'y.test', 'x.test', '=x.test', 'b.x.test', '! z.test', 'z.test'),
    lines('Y.test', 'term a b', 'term b a', 'regex caf\u00e9'),
  );
  expect(text).toBe(
    lines('@category a', '@file f0', 'x.test', 'y.test', '@line 7', 'z.test', '@line 6', '! z.test') +
      lines('@file f1', '@line 2', 'term a b', '@line 4', 'regex caf\u00e9'),
  );
  expect(counts).toEqual([
    [4, 1, 2],
    [2, 2, 0],
  ]);
});

it.each([
  [['b.x.test', 'x.test'], ['x.test'], 'the parent comes later'],
  [['=x.test', 'x.test'], ['x.test'], 'the host alone comes first'],
  [['=x.test', '*.x.test', 'x.test'], ['x.test'], 'both are narrower'],
  [['=x.test', '*.x.test'], ['=x.test', '*.x.test'], 'neither covers the other'],
  [['=x.test', 'b.x.test'], ['=x.test', 'b.x.test'], 'a host alone covers nothing'],
  [['.test', 'x.test', '=test'], ['.test'], 'a whole top-level domain'],
  [['x.test/a', 'x.test'], ['x.test'], 'a path of a listed host'],
  [['b.x.test/a', 'x.test'], ['x.test'], 'a path below one'],
  [['x.test/a', '=x.test'], ['=x.test', 'x.test/a'], 'a path of sub-domains too'],
  [['=x.test/a', '=x.test'], ['=x.test'], 'a path of the host alone'],
  [['192.0.2.7/a', '192.0.2.7'], ['192.0.2.7'], 'a path of an address'],
  [['[2001:db8::1]/a', '2001:db8::1'], ['2001:db8::1'], 'a path of another address'],
  [['! b.x.test', '! x.test'], ['! x.test'], 'exceptions among themselves'],
  [['! b.x.test', 'x.test'], ['x.test', '! b.x.test'], 'an exception from what is listed'],
])('%j leaves %j: %s', (before, after) => {
  const { text, written, counts } = collect(lines(...before));
  expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('@'))).toEqual(after);
  expect(written).toBe(after.length);
  expect(counts).toEqual([[after.length, 0, before.length - after.length]]);
});

it('a set of texts is a set', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary-ascii', maxLength: 3 }), { maxLength: 500 }), (texts) => {
      const set = new TextSet();
      const wanted = [...new Set(texts)];
      expect(texts.map((text) => set.text(set.add(text)))).toEqual(texts);
      expect(set.size).toBe(wanted.length);
      expect(wanted.map((text) => set.find(`..${text}`, 2))).toEqual(wanted.map((_, i) => i));
      expect(set.find('none of them')).toBe(-1);
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
  );
});
