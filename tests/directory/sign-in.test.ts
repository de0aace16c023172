import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Attribute, Change } from 'ldapts';
import { crowd } from './crowd.ts';
import { as, closeAll, openDirectory } from './open.ts';
import { Slapd, base, slapdMissing } from './slapd.ts';

const extra = `
dn: ou=north-high,${base}
objectClass: organizationalUnit
ou: north-high

dn: uid=placed,ou=north-high,${base}
objectClass: inetOrgPerson
uid: placed
cn: Plum Placed
sn: Placed
userPassword: demo-placed

dn: uid=twin,ou=students,${base}
objectClass: inetOrgPerson
uid: twin
cn: First Twin
sn: Twin
userPassword: demo-twin

dn: uid=twin,ou=staff,${base}
objectClass: inetOrgPerson
uid: twin
cn: Second Twin
sn: Twin
userPassword: demo-twin

dn: uid=josé,ou=students,${base}
objectClass: inetOrgPerson
uid: josé
cn: José Example
sn: Example
userPassword: demo-josé

dn: cn=unique,ou=groups,${base}
objectClass: groupOfUniqueNames
cn: unique
uniqueMember: uid=placed,ou=north-high,${base}

dn: cn=posix,ou=groups,${base}
objectClass: posixGroup
cn: posix
gidNumber: 4711
memberUid: placed

${Array.from(
  { length: 12 },
  (_, level) => `dn: cn=level-${level + 1},ou=groups,${base}
objectClass: groupOfNames
cn: level-${level + 1}
member: ${level === 0 ? `uid=placed,ou=north-high,${base}` : `cn=level-${level},ou=groups,${base}`}
`,
).join('\n')}`;

describe.skipIf(slapdMissing !== null)('sign-in against a real slapd', () => {
  let slapd: Slapd;
  beforeAll(async () => {
    slapd = await Slapd.start({
      more: `${extra}
${crowd(100)}`,
    });
  });
  afterAll(() => slapd.remove());
  beforeEach(() => slapd.clearLog());
  afterEach(closeAll);

  describe('a right password', () => {
    test('gives the person, frozen: immutable key, login, name, schools', async () => {
      const answer = await openDirectory([slapd.url]).signIn(as('teacher.travel'));
      expect(answer).toMatchObject({
        kind: 'verified',
        person: {
          key: expect.stringMatching(/^de300000-0000-4000-8000-[0-9a-f]{12}$/) as string,
          login: 'teacher.travel',
          name: expect.any(String) as string,
        },
      });
      expect(answer.kind === 'verified' && [...answer.person.schools].sort()).toEqual([
        'middle',
        'north-high',
      ]);
      expect(answer.kind === 'verified' && Object.isFrozen(answer.person)).toBe(true);
    });

    test('costs one bind however many ask at once, and none while it is remembered', async () => {
      const directory = openDirectory([slapd.url]);
      const burst = await Promise.all(Array.from({ length: 200 }, () => directory.signIn(as('student.g9'))));
      expect(new Set(burst.map(({ kind }) => kind))).toEqual(new Set(['verified']));
      expect(await directory.signIn(as('student.g9'))).toMatchObject({ kind: 'verified' });
      expect(await slapd.binds('uid=student.g9,')).toBe(1);
    });

    test('is asked for again when its time is over', async () => {
      let now = Date.now();
      const directory = openDirectory([slapd.url], { remember: '10m' }, { now: () => now });
      expect(await directory.signIn(as('student.g9'))).toMatchObject({ expires: now + 600_000 });
      now += 600_001;
      expect(await directory.signIn(as('student.g9'))).toMatchObject({
        kind: 'verified',
        expires: now + 600_000,
      });
      expect(await slapd.binds('uid=student.g9,')).toBe(2);
    });

    test.each(['Student.G9', ' student.g9 ', 'DISTRICT\\student.g9', 'student.g9@demo.test'])(
      'the form `%s` is the same person, and needs no second bind',
      async (login) => {
        const directory = openDirectory([slapd.url]);
        const plain = await directory.signIn(as('student.g9'));
        const other = await directory.signIn(as(login, 'demo-student.g9'));
        expect(plain.kind === 'verified' && other.kind === 'verified' && other.person === plain.person).toBe(
          true,
        );
        expect(await slapd.binds('uid=student.g9,')).toBe(1);
      },
    );

    test('composed and decomposed letters are the same login', async () => {
      const directory = openDirectory([slapd.url]);
      const keys = await Promise.all(
        ['jos\u00e9', 'jose\u0301', 'JOS\u00c9'].map(async (login) => (await directory.find(login))?.key),
      );
      expect(new Set(keys).size).toBe(1);
      expect(keys[0]).toBeDefined();
    });
  });

  describe('groups and schools', () => {
    const groupsOf = async (login: string, more: object = {}) =>
      (await openDirectory([slapd.url], more).find(login))?.groups.map(({ name }) => name);

    test('through three levels, past an escaped comma', async () => {
      expect(await groupsOf('student.g12')).toEqual([
        'Grade 12, seniors of North',
        'grade-12',
        'students',
        'students-9-12',
      ]);
      expect(await groupsOf('cto')).toEqual(['staff', 'technology']);
    });

    test('a loop of groups ends', async () => {
      expect(await groupsOf('student.g7')).toEqual([
        'book-club',
        'book-club-helpers',
        'grade-7',
        'students',
        'students-6-8',
      ]);
    });

    test('by member, uniqueMember and memberUid; ten levels above the direct groups and no more', async () => {
      const names = await groupsOf('placed');
      expect(names).toEqual(expect.arrayContaining(['unique', 'posix', 'level-1', 'level-11']));
      expect(names).not.toContain('level-12');
    });

    test('not nested when told so', async () => {
      expect(await groupsOf('cto', { groups: { nested: false } })).toEqual(['technology']);
    });

    test('a level costs one search, whatever the number of groups', async () => {
      await groupsOf('student.g7');
      const log = await slapd.log();
      const searches = log
        .split('\n')
        .filter((line) => line.includes(' SRCH base=') && line.includes('(member='));
      // Direct groups, two levels up, and one look above the last: the loop adds none.
      expect(searches.length).toBeLessThanOrEqual(4);
    });

    test('what lies above a set of groups is asked once for all who have it', async () => {
      const directory = openDirectory([slapd.url]);
      await directory.find('student.g9');
      await slapd.clearLog();
      await directory.find('student.g9b');
      const log = await slapd.log();
      expect(log.split('\n').filter((line) => line.includes(' SRCH base=')).length).toBe(2);
    });

    test('schools by the place of the entry', async () => {
      const directory = openDirectory([slapd.url], { schools: { dn: { 'ou=North-High': 'north-high' } } });
      expect((await directory.find('placed'))?.schools).toEqual(['north-high']);
      expect((await directory.find('cto'))?.schools).toEqual([]);
    });
  });

  describe('what is refused', () => {
    test('500 retries of one wrong password cost one bind', async () => {
      const directory = openDirectory([slapd.url]);
      const tries = Array.from({ length: 250 }, () => directory.signIn(as('student.g8', 'stale')));
      const first = await Promise.all(tries);
      const then = await Promise.all(
        Array.from({ length: 250 }, () => directory.signIn(as('student.g8', 'stale'))),
      );
      expect(
        new Set([...first, ...then].map((answer) => answer.kind === 'rejected' && answer.reason)),
      ).toEqual(new Set(['wrong-password']));
      expect(await slapd.binds('uid=student.g8,')).toBe(1);
    });

    test.each(['', ' ', '\t\n', '\0', '\0secret', ' \0x'])(
      'the empty password %j never reaches the server',
      async (password) => {
        const directory = openDirectory([slapd.url]);
        expect(await directory.signIn(as('student.g9', password))).toMatchObject({
          reason: 'empty-password',
        });
        expect(await slapd.log()).not.toContain(' BIND ');
      },
    );

    test.each([
      ['*'],
      ['student*'],
      ['*)(uid=*'],
      ['*)(uid=*))(|(uid=*'],
      ['student.g9)(objectClass=*'],
      ['student.g9\\2a'],
      ['student.g9\0'],
      ['student.g9\0b'],
      ['()&|!=~><,+"\\;#'],
      ['uid=student.g9,ou=students,dc=demo,dc=test'],
      ['\ud800'],
      [''],
      ['   '],
      ['x'.repeat(1_048_576)],
    ])('the login %j is nobody', async (login) => {
      const directory = openDirectory([slapd.url]);
      const answer = await directory.signIn(as(login, 'demo-student.g9'));
      expect(answer).toEqual({ kind: 'rejected', reason: 'unknown-login', retryAfter: 0 });
      expect(await slapd.binds('uid=student.')).toBe(0);
      expect(await directory.find(login)).toBeNull();
    });

    test('a login that two entries have', async () => {
      expect(await openDirectory([slapd.url]).signIn(as('twin'))).toMatchObject({
        reason: 'ambiguous-login',
      });
      expect(await slapd.binds('uid=twin,')).toBe(0);
    });

    test('an unknown login costs a bind too, so that time does not tell it from a wrong password', async () => {
      await openDirectory([slapd.url]).signIn(as('no.such.login'));
      expect(await slapd.binds('uid=nobody,')).toBe(1);
    });

    test('an account over its limit is refused without a bind; its good password and its neighbours are not', async () => {
      let now = Date.now();
      const directory = openDirectory([slapd.url], {}, { now: () => now });
      await directory.signIn(as('student.g9'));
      for (let guess = 0; guess < 5; guess += 1) {
        expect(await directory.signIn(as('student.g9', `guess-${guess}`))).toMatchObject({
          reason: 'wrong-password',
        });
      }
      const limited = await directory.signIn(as('student.g9', 'guess-5'));
      expect(limited).toMatchObject({ reason: 'limited', retryAfter: 900 });
      expect(await slapd.binds('uid=student.g9,')).toBe(6);
      expect(await directory.signIn(as('student.g9'))).toMatchObject({ kind: 'verified' });
      expect(await directory.signIn(as('student.g9b'))).toMatchObject({ kind: 'verified' });
      now += 900_001;
      expect(await directory.signIn(as('student.g9', 'guess-5'))).toMatchObject({ reason: 'wrong-password' });
    });

    test('the last good password passes over the limit, even when its own time is over', async () => {
      let now = Date.now();
      const directory = openDirectory([slapd.url], {}, { now: () => now });
      await directory.signIn(as('student.g9'));
      now += 600_001;
      for (let guess = 0; guess < 6; guess += 1) await directory.signIn(as('student.g9', `guess-${guess}`));
      expect(await directory.signIn(as('student.g9'))).toMatchObject({ kind: 'verified' });
    });

    test('whoever guesses at one address locks nobody out at another', async () => {
      const directory = openDirectory([slapd.url]);
      for (let guess = 0; guess < 7; guess += 1)
        await directory.signIn(as('student.g9', `guess-${guess}`, '10.0.0.66'));
      expect(await directory.signIn(as('student.g9', 'demo-student.g9', '10.0.0.66'))).toMatchObject({
        reason: 'limited',
      });
      expect(await directory.signIn(as('student.g9', 'demo-student.g9', '10.0.0.1'))).toMatchObject({
        kind: 'verified',
      });
      expect(await slapd.binds('uid=student.g9,')).toBe(6);
    });

    test('guesses at one account from many addresses go slowly, and its owner is not refused', async () => {
      const directory = openDirectory([slapd.url]);
      for (let guess = 0; guess < 5; guess += 1)
        await directory.signIn(as('student.g9', `guess-${guess}`, `10.0.1.${guess}`));
      const flood = Array.from({ length: 20 }, (_, n) =>
        directory.signIn(as('student.g9', `more-${n}`, `10.0.2.${n}`)),
      );
      await vi.waitFor(async () => expect(await slapd.binds('uid=student.g9,')).toBe(6));
      // Neighbours of one who waits are not kept from theirs.
      const neighbours = ['student.g4', 'student.g10'].map((login) =>
        directory.signIn(as(login, `demo-${login}`, '10.0.2.7')),
      );
      expect((await Promise.all(neighbours)).map(({ kind }) => kind)).toEqual(['verified', 'verified']);
      // Who has guessed before does not wait, and is not told that it was wrong.
      expect(await directory.signIn(as('student.g9', 'again', '10.0.1.1'))).toEqual({
        kind: 'busy',
        retryAfter: 30,
      });
      const owner = directory.signIn(as('student.g9', 'demo-student.g9', '10.0.3.1'));
      expect(await owner).toMatchObject({ kind: 'verified' });
      directory.close();
      const tried = (await Promise.all(flood)).filter(({ kind }) => kind === 'rejected');
      expect(tried.length).toBeLessThanOrEqual(2);
    }, 60_000);

    test('a hundred guesses at once do not slip past the limit', async () => {
      const directory = openDirectory([slapd.url]);
      const guesses = Array.from({ length: 100 }, (_, guess) =>
        directory.signIn(as('student.g10', `guess-${guess}`)),
      );
      const reasons = (await Promise.all(guesses)).map(
        (answer) => answer.kind === 'rejected' && answer.reason,
      );
      expect(reasons.filter((reason) => reason === 'wrong-password').length).toBe(5);
      expect(await slapd.binds('uid=student.g10,')).toBe(5);
    });

    test('an address where too many accounts fail: whoever has failed nowhere signs in there as before', async () => {
      const warnings: object[] = [];
      const directory = openDirectory(
        [slapd.url],
        { failedSignIns: { accountsPerAddress: 3 } },
        { log: { info: () => undefined, warn: (fields) => void warnings.push(fields) } },
      );
      for (const login of ['student.g1', 'student.g2', 'student.g3', 'student.g5']) {
        await directory.signIn(as(login, 'spring2026', '10.0.0.1'));
      }
      expect(warnings).toEqual([{ ip: '10.0.0.1' }]);
      for (const login of ['student.g4', 'student.g9', 'student.g10', 'teacher.travel']) {
        expect(await directory.signIn(as(login, `demo-${login}`, '10.0.0.1'))).toMatchObject({
          kind: 'verified',
        });
      }
      // A typo on top of it is a typo, and its owner gets in.
      expect(await directory.signIn(as('student.g1', 'demo-student.g1', '10.0.0.1'))).toMatchObject({
        kind: 'verified',
      });
    });

    test('a spray over all logins at once gets its places and no more, and a right password again passes', async () => {
      const directory = openDirectory([slapd.url], { failedSignIns: { accountsPerAddress: 3 } });
      expect(await directory.signIn(as('student.g9', 'demo-student.g9', '10.0.0.1'))).toMatchObject({
        kind: 'verified',
      });
      expect(await directory.signIn(as('student.g1', 'typo', '10.0.0.1'))).toMatchObject({
        reason: 'wrong-password',
      });
      await slapd.clearLog();
      const begun = performance.now();
      const answers = Array.from({ length: 100 }, (_, n) =>
        directory.signIn(as(`crowd.${n}`, 'spring2026', '10.0.0.1')),
      );
      // Another failure before it counts as crowded, and a place each for the rest.
      await vi.waitFor(async () => expect(await slapd.binds('uid=crowd.')).toBeGreaterThanOrEqual(31));
      expect(await directory.signIn(as('student.g9', 'demo-student.g9', '10.0.0.1'))).toMatchObject({
        kind: 'verified',
      });
      expect(await directory.signIn(as('crowd.99', 'demo-crowd.99', '10.0.0.2'))).toMatchObject({
        kind: 'verified',
      });
      // Nobody waits in front of those who have not failed yet.
      expect(await directory.signIn(as('student.g1', 'demo-student.g1', '10.0.0.1'))).toEqual({
        kind: 'busy',
        retryAfter: 30,
      });
      // At another address there is a place for them.
      expect(await directory.signIn(as('student.g1', 'demo-student.g1', '10.0.0.2'))).toMatchObject({
        kind: 'verified',
      });
      directory.close();
      const kinds = (await Promise.all(answers)).map(({ kind }) => kind);
      // One place opens again each second.
      const most = 31 + Math.ceil((performance.now() - begun) / 1_000);
      expect(kinds.filter((kind) => kind === 'rejected').length).toBeLessThanOrEqual(most);
      expect(kinds.filter((kind) => kind === 'unavailable').length).toBeGreaterThanOrEqual(100 - most);
    });

    test('the limit of an account does not tell which logins there are', async () => {
      const directory = openDirectory([slapd.url]);
      const answersOf = async (login: string) => {
        const answers = [];
        for (let guess = 0; guess < 7; guess += 1) {
          const answer = await directory.signIn(as(login, `guess-${guess}`));
          answers.push(answer.kind === 'rejected' && answer.retryAfter > 0);
        }
        return answers;
      };
      expect(await answersOf('no.such.login')).toEqual(await answersOf('student.g9'));
    });

    test('neither logins nor passwords are logged', async () => {
      const lines: string[] = [];
      const write = (fields: object, message: string) => lines.push(JSON.stringify({ ...fields, message }));
      const directory = openDirectory([slapd.url], {}, { log: { info: write, warn: write } });
      await directory.signIn(as('my-password-in-the-wrong-field', 'canary-secret'));
      await directory.signIn(as('student.g9', 'canary-secret'));
      expect(lines.length).toBe(2);
      expect(lines.join()).not.toMatch(/canary|wrong-field|student/);
    });
  });

  describe('accounts that change', () => {
    const change = (dn: string, type: string, value: string) =>
      slapd.admin((client) =>
        client.modify(dn, [
          new Change({ operation: 'replace', modification: new Attribute({ type, values: [value] }) }),
        ]),
      );

    test('an account that is removed is reported and forgotten', async () => {
      const dn = `uid=leaver,ou=students,${base}`;
      await slapd.admin((client) =>
        client.add(dn, {
          objectClass: 'inetOrgPerson',
          uid: 'leaver',
          cn: 'L',
          sn: 'L',
          userPassword: 'demo-leaver',
        }),
      );
      const gone: string[] = [];
      const directory = openDirectory(
        [slapd.url],
        { groupsTtl: '1s' },
        { onAccountGone: (keys) => gone.push(...keys) },
      );
      const answer = await directory.signIn(as('leaver'));
      await slapd.admin((client) => client.del(dn));
      await vi.waitFor(() => expect(gone).toEqual([answer.kind === 'verified' && answer.person.key]), 10_000);
      expect(await directory.signIn(as('leaver'))).toMatchObject({ reason: 'unknown-login' });
    });

    test('a person is read as they are now, by their key, and is nobody when the account is gone', async () => {
      const directory = openDirectory([slapd.url]);
      const answer = await directory.signIn(as('student.g8'));
      const person = answer.kind === 'verified' ? answer.person : null;
      expect(await directory.current(person?.key ?? '')).toBe(person);
      expect(await directory.current(randomUUID())).toBeNull();
      await expect(openDirectory(['ldap://127.0.0.1:9']).current(person?.key ?? '')).rejects.toThrow();
    });

    test('when most people vanish at the same moment, the server is doubted and not they', async () => {
      const logins = Array.from({ length: 12 }, (_, n) => `vanishing-${n}`);
      const dn = (uid: string) => `uid=${uid},ou=students,${base}`;
      await slapd.admin(async (client) => {
        for (const uid of logins) {
          await client.add(dn(uid), {
            objectClass: 'inetOrgPerson',
            uid,
            cn: uid,
            sn: uid,
            userPassword: `demo-${uid}`,
          });
        }
      });
      const gone: string[] = [];
      const warnings: string[] = [];
      const log = { info: () => undefined, warn: (_: object, message: string) => warnings.push(message) };
      const hooks = { log, onAccountGone: (keys: readonly string[]) => gone.push(...keys) };
      const directory = openDirectory([slapd.url], { groupsTtl: '1s' }, hooks);
      await Promise.all(logins.map((login) => directory.signIn(as(login))));
      await slapd.admin(async (client) => {
        for (const uid of logins) await client.del(dn(uid));
      });
      await vi.waitFor(
        () => expect(warnings).toContain('directory shows few of the people it knew; kept'),
        10_000,
      );
      expect(gone.length).toBeLessThan(10);
      expect(directory.status().people).toBeGreaterThan(0);
    });

    test('a changed group counts soon, without a new password', async () => {
      const directory = openDirectory([slapd.url], { groupsTtl: '1s' });
      const name = `club-${randomUUID()}`;
      await directory.signIn(as('student.g6'));
      await slapd.admin((client) =>
        client.add(`cn=${name},ou=groups,${base}`, {
          objectClass: 'groupOfNames',
          cn: name,
          member: `uid=student.g6,ou=students,${base}`,
        }),
      );
      await vi.waitFor(async () => {
        const answer = await directory.signIn(as('student.g6'));
        expect(answer.kind === 'verified' && answer.person.groups.map((group) => group.name)).toContain(name);
      }, 10_000);
      expect(await slapd.binds('uid=student.g6,')).toBe(1);
    });

    test('the old password ends with its time, and then the new one replaces it', async () => {
      let now = Date.now();
      const directory = openDirectory([slapd.url], {}, { now: () => now });
      await directory.signIn(as('student.g5'));
      await change(`uid=student.g5,ou=students,${base}`, 'userPassword', 'changed');
      now += 600_001;
      expect(await directory.signIn(as('student.g5'))).toMatchObject({ reason: 'wrong-password' });
      expect(await directory.signIn(as('student.g5', 'changed'))).toMatchObject({ kind: 'verified' });
    });
  });

  test('without servers nobody is known and nothing is asked', async () => {
    const directory = openDirectory([]);
    expect(await directory.signIn(as('student.g9'))).toEqual({ kind: 'unavailable' });
    expect(await directory.find('student.g9')).toBeNull();
    expect(await directory.current(randomUUID())).toBeNull();
    expect(directory.status()).toEqual({ configured: false, available: false, servers: [], people: 0 });
  });
});
