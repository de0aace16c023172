/** The page of blocks: what a scope lets through, and that pages together are what a slow filter finds. */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Journal } from '../../../store/journal/journal.ts';
import { BlocksReading } from '../../../store/reading/blocks-page.ts';
import type { BlocksPageFilter } from '../../../store/reading/blocks-page.ts';
import { isEmpty } from '../../../store/reading/scope.ts';
import type { Scope } from '../../../store/reading/scope.ts';
import type { BlockRecord } from '../../../store/record.ts';
import { freshFolder } from '../folder.ts';
import { clause, person, record } from '../samples.ts';

const fresh = freshFolder();
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 100);
const open = () => Journal.open(join(fresh(), 'journal.db'), { lockTimeout: 0 }, 0);
const everything: Scope = { students: 'all', staff: 'all', viewer: null };

const schools = ['north', 'south', 'east'];
const some = <T>(values: readonly T[]) => fc.constantFrom(...values);
const clauses = [null, clause, { ...clause, text: 'Another text.' }, { ...clause, id: 'video', number: '4' }];

const records = fc.array(
  fc
    .record({
      at: fc.integer({ min: 0, max: 5 }).map((n) => n * 1_000),
      schools: fc.subarray(schools),
      person: some([null, person(1), person(2), person(3)]),
      host: some(['a.test', 'b.test']),
      rule: some(['games', 'video']),
      clause: some(clauses),
      action: some(['block', 'warn', 'allow'] as const),
      about: some(['student', 'staff'] as const),
    })
    .map((changes) => record(changes)),
  { maxLength: 25 },
);
const optional = <T>(values: readonly T[]) => fc.option(some(values), { nil: undefined, freq: 3 });
const filters = fc
  .record({
    from: optional([1_000, 2_000]),
    to: optional([3_000, 4_000]),
    school: optional([...schools, 'nowhere']),
    host: optional(['a.test', 'c.test']),
    rule: optional(['games', 'nothing']),
    clause: optional(['games', 'video']),
    person: optional(['STUDENT1', person(2).key, 'nobody']),
    action: optional(['block', 'warn'] as const),
    about: optional(['student', 'staff'] as const),
  })
  .map(
    (all) =>
      Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as BlocksPageFilter,
  );
const where = fc.oneof(fc.constant('all' as const), fc.subarray(schools));
const scopes: fc.Arbitrary<Scope> = fc.record({
  students: where,
  staff: where,
  viewer: some([null, person(1).key, 'somebody-else']),
});

/** The definition: every record, asked one by one. */
function expected(all: readonly BlockRecord[], scope: Scope, filter: BlocksPageFilter): string[] {
  const { from = 0, to = Infinity, school, host, rule, action, about } = filter;
  const seen = all
    .map((each, order) => ({ each, order }))
    .filter(({ each }) => {
      const seesAt = each.about === 'student' ? scope.students : scope.staff;
      return (
        (seesAt === 'all' || each.schools.some((name) => seesAt.includes(name))) &&
        (scope.viewer === null || each.person?.key !== scope.viewer) &&
        from <= each.at &&
        each.at < to &&
        (school === undefined || (each.schools.includes(school) && mayAskFor(scope, school))) &&
        (host === undefined || each.host === host) &&
        (rule === undefined || each.rule === rule) &&
        (filter.clause === undefined || each.clause?.id === filter.clause) &&
        (filter.person === undefined ||
          each.person?.login === filter.person.toLowerCase() ||
          each.person?.key === filter.person) &&
        (action === undefined || each.action === action) &&
        (about === undefined || each.about === about)
      );
    });
  return seen.sort((a, b) => b.each.at - a.each.at || b.order - a.order).map(({ each }) => each.id);
}

const mayAskFor = ({ students, staff }: Scope, school: string): boolean =>
  [students, staff].some((within) => within === 'all' || within.includes(school));

function pages(reading: BlocksReading, scope: Scope, filter: BlocksPageFilter, limit: number): string[] {
  const ids: string[] = [];
  for (let cursor: string | null = null; ;) {
    const { items, next } = reading.page(scope, filter, cursor, limit);
    expect(items.length).toBeLessThanOrEqual(limit);
    ids.push(...items.map(({ id }) => id));
    if (next === null) return ids;
    cursor = next;
  }
}

describe('pages of blocks', () => {
  it('are together what a slow filter finds, for every scope and filter', () => {
    const journal = open();
    const reading = new BlocksReading(journal.database);
    fc.assert(
      fc.property(
        records,
        fc.array(fc.tuple(scopes, filters, fc.integer({ min: 1, max: 7 })), { minLength: 5, maxLength: 10 }),
        (all, asked) => {
          journal.database.exec('DELETE FROM records');
          journal.append(all);
          for (const [scope, filter, limit] of asked) {
            const wanted = expected(all, scope, filter);
            expect(pages(reading, scope, filter, limit)).toEqual(wanted);
            for (const { id } of all)
              expect(reading.one(scope, id)?.id ?? null).toBe(
                expected(all, scope, {}).includes(id) ? id : null,
              );
          }
        },
      ),
      { numRuns },
    );
    journal.close();
  });

  it('neither repeat nor lose what stands there while newer records arrive', () => {
    const journal = open();
    const reading = new BlocksReading(journal.database);
    const old = [1, 2, 3, 4].map((n) => record({ at: n * 1_000 }));
    journal.append(old);
    const first = reading.page(everything, {}, null, 2);
    journal.append([record({ at: 9_000 }), record({ at: 9_000 })]);
    const second = reading.page(everything, {}, first.next, 2);
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(old.map(({ id }) => id).reverse());
    journal.close();
  });

  it.each(['', 'x', 'AAAA', '../..', "1' OR 1=1", 'a'.repeat(100)])('refuse the place %j', (cursor) => {
    const journal = open();
    const page = () => new BlocksReading(journal.database).page(everything, {}, cursor, 10);
    expect(page).toThrow(/begin with the first page/);
    journal.close();
  });

  it('read an index in the order of the page, whatever is asked for', () => {
    const journal = open();
    journal.append([record()]);
    const reading = new BlocksReading(journal.database);
    fc.assert(
      fc.property(scopes, filters, (scope, filter) => {
        fc.pre(!isEmpty(scope));
        for (const plan of reading.plans(scope, filter)) {
          expect(plan.join('\n')).not.toContain('TEMP B-TREE FOR ORDER BY');
          expect(plan[0]).toMatch(/^SEARCH (r|p) USING (COVERING )?(INDEX|PRIMARY KEY)/);
          expect(plan.filter((step) => step.startsWith('SCAN'))).toEqual([]);
        }
      }),
      { numRuns },
    );
    journal.close();
  });
});
