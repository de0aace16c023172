import fc from 'fast-check';
import { expect, it } from 'vitest';
import { buildHostTable } from '../../../policy/compile/host-table-build.ts';
import { HostTable, itemOf } from '../../../policy/compile/host-table.ts';

const label = fc.constantFrom('a', 'b', 'ab', 'test', 'x');
const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
const reach = fc.constantFrom('subtree' as const, 'exact' as const, 'children' as const);

const covers = (entry: { host: string; reach: string }, asked: string): boolean => {
  if (entry.reach !== 'children' && asked === entry.host) return true;
  if (entry.reach === 'exact' || !asked.endsWith(`.${entry.host}`)) return false;
  return entry.reach === 'subtree' || !asked.slice(0, -entry.host.length - 1).includes('.');
};

it('finds what a walk through all entries finds, and the entries themselves', () => {
  const entry = fc.record({ host, reach, target: fc.nat(5), line: fc.nat(9) });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 60 }), fc.array(host, { maxLength: 20 }), (entries, asked) => {
      const parts = buildHostTable(
        entries.map((e) => ({ host: e.host, item: itemOf(e.reach, e.target), origin: 0, line: e.line })),
      );
      if (parts === null) throw new Error('too many sets');
      const table = new HostTable({ ...parts, program: new Uint8Array() });
      for (const name of asked) {
        const hit = entries.filter((e) => covers(e, name));
        const found = new Set<number>();
        table.targets(name, found);
        expect(found).toEqual(new Set(hit.map((e) => e.target)));
        expect(
          table
            .entries(name)
            .map(({ host: at, line }) => `${at} ${line}`)
            .sort(),
        ).toEqual(hit.map((e) => `${e.host} ${e.line}`).sort());
      }
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
  );
});

it('tells every one of many hosts apart', () => {
  const entries = Array.from({ length: 20_000 }, (_, i) => ({
    host: `h${i}.test`,
    item: itemOf('subtree', i % 7),
    origin: 0,
    line: i,
  }));
  const parts = buildHostTable(entries);
  if (parts === null) throw new Error('too many sets');
  const table = new HostTable({ ...parts, program: new Uint8Array() });
  for (const { host: name, line } of entries)
    expect(table.entries(name).map((each) => each.line)).toEqual([line]);
  expect(table.entries('h20000.test')).toEqual([]);
});

it('refuses to number more different sets than a slot can hold', () => {
  const entries = Array.from({ length: 65_537 }, (_, i) => ({
    host: `h${i}.test`,
    item: i,
    origin: 0,
    line: 0,
  }));
  expect(buildHostTable(entries)).toBeNull();
});
