/** Which schools a person belongs to: from an attribute, from the place of the entry, or both. */
import type { Entry } from 'ldapts';
import { liesBelow, rdnsOf } from './dn.ts';
import { values } from './entry.ts';
import type { Settings } from './settings.ts';

export type SchoolsOf = (entry: Entry) => readonly string[];

export const schoolMapping = (schools: Settings['schools']): SchoolsOf => {
  const places = Object.entries(schools.dn).map(([place, school]) => ({ place: rdnsOf(place), school }));
  return (entry) => {
    const named = schools.attribute === undefined ? [] : values(entry, schools.attribute);
    const dn = places.length === 0 ? [] : rdnsOf(entry.dn);
    const placed = places.filter(({ place }) => liesBelow(dn, place)).map(({ school }) => school);
    return Object.freeze([
      ...new Set([...named.map((id) => id.trim()).filter((id) => id !== ''), ...placed]),
    ]);
  };
};
