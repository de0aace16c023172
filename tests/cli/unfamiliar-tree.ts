/**
 * A directory that is nothing like the demo: people are `posixAccount` below their school, groups name them by
 * `memberUid`, students are in groups by the year in which they leave. Everybody in it is invented.
 */
import type { Tree } from '../directory/slapd.ts';

export const suffix = 'o=Lakeside Sample Schools';
export const service = { dn: `cn=reader,ou=Robots,${suffix}`, password: 'reads-only' };

export interface Pupil {
  readonly login: string;
  readonly school: string;
}

const year = (now: Date): number => now.getUTCFullYear() + (now.getUTCMonth() >= 6 ? 1 : 0);

/** Three of each grade from kindergarten to 12, and nine adults. @param now decides who leaves when */
export function unfamiliarTree(now = new Date()): Tree {
  const ends = year(now);
  const grades = Array.from({ length: 13 }, (_, grade) => ({
    group: `leavers-${String(ends + 12 - grade)}`,
    school: grade <= 5 ? 'Oak Elementary' : grade <= 8 ? 'Pond Middle' : 'Hill High',
    members: [1, 2, 3].map((n) => `pupil${String(grade).padStart(2, '0')}${String(n)}`),
  }));
  const adults = ['Oak Elementary', 'Pond Middle', 'Hill High'].flatMap((school, at) =>
    [1, 2, 3].map((n) => ({ login: `adult${String(at)}${String(n)}`, school })),
  );
  const people = [
    ...grades.flatMap(({ school, members }) => members.map((login) => ({ login, school }))),
    ...adults,
  ];
  const groups = [
    ...grades.map(({ group, members }) => ({ group, members })),
    { group: 'faculty', members: adults.map(({ login }) => login) },
    { group: 'it-office', members: ['adult01'] },
    { group: 'heads-of-school', members: ['adult11'] },
    { group: 'principals', members: ['adult02', 'adult12', 'adult22'] },
  ];
  const entry = (...lines: readonly string[]): string => `${lines.join('\n')}\n`;
  const ou = (dn: string, name: string): string =>
    entry(`dn: ${dn}`, 'objectClass: organizationalUnit', `ou: ${name}`);
  return {
    suffix,
    service,
    ldif: [
      entry(`dn: ${suffix}`, 'objectClass: organization', 'o: Lakeside Sample Schools'),
      ou(`ou=Robots,${suffix}`, 'Robots'),
      entry(
        `dn: ${service.dn}`,
        'objectClass: organizationalRole',
        'objectClass: simpleSecurityObject',
        'cn: reader',
        `userPassword: ${service.password}`,
      ),
      ou(`ou=Teams,${suffix}`, 'Teams'),
      ...['Oak Elementary', 'Pond Middle', 'Hill High'].map((name) => ou(`ou=${name},${suffix}`, name)),
      ...people.map(({ login, school }, index) =>
        entry(
          `dn: uid=${login},ou=${school},${suffix}`,
          'objectClass: account',
          'objectClass: posixAccount',
          `uid: ${login}`,
          `cn: Sample ${login}`,
          `uidNumber: ${String(10_000 + index)}`,
          'gidNumber: 100',
          `homeDirectory: /home/${login}`,
          `userPassword: pw-${login}`,
        ),
      ),
      ...groups.map(({ group, members }, index) =>
        entry(
          `dn: cn=${group},ou=Teams,${suffix}`,
          'objectClass: posixGroup',
          `cn: ${group}`,
          `gidNumber: ${String(500 + index)}`,
          ...members.map((member) => `memberUid: ${member}`),
        ),
      ),
    ].join('\n'),
  };
}
