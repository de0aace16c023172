import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostIndexBuilder } from '../../../policy/compile/host-index-build.ts';
import { HostHits, HostIndex } from '../../../policy/compile/host-index.ts';
import { hostSeeds, isPacked, PackedHost, unpack } from '../../../policy/compile/host-text.ts';
import { isExcept, itemOf, reaches, targetOf, TooLarge } from '../../../policy/compile/items.ts';
import type { Reach } from '../../../policy/model/patterns.ts';

interface Entry {
  readonly host: string;
  readonly reach: Reach;
  readonly target: number;
  readonly origin: number;
  readonly except: boolean;
}
const entry = (host: string, target = 0, reach: Reach = 'subtree'): Entry => ({
  host,
  reach,
  target,
  origin: 0,
  except: false,
});

const sections = (entries: readonly Entry[], edition = 'e-1') => {
  const builder = new HostIndexBuilder(hostSeeds(edition));
  for (const { host, reach, target, origin, except } of entries)
    expect(builder.add(host, itemOf(reach, target, except), origin)).toBe(true);
  return builder.finish();
};
const index = (entries: readonly Entry[]) => new HostIndex(sections(entries));

/** What is said of a host, as `target@origin`, `!` before an exception. */
function found(table: HostIndex, host: string): string[] {
  const hits = new HostHits();
  const said = new Set<string>();
  expect(table.lookup(host, hits)).toBe(hits.count);
  for (let i = 0; i < hits.count; i++) {
    const [set = 0, below = 0] = [hits.sets[i], hits.below[i]];
    const parent = host.slice(hits.starts[i]);
    expect(parent.split('.').length + below).toBe(host.split('.').length);
    expect(table.slotOf(parent)).toBe(hits.slots[i]);
    expect(table.hostOf(hits.slots[i] ?? 0)).toBe(parent);
    const origins = table.setOrigins(set);
    for (const [j, item] of table.setItems(set).entries())
      if (reaches(item, below)) said.add(`${isExcept(item) ? '!' : ''}${targetOf(item)}@${origins[j] ?? ''}`);
  }
  return [...said].sort();
}

/** The same, by walking through all entries. */
function expected(entries: readonly Entry[], asked: string): string[] {
  const isBelow = ({ host, reach }: Entry) =>
    reach !== 'exact' &&
    asked.endsWith(`.${host}`) &&
    (reach === 'subtree' || !asked.slice(0, -host.length - 1).includes('.'));
  const said = entries.filter((each) => (asked === each.host ? each.reach !== 'children' : isBelow(each)));
  return [
    ...new Set(said.map(({ target, origin, except }) => `${except ? '!' : ''}${target}@${origin}`)),
  ].sort();
}

const label = fc.constantFrom('a', 'b', 'ab', 'test', 'x', '-_9', 'abcdef', 'xn--80ak6aa92e');
const host = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));
const anyEntry = fc.record({
  host,
  reach: fc.constantFrom<Reach>('subtree', 'exact', 'children'),
  target: fc.nat(5),
  origin: fc.nat(3),
  except: fc.boolean(),
});
const runs = { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) };

describe('the host index', () => {
  it('finds what a walk through all entries finds', () => {
    fc.assert(
      fc.property(
        fc.array(anyEntry, { maxLength: 60 }),
        fc.array(host, { maxLength: 20 }),
        (entries, asked) => {
          const table = index(entries);
          for (const name of [...asked, ...entries.map((each) => each.host)])
            expect([name, found(table, name)]).toEqual([name, expected(entries, name)]);
        },
      ),
      runs,
    );
  });

  it('tells every one of many hosts apart, and finds no other', () => {
    const entries = Array.from({ length: 50_000 }, (_, i) => entry(`h${i}.test`, i % 7));
    const table = index(entries);
    const hits = new HostHits();
    const wrong = entries.filter(
      ({ host: name, target }) =>
        table.lookup(`www.${name}`, hits) !== 1 ||
        targetOf(table.setItems(hits.sets[0] ?? 0)[0] ?? -1) !== target,
    );
    expect(wrong).toEqual([]);
    for (let i = 50_000; i < 100_000; i++)
      if (table.lookup(`h${i}.test`, hits) > 0) wrong.push(entry(`h${i}`));
    expect(wrong).toEqual([]);
  });

  it('says the shortest parent first, and where each one begins', () => {
    const table = index([entry('b.a.test', 1), entry('a.test', 2), entry('c.b.a.test', 3)]);
    const hits = new HostHits();
    expect(table.lookup('d.c.b.a.test', hits)).toBe(3);
    expect([...hits.starts.subarray(0, 3)]).toEqual([6, 4, 2]);
    expect([...hits.below.subarray(0, 3)]).toEqual([3, 2, 1]);
  });

  it('holds what several origins say of one host as one set, in whatever order they said it', () => {
    const twice = (first: Entry, second: Entry, name: string) => [
      { ...first, host: name },
      { ...second, host: name },
    ];
    const [one, two] = [entry('', 1), { ...entry('', 2), origin: 1 }];
    const table = index([...twice(one, two, 'a.test'), ...twice(two, one, 'b.test'), entry('c.test', 1)]);
    expect(table.setCount).toBe(2);
    expect(found(table, 'a.test')).toEqual(['1@0', '2@1']);
  });

  it('keeps addresses whole: nothing is a parent of one', () => {
    const table = index([
      entry('192.0.2.7', 1, 'exact'),
      entry('2001:db8::1', 2, 'exact'),
      entry('a:b:c:d:e:f:a:b', 3, 'exact'),
      entry('2.7.test', 4),
    ]);
    expect(found(table, '192.0.2.7')).toEqual(['1@0']);
    expect(found(table, '192.0.2.70')).toEqual([]);
    expect(found(table, '1.192.0.2.7')).toEqual([]);
    expect(found(table, '2001:db8::1')).toEqual(['2@0']);
    expect(found(table, '2001:db8::2')).toEqual([]);
    expect(found(table, 'a:b:c:d:e:f:a:b')).toEqual(['3@0']);
    // What an IPv6 literal is packed as is no name.
    for (const name of ['2001_db8__1', '2001_db8__1.', '.2001_db8__1', 'a_b_c_d_e_f_a_b', 'a.b.c.d.e.f.a.b'])
      expect(found(table, name)).toEqual([]);
  });

  it('finds the parents of what is no canonical host, and never takes it for another', () => {
    const table = index([entry('a.test', 1), entry('b.a.test', 2), entry('test', 3, 'exact')]);
    for (const name of ['A.TEST', '', '.', 'a.test.', 'é.test', 'a\0test', 'a.tes', 'ba.test', 'a:test'])
      expect([name, found(table, name)]).toEqual([name, []]);
    for (const name of ['é.a.test', '.a.test', `${'x'.repeat(300)}.a.test`, '!.a.test', 'B.a.test'])
      expect([name, found(table, name)]).toEqual([name, ['1@0']]);
    expect(found(table, `${'l.'.repeat(400)}b.a.test`)).toEqual(['1@0', '2@0']);
  });

  it('refuses what is no host', () => {
    const builder = new HostIndexBuilder(hostSeeds('e-1'));
    for (const name of ['', 'A.test', 'é.test', 'a b', 'a/b', 'x'.repeat(254)])
      expect(builder.add(name, 0, 0)).toBe(false);
    expect(builder.count).toBe(0);
    expect(builder.add('x'.repeat(253), 0, 0)).toBe(true);
  });

  it('finds the longest host and all of its parents', () => {
    const longest = `${'a.'.repeat(126)}b`;
    const entries = Array.from({ length: 127 }, (_, i) => entry(longest.slice(2 * i), i));
    expect(found(index(entries), longest)).toHaveLength(127);
  });

  it('refuses to number more different sets than 16 bits can', () => {
    const entries = Array.from({ length: 65_537 }, (_, i) => ({ ...entry(`h${i}.test`), origin: i }));
    expect(() => sections(entries)).toThrow(TooLarge);
    expect(index(entries.slice(1)).setCount).toBe(65_536);
  });

  it('puts hosts into other buckets for every edition', () => {
    const entries = Array.from({ length: 100 }, (_, i) => entry(`h${i}.test`));
    const [one, again, other] = [sections(entries), sections(entries), sections(entries, 'e-2')];
    expect(one).toEqual(again);
    expect(Buffer.compare(one.hostBuckets, other.hostBuckets)).not.toBe(0);
  });

  it('shows some of its hosts, the same each time', () => {
    const table = index(Array.from({ length: 5_000 }, (_, i) => entry(`h${i}.test`)));
    const some = table.sample(100);
    expect(some.length).toBeGreaterThan(90);
    expect(new Set(some).size).toBe(some.length);
    expect(some.every((name) => /^h\d+\.test$/.test(name))).toBe(true);
    expect(table.sample(100)).toEqual(some);
    expect(index([entry('2001:db8::1')]).sample(100)).toEqual(['2001:db8::1']);
  });

  it('is these bytes: whoever changes them increases FORMAT_VERSION', () => {
    const hash = createHash('sha256');
    for (const bytes of Object.values(
      sections([entry('a.test', 1), entry('b.test', 2, 'children'), entry('2001:db8::1')]),
    ))
      hash.update(bytes);
    expect(hash.digest('hex').slice(0, 16)).toBe('3fcf9606ece09cda');
  });
});

describe('a packed host', () => {
  it('is read back, and is equal to itself alone', () => {
    const packed = new PackedHost();
    fc.assert(
      fc.property(host, host, (one, other) => {
        expect(packed.pack(one)).toBe(true);
        expect(unpack(packed.words, 0)).toBe(one);
        expect(isPacked(packed.words, 0, one, 0)).toBe(true);
        expect(isPacked(packed.words, 0, `${other}.${one}`, other.length + 1)).toBe(true);
        expect(isPacked(packed.words, 0, other, 0)).toBe(one === other);
      }),
      runs,
    );
    expect(packed.pack('2001:db8::')).toBe(true);
    expect(unpack(packed.words, 0)).toBe('2001:db8::');
  });

  it('is no other for a character that no host has', () => {
    const packed = new PackedHost();
    for (const [name, not] of [
      ['ab', '!ab'],
      ['ab', '\0ab'],
      ['abc', '!abc'],
      ['abcd', 'a!bcd'],
    ] as const) {
      expect(packed.pack(name)).toBe(true);
      expect(isPacked(packed.words, 0, not, 0)).toBe(false);
    }
  });
});
