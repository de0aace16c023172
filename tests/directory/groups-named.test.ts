/** A group that somebody names: by what it is called, where it stands, or its key. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Directory } from '../../directory/sign-in.ts';
import { closeAll, openDirectory } from './open.ts';
import { base, Slapd, slapdMissing } from './slapd.ts';

const twin = (place: string, n: number): string => `
dn: cn=chess,${place},${base}
objectClass: groupOfNames
cn: chess
member: uid=student.g7,ou=students,${base}
entryUUID: de300000-0000-4000-8000-00000000090${String(n)}
`;

describe.skipIf(slapdMissing !== null)('a group', () => {
  let slapd: Slapd;
  let directory: Directory;
  beforeAll(async () => {
    slapd = await Slapd.start({ more: twin('ou=groups', 1) + twin('ou=staff', 2) });
    directory = openDirectory([slapd.url], { cleartext: true, groups: { find: 'member' } });
  });
  afterAll(async () => {
    closeAll();
    await slapd.remove();
  });
  const dns = async (text: string) => (await directory.groupsNamed(text)).map(({ dn }) => dn);
  const students = `cn=students,ou=groups,${base}`;

  test('is found by name and by DN, without regard to case, and by key', async () => {
    const [group] = await directory.groupsNamed('STUDENTS');
    expect(group).toMatchObject({ name: 'students', dn: students });
    expect(await dns(students.toUpperCase())).toEqual([students]);
    expect(await dns(group?.key.toUpperCase() ?? '')).toEqual([students]);
    const person = await directory.find('student.g7');
    expect(person?.groups.map(({ key }) => key)).toContain(group?.key);
  });

  test('is not a person, an entry of another kind, or what only looks like a filter', async () => {
    const none = ['Tina Tutor', 'hallpass', `ou=groups,${base}`, '*', 'students)(cn=*', 'nobody', ''];
    for (const text of none) expect(await dns(text)).toEqual([]);
    expect(await dns(`cn=nobody,ou=groups,${base}`)).toEqual([]);
  });

  test('of a name that two have is both, and one by its DN', async () => {
    expect(await dns('chess')).toHaveLength(2);
    expect(await dns(`cn=chess,ou=staff,${base}`)).toHaveLength(1);
  });
});
