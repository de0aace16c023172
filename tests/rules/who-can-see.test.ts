/** Pages say of records what is true of the admin pages. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { rightsOf, roles } from '../../admin-ui/api/rights.ts';
import type { Role } from '../../admin-ui/api/rights.ts';
import { viewerOf } from '../../admin-ui/server/viewer.ts';
import { loadPortalTexts } from '../../portal/texts.ts';
import { loadTexts } from '../../proxy/pages/texts.ts';

const person = {
  ...{ key: 'k', login: 'l', name: 'N', schools: ['north'] },
  groups: [{ key: 'g', name: 'g', dn: 'cn=g' }],
};

/** Roles in which somebody sees records of students, or of staff. */
const whoSees = (about: 'students' | 'staff'): readonly Role[] =>
  roles.filter((role) => {
    const { scope, rights } = viewerOf(person, { [role]: ['g'] });
    return rights.has('records') && scope[about].length > 0;
  });
const whoAnswers = whoSees('students').filter((role) => rightsOf[role].includes('reviews'));

/** How pages call whoever has a role; a child reads other words for the technology office. */
const names: Readonly<Record<string, Readonly<Partial<Record<Role, RegExp>>>>> = {
  en: {
    cto: /technology office|network of your district/,
    principal: /principal/,
    counsellor: /counselor/,
    staffRecords: /named for records of staff/,
  },
  es: {
    cto: /oficina de tecnología|red del distrito/,
    principal: /dirección/,
    counsellor: /orientación/,
    staffRecords: /designado para los registros del personal/,
  },
};
/** What follows says who does not. */
const named = (language: string, text: string): readonly string[] =>
  Object.entries(names[language] ?? {})
    .filter(([, name]) => name.test(text.split('. ')[0] ?? ''))
    .map(([role]) => role);

const pages = loadTexts(fileURLToPath(new URL('../../rules/pages', import.meta.url)));

describe.each(['en', 'es'])('%s', (language) => {
  const [page, portal] = [pages.get(language), loadPortalTexts().get(language)];
  if (page === undefined || portal === undefined) throw new Error(`no texts in ${language}`);
  const { voices, actions } = page;

  test('says who sees records of students', () => {
    for (const text of [voices.young.whoCanSee, voices.student.whoCanSee, portal.records.whoCanSee])
      expect(named(language, text)).toEqual(whoSees('students'));
  });

  test('says who sees records of staff', () => {
    for (const text of [voices.staff.whoCanSee, portal.records.whoCanSeeStaff])
      expect(named(language, text)).toEqual(whoSees('staff'));
  });

  test('says who reads what they ask', () => {
    for (const text of [actions.student.review.readers, portal.review.readers])
      expect(named(language, text)).toEqual(whoAnswers);
    for (const text of [actions.staff.review.readers, portal.review.readersStaff])
      expect(named(language, text)).toEqual(whoSees('staff'));
  });
});
