/** A directory that lets anybody read people and groups. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { as, closeAll, openDirectory } from './open.ts';
import { Slapd, slapdMissing } from './slapd.ts';

const anybodyReads = 'access to attrs=userPassword by anonymous auth by * none\naccess to * by * read';
const withoutAccount = { anonymous: true, bindDn: undefined, bindPassword: undefined };

describe.skipIf(slapdMissing !== null)('anonymous search', () => {
  let open: Slapd;
  let closed: Slapd;
  beforeAll(async () => {
    open = await Slapd.start({ config: anybodyReads });
    closed = await Slapd.start();
  });
  afterAll(async () => {
    closeAll();
    await open?.remove();
    await closed?.remove();
  });

  test('finds people and their groups, and verifies passwords as always', async () => {
    const directory = openDirectory([open.url], withoutAccount);
    const signIn = await directory.signIn(as('student.g7'));
    expect(signIn).toMatchObject({ kind: 'verified', person: { login: 'student.g7' } });
    expect(signIn.kind === 'verified' && signIn.person.groups.length).toBeGreaterThan(0);
    expect(await directory.signIn(as('student.g7', 'wrong'))).toMatchObject({ kind: 'rejected' });
    expect(await directory.signIn(as('student.g7', ''))).toMatchObject({ kind: 'rejected' });
  });

  test('verifies nobody where the server shows nothing to who has not signed in', async () => {
    const directory = openDirectory([closed.url], withoutAccount);
    expect((await directory.signIn(as('student.g7'))).kind).not.toBe('verified');
  });
});
