import { Client } from 'ldapts';
import { afterAll, beforeAll, afterEach, describe, expect, test } from 'vitest';
import { startDemoDirectory } from '../../demo/directory.ts';
import type { DemoDirectory } from '../../demo/directory.ts';
import { as, closeAll, openDirectory } from '../directory/open.ts';
import { base, service } from '../directory/slapd.ts';

const ldifPath = new URL('../../rules/demo/district.ldif', import.meta.url).pathname;

describe('the demo directory', () => {
  let demo: DemoDirectory;
  let url: string;
  beforeAll(async () => {
    demo = await startDemoDirectory({ ldifPath, host: '127.0.0.1', port: 0 });
    url = `ldap://127.0.0.1:${demo.port}`;
  });
  afterAll(() => demo.close());
  afterEach(closeAll);

  const bound = async <T>(
    work: (client: Client) => Promise<T>,
    dn = service.dn,
    password = service.password,
  ) => {
    const client = new Client({ url });
    try {
      await client.bind(dn, password);
      return await work(client);
    } finally {
      await client.unbind();
    }
  };

  test('signs people in, with nested groups and schools', async () => {
    const directory = openDirectory([url]);
    expect(await directory.signIn(as('student.g12'))).toMatchObject({
      kind: 'verified',
      person: {
        login: 'student.g12',
        schools: ['north-high'],
        groups: ['Grade 12, seniors of North', 'grade-12', 'students', 'students-9-12'].map((name) => ({
          name,
        })),
      },
    });
    expect(await directory.signIn(as('student.g12', 'wrong'))).toMatchObject({
      kind: 'rejected',
      reason: 'wrong-password',
    });
    expect(await directory.signIn(as('nobody', 'wrong'))).toMatchObject({
      kind: 'rejected',
      reason: 'unknown-login',
    });
  });

  test('the loop of the book clubs ends', async () => {
    const person = await openDirectory([url]).find('teacher.middle');
    expect(person?.groups.map(({ name }) => name)).toEqual([
      'book-club',
      'book-club-helpers',
      'staff',
      'teachers',
    ]);
  });

  test('every account of the LDIF signs in with its demo password', async () => {
    const directory = openDirectory([url]);
    const logins = await bound(async (client) => {
      const { searchEntries } = await client.search(base, {
        filter: '(objectClass=inetOrgPerson)',
        attributes: ['uid'],
      });
      return searchEntries.map(({ uid }) => String(uid));
    });
    expect(logins.length).toBeGreaterThan(30);
    const answers = await Promise.all(logins.map((login) => directory.signIn(as(login))));
    expect(answers.filter(({ kind }) => kind !== 'verified')).toEqual([]);
  });

  test('searches by scope', async () => {
    const dns = (scope: 'base' | 'one' | 'sub') =>
      bound(async (client) =>
        (await client.search(base, { scope, attributes: ['1.1'] })).searchEntries.map(({ dn }) => dn),
      );
    expect(await dns('base')).toEqual([base]);
    expect((await dns('one')).sort()).toEqual(
      ['groups', 'services', 'staff', 'students'].map((ou) => `ou=${ou},${base}`),
    );
    expect((await dns('sub')).length).toBeGreaterThan(60);
  });

  test.each([
    ['(uid=CTO)', 1],
    ['(uid=c*)', 5],
    ['(&(uid=student.*)(departmentNumber=K))', 2],
    ['(&(objectClass=inetOrgPerson)(!(employeeType=student)))', 18],
    ['(member=CN=Grade-K, OU=Groups,dc=demo,dc=test)', 1],
    ['(userPassword=demo-cto)', 0],
    ['(userPassword=*)', 0],
    ['(noSuchAttribute=x)', 0],
  ])('the filter %s finds %i', async (filter, count) => {
    const found = await bound(async (client) => (await client.search(base, { filter })).searchEntries);
    expect(found.length).toBe(count);
  });

  test('shows what was asked for, operational attributes by name, passwords never', async () => {
    const show = (attributes: string[]) =>
      bound(async (client) => {
        const { searchEntries } = await client.search(base, { filter: '(uid=cto)', attributes });
        return searchEntries[0];
      });
    expect(Object.keys((await show(['uid', 'entryUUID', 'userPassword'])) ?? {}).sort()).toEqual([
      'dn',
      'entryUUID',
      'uid',
      'userPassword',
    ]);
    expect((await show(['userPassword']))?.['userPassword']).toEqual([]);
    expect(await show([])).not.toHaveProperty('entryUUID');
    expect(await show(['*', '+'])).toHaveProperty('entryUUID');
  });

  test('refuses a wrong password, an unknown name, no password, and searches without a bind', async () => {
    await expect(bound(async () => undefined, service.dn, 'wrong')).rejects.toMatchObject({ code: 49 });
    await expect(bound(async () => undefined, `cn=nobody,${base}`, 'wrong')).rejects.toMatchObject({
      code: 49,
    });
    await expect(bound(async () => undefined, service.dn, '')).rejects.toMatchObject({ code: 53 });
    const client = new Client({ url });
    await expect(client.search(base)).rejects.toMatchObject({ code: 50 });
    await client.unbind();
  });

  test('survives what is not LDAP', async () => {
    const { connect } = await import('node:net');
    const socket = connect(demo.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.end('GET / HTTP/1.1\r\n\r\n');
    await new Promise((resolve) => socket.once('close', resolve).resume());
    expect(
      await bound(async (client) => (await client.search(base, { scope: 'base' })).searchEntries.length),
    ).toBe(1);
  });
});
