/** What of the journal a viewer may see. It stands in every query, so that no row outside of it ever leaves the store. */

export type About = 'student' | 'staff';

/** Schools by id, or all of them; an empty list is nothing. */
export type Schools = readonly string[] | 'all';

export interface Scope {
  /** Where the viewer sees records of students. */
  readonly students: Schools;
  /** Where the viewer sees records of staff. */
  readonly staff: Schools;
  /** Key of the viewer, whose own records they do not see here: nobody reviews their own. */
  readonly viewer: string | null;
}

/** A part of a query and the values of its parameters, in their order. */
export interface Fragment {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** Spells the condition that a record is of one of these schools. */
export type Spelling = (schools: Schools) => Fragment;

const nothing: Fragment = { sql: '', values: [] };

export const isEmpty = ({ students, staff }: Scope): boolean => students.length === 0 && staff.length === 0;

const marks = (values: readonly unknown[]): string => values.map(() => '?').join(', ');

/** Every school of which the viewer may see anything. */
export function schoolsWithin({ students, staff }: Scope): Schools {
  if (students === 'all' || staff === 'all') return 'all';
  return [...new Set([...students, ...staff])];
}

/** Whether the schools are the same for everything that the viewer sees. */
export function isUniform({ students, staff }: Scope): boolean {
  if (students.length === 0 || staff.length === 0 || students === staff) return true;
  if (students === 'all' || staff === 'all') return false;
  return students.length === staff.length && students.every((school) => staff.includes(school));
}

/** Whose records of the table `r`, at which schools. @param at {@link atSchools} unless the query has another way */
export function inScope(scope: Scope, at: Spelling = atSchools): Fragment {
  const parts = [aboutWhom(scope, at), notOwn(scope)];
  return { sql: parts.map(({ sql }) => sql).join(''), values: parts.flatMap(({ values }) => values) };
}

/** Of the table `r`, where the query does not begin with schools. */
export const atSchools: Spelling = (schools) =>
  schools === 'all'
    ? nothing
    : {
        sql: ` AND EXISTS (SELECT 1 FROM record_schools x WHERE x.record = r.seq AND x.school IN (${marks(schools)}))`,
        values: schools,
      };

/** Of the table `p`, which is record_schools. */
export const atTheSchool: Spelling = (schools) =>
  schools === 'all' ? nothing : { sql: ` AND p.school IN (${marks(schools)})`, values: schools };

/** The schools are seen to. */
export const anywhere: Spelling = () => nothing;

function aboutWhom(scope: Scope, at: Spelling): Fragment {
  const kinds = (['student', 'staff'] as const).flatMap((about) => {
    const schools = about === 'student' ? scope.students : scope.staff;
    return schools.length === 0 ? [] : [{ about, where: at(schools) }];
  });
  const [first] = kinds;
  if (first === undefined) return { sql: ' AND 0', values: [] };
  if (isUniform(scope) && kinds.length === 2) return first.where;
  const each = kinds.map(({ about, where }) => `(r.about = '${about}'${where.sql})`);
  return { sql: ` AND (${each.join(' OR ')})`, values: kinds.flatMap(({ where }) => where.values) };
}

function notOwn({ viewer }: Scope): Fragment {
  if (viewer === null) return nothing;
  return {
    sql: ' AND (r.subject IS NULL OR r.subject IS NOT (SELECT id FROM subjects WHERE key = ?))',
    values: [viewer],
  };
}
