import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Journal } from '../../../store/journal/journal.ts';
import { countsByHour, countsByRule, countsBySchool } from '../../../store/reading/counts.ts';
import type { Scope } from '../../../store/reading/scope.ts';
import { freshFolder } from '../folder.ts';
import { person, record } from '../samples.ts';

const fresh = freshFolder();
const hour = 3_600_000;
const all: Scope = { students: 'all', staff: 'all', viewer: null };
const principal: Scope = { students: ['north'], staff: [], viewer: person(9).key };
/** A principal of one school who also answers for the staff of another. */
const both: Scope = { students: ['south'], staff: ['north'], viewer: null };

function journalWithDay(): Journal {
  const journal = Journal.open(join(fresh(), 'journal.db'), { lockTimeout: 0 }, 0);
  journal.append([
    record({ at: hour, schools: ['north'], rule: 'games' }),
    record({ at: hour + 1, schools: ['north', 'south'], rule: 'games' }),
    record({ at: 2 * hour, schools: ['south'], rule: 'video' }),
    record({ at: 2 * hour, schools: ['north'], rule: 'video', about: 'staff' }),
    record({ at: 2 * hour, schools: ['north'], rule: 'video', person: person(9) }),
    record({ at: 9 * hour, schools: ['north'], rule: 'late' }),
  ]);
  return journal;
}

it('by school: a record of two schools counts at both', () => {
  const { database } = journalWithDay();
  expect(countsBySchool(database, all, 0, 9 * hour)).toEqual([
    { of: 'north', count: 4 },
    { of: 'south', count: 2 },
  ]);
  expect(countsBySchool(database, principal, 0, 9 * hour)).toEqual([{ of: 'north', count: 2 }]);
  expect(countsBySchool(database, both, 0, 9 * hour)).toEqual([
    { of: 'south', count: 2 },
    { of: 'north', count: 1 },
  ]);
});

it('by hour, by rule, within times', () => {
  const { database } = journalWithDay();
  expect(countsByHour(database, all, 0, 10 * hour)).toEqual([
    { of: String(hour), count: 2 },
    { of: String(2 * hour), count: 3 },
    { of: String(9 * hour), count: 1 },
  ]);
  expect(countsByRule(database, all, 0, 9 * hour, 1)).toEqual([{ of: 'video', count: 3 }]);
  expect(countsByRule(database, principal, 0, 9 * hour, 5)).toEqual([{ of: 'games', count: 2 }]);
});

it('nothing where the scope is empty', () => {
  const { database } = journalWithDay();
  const nobody = { students: [], staff: [], viewer: null };
  expect(countsBySchool(database, nobody, 0, 9 * hour)).toEqual([]);
  expect(countsByRule(database, nobody, 0, 9 * hour, 5)).toEqual([]);
});
