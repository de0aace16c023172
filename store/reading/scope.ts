/** What of the journal a viewer may see. It stands in every query, so that no row outside of it ever leaves the store. */

export type About = 'student' | 'staff';

export interface Scope {
  /** Schools by id, or all of them; an empty list is nothing. */
  readonly schools: readonly string[] | 'all';
  /** Whose records; an empty list is nothing. */
  readonly about: readonly About[];
  /** Key of the viewer, whose own records they do not see here: nobody reviews their own. */
  readonly viewer: string | null;
}

/** A part of a query and the values of its parameters, in their order. */
export interface Fragment {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

export const isEmpty = ({ schools, about }: Scope): boolean => schools.length === 0 || about.length === 0;

const marks = (values: readonly unknown[]): string => values.map(() => '?').join(', ');

/** Whose records of the table `r`: everything of a scope but its schools. */
export function whoseRecords({ about, viewer }: Scope): Fragment {
  const own =
    viewer === null
      ? ''
      : ' AND (r.subject IS NULL OR r.subject IS NOT (SELECT id FROM subjects WHERE key = ?))';
  const kinds = about.length === 2 ? '' : ` AND r.about IN (${marks(about)})`;
  return {
    sql: `${kinds}${own}`,
    values: [...(about.length === 2 ? [] : about), ...(viewer === null ? [] : [viewer])],
  };
}

/** Schools of the table `r`, where the query does not begin with them. */
export function atSchools(schools: readonly string[] | 'all'): Fragment {
  if (schools === 'all') return { sql: '', values: [] };
  return {
    sql: ` AND EXISTS (SELECT 1 FROM record_schools x WHERE x.record = r.seq AND x.school IN (${marks(schools)}))`,
    values: schools,
  };
}
