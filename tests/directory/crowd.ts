/** A crowd for the first bell: LDIF of people in classes of 25, and the classes in one group. */
import { base } from './slapd.ts';

/** Logins are `crowd.0` … and passwords `demo-` and the login. */
export const crowd = (people: number): string => {
  const classes = Math.ceil(people / 25);
  const person = (n: number) => `uid=crowd.${n},ou=students,${base}`;
  const entries = Array.from(
    { length: people },
    (_, n) => `dn: ${person(n)}
objectClass: inetOrgPerson
uid: crowd.${n}
cn: Crowd Sample-${n}
sn: Sample-${n}
physicalDeliveryOfficeName: middle
userPassword: demo-crowd.${n}
`,
  );
  const groups = Array.from(
    { length: classes },
    (_, c) => `dn: cn=class-${c},ou=groups,${base}
objectClass: groupOfNames
cn: class-${c}
${Array.from({ length: 25 }, (__, n) => `member: ${person(c * 25 + n)}`).join('\n')}
`,
  );
  const all = `dn: cn=all-classes,ou=groups,${base}
objectClass: groupOfNames
cn: all-classes
${Array.from({ length: classes }, (_, c) => `member: cn=class-${c},ou=groups,${base}`).join('\n')}
`;
  return [...entries, ...groups, all].join('\n');
};
