/** Who somebody is in the admin pages: roles by their groups, rights by their roles, and whose records they see. */
import type { Person } from '../../policy/subject.ts';
import type { Schools, Scope } from '../../store/reading/scope.ts';
import { rights, rightsOf, roles } from '../api/rights.ts';
import type { Right, Role } from '../api/rights.ts';

export interface Viewer {
  readonly person: Person;
  readonly roles: readonly Role[];
  readonly rights: ReadonlySet<Right>;
  /** Whose records. Principals and counsellors see students of their own schools; nobody sees their own. */
  readonly scope: Scope;
  /** About whom they may ask the directory and the policy: `all`, or students of these schools. */
  readonly people: Schools;
}

/** Groups by role, as the configuration names them: by name, DN or key, without regard to case. */
export type RoleGroups = Readonly<Partial<Record<Role, readonly string[]>>>;

export function viewerOf(person: Person, groups: RoleGroups): Viewer {
  const names = new Set(
    person.groups.flatMap(({ key, name, dn }) => [key, name, dn].map((each) => each.toLowerCase())),
  );
  const held = roles.filter((role) => (groups[role] ?? []).some((group) => names.has(group.toLowerCase())));
  const allowed = new Set(rights.filter((right) => held.some((role) => rightsOf[role].includes(right))));
  return {
    ...{ person, roles: held, rights: allowed, people: peopleOf(person, held) },
    scope: {
      students: studentsOf(person, held),
      staff: held.includes('staffRecords') ? 'all' : [],
      viewer: person.key,
    },
  };
}

const atOwnSchools = (held: readonly Role[]): boolean =>
  held.includes('principal') || held.includes('counsellor');

function studentsOf({ schools }: Person, held: readonly Role[]): Schools {
  if (held.includes('cto')) return 'all';
  return atOwnSchools(held) ? schools : [];
}

function peopleOf({ schools }: Person, held: readonly Role[]): Schools {
  if (held.includes('cto') || held.includes('helpDesk')) return 'all';
  return atOwnSchools(held) ? schools : [];
}
