/** A found entry and its groups as the `Person` that policy knows. */
import type { Group, Person } from '../policy/subject.ts';
import type { FoundPerson } from './find-person.ts';

/** The earlier object itself when nothing has changed, so that what others cache by it stays good. */
export const personOf = (found: FoundPerson, groups: readonly Group[], earlier?: Person): Person => {
  const { key, login, name, schools, born } = found;
  if (earlier !== undefined && isSame(earlier, found, groups)) return earlier;
  return Object.freeze({ key, login, name, groups, schools, born });
};

const isSame = (person: Person, found: FoundPerson, groups: readonly Group[]): boolean =>
  person.key === found.key &&
  person.login === found.login &&
  person.name === found.name &&
  person.born === found.born &&
  person.schools.length === found.schools.length &&
  person.schools.every((school, index) => school === found.schools[index]) &&
  person.groups.length === groups.length &&
  person.groups.every(({ key, name, dn }, index) => {
    const group = groups[index];
    return group !== undefined && key === group.key && name === group.name && dn === group.dn;
  });
