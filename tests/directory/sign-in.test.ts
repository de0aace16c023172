import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { as, closeAll, openDirectory } from './open.ts';
import { Slapd, slapdMissing } from './slapd.ts';

describe.skipIf(slapdMissing !== null)('sign-in against a real slapd', () => {
  let slapd: Slapd;
  beforeAll(async () => {
    slapd = await Slapd.start();
  });
  afterAll(() => slapd.remove());
  beforeEach(() => slapd.clearLog());
  afterEach(closeAll);

  test('a right password gives the person: immutable key, login, name, schools', async () => {
    const directory = openDirectory([slapd.url]);
    const answer = await directory.signIn(as('teacher.travel'));
    expect(answer).toMatchObject({
      kind: 'verified',
      person: {
        key: expect.stringMatching(/^de300000-0000-4000-8000-[0-9a-f]{12}$/) as string,
        login: 'teacher.travel',
        name: expect.any(String) as string,
        schools: expect.arrayContaining(['north-high', 'middle']) as string[],
      },
    });
    expect(answer.kind === 'verified' && Object.isFrozen(answer.person)).toBe(true);
  });

  test('groups are found through three levels, past a loop and an escaped comma', async () => {
    const directory = openDirectory([slapd.url]);
    const groupsOf = async (login: string) => (await directory.find(login))?.groups.map(({ name }) => name);
    expect(await groupsOf('student.g12')).toEqual([
      'Grade 12, seniors of North',
      'grade-12',
      'students',
      'students-9-12',
    ]);
    expect(await groupsOf('student.g7')).toEqual([
      'book-club',
      'book-club-helpers',
      'grade-7',
      'students',
      'students-6-8',
    ]);
    expect(await groupsOf('cto')).toEqual(['staff', 'technology']);
  });
});
