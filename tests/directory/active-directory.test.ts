import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { Attribute, Change } from 'ldapts';
import { options } from '../../directory/options.ts';
import type { DirectoryHooks } from '../../directory/sign-in.ts';
import { Survey } from '../../directory/survey.ts';
import { as, closeAll, openDirectory } from './open.ts';
import { Samba, adBase, adService, sambaMissing } from './samba.ts';

const right = 'Right-Passw0rd';

describe.skipIf(sambaMissing !== null)('Active Directory (a real Samba domain controller)', () => {
  let samba: Samba;
  let name: string;
  beforeAll(async () => {
    samba = await Samba.start();
    name = await samba.certificateName();
    await samba.addPeople({ ann: right, ben: right, cay: right, dot: right, eve: right, fay: right });
    const [security, mailing] = [-2_147_483_646, 2];
    await samba.addGroup('inner\\, with comma', 'inner', security, ['ann']);
    await samba.addGroup('middle', 'middle', security, ['inner\\, with comma']);
    await samba.addGroup('outer', 'outer', security, ['middle']);
    await samba.addGroup('loop', 'loop', security, ['middle']);
    await samba.addGroup('mailing', 'mailing', mailing, ['ann']);
    await samba.admin(async (client) => {
      const modification = new Attribute({ type: 'member', values: [`CN=loop,CN=Users,${adBase}`] });
      await client.modify(`CN=middle,CN=Users,${adBase}`, [new Change({ operation: 'add', modification })]);
    });
  }, 180_000);
  afterAll(() => samba.stop());
  afterEach(closeAll);

  const open = (more: object = {}, hooks: DirectoryHooks = {}) =>
    openDirectory(
      [samba.url],
      {
        preset: 'active-directory',
        base: adBase,
        bindDn: adService.dn,
        bindPassword: adService.password,
        ca: samba.ca,
        serverName: name,
        schools: {},
        ...more,
      },
      hooks,
    );

  test('a survey sees what it is, who is in it and which groups there are', async () => {
    const survey = await Survey.open(
      options.parse({
        servers: [samba.url],
        bindDn: adService.dn,
        bindPassword: adService.password,
        ca: samba.ca,
        serverName: name,
      }),
    );
    try {
      const root = await survey.root();
      expect(root.kind).toBe('active-directory');
      expect(root.bases[0]?.toLowerCase()).toBe(adBase.toLowerCase());
      expect(await survey.people(adBase, root.kind)).toMatchObject({
        filter: null,
        login: ['sAMAccountName', 'userPrincipalName'],
        key: 'objectGUID',
        sample: expect.arrayContaining(['ann', 'eve']) as string[],
      });
      const groups = await survey.groups(adBase, root.kind);
      expect(groups.members).toEqual(['member']);
      expect(groups.names).toEqual(expect.arrayContaining(['inner, with comma', 'middle', 'outer']));
    } finally {
      survey.close();
    }
  });

  test('a person: objectGUID as key, sAMAccountName as login, groups through the chain rule and the primary group', async () => {
    const answer = await open().signIn(as('ann', right));
    expect(answer).toMatchObject({
      kind: 'verified',
      person: {
        key: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string,
        login: 'ann',
        name: 'ann Example',
      },
    });
    const groups = answer.kind === 'verified' ? answer.person.groups.map((group) => group.name) : [];
    // `Domain Users`, the primary group, is in no `member`; it is itself a member of `Users`. `mailing` is no security group.
    expect(groups).toEqual(['Domain Users', 'Users', 'inner, with comma', 'loop', 'middle', 'outer']);
  });

  test('only direct groups when nesting is off', async () => {
    const person = await open({ groups: { nested: false } }).find('ann');
    expect(person?.groups.map((group) => group.name)).toEqual(['Domain Users', 'inner, with comma']);
  });

  test('the same groups by memberOf, and by searching members', async () => {
    const names = async (find: string) => {
      const person = await open({ groups: { find } }).find('ann');
      return person?.groups.map((group) => group.name);
    };
    const all = ['Domain Users', 'Users', 'inner, with comma', 'loop', 'middle', 'outer'];
    expect(await names('memberOf')).toEqual(all);
    expect(await names('member')).toEqual(all);
  });

  test.each(['ANN', 'AD\\ann', 'ann@ad.test', 'Ann@AD.TEST'])('`%s` is the same person', async (login) => {
    const directory = open();
    const plain = await directory.signIn(as('ann', right));
    const other = await directory.signIn(as(login, right));
    expect(plain.kind === 'verified' && other.kind === 'verified' && other.person === plain.person).toBe(
      true,
    );
  });

  test('another domain than the configured one is not ours', async () => {
    expect(await open({ domain: 'AD' }).find('ad\\ann')).toMatchObject({ login: 'ann' });
    expect(await open({ domain: 'AD' }).find('other\\ann')).toBeNull();
  });

  test('a wrong password; 500 of the same do not lock the account, whose threshold is three', async () => {
    const directory = open();
    const tries = await Promise.all(Array.from({ length: 500 }, () => directory.signIn(as('ben', 'stale'))));
    expect(new Set(tries.map((answer) => answer.kind === 'rejected' && answer.reason))).toEqual(
      new Set(['wrong-password']),
    );
    expect(await directory.signIn(as('ben', right))).toMatchObject({ kind: 'verified' });
  });

  test('a locked account is told apart', async () => {
    for (const guess of ['a', 'b', 'c']) await samba.bind(`CN=cay,CN=Users,${adBase}`, guess);
    expect(await open().signIn(as('cay', right))).toMatchObject({
      kind: 'rejected',
      reason: 'account-locked',
    });
  });

  test('guesses end before the domain would lock the account, whoever made them and from wherever', async () => {
    const directory = open();
    const dn = `CN=fay,CN=Users,${adBase}`;
    await samba.bind(dn, 'elsewhere');
    expect(await directory.signIn(as('fay', 'a', '10.0.0.1'))).toMatchObject({ reason: 'wrong-password' });
    const held = await directory.signIn(as('fay', 'b', '10.0.0.2'));
    expect(held).toMatchObject({ reason: 'limited', retryAfter: expect.any(Number) as number });
    expect(held.kind === 'rejected' && held.retryAfter).toBeGreaterThan(1_700);
    // It is not locked: its owner signs in elsewhere, and from then on here.
    expect(await samba.bind(dn, right)).toBe(true);
    expect(await directory.signIn(as('fay', right, '10.0.0.2'))).toMatchObject({ kind: 'verified' });
  });

  test('a password that must be changed first', async () => {
    await samba.admin(async (client) => {
      const modification = new Attribute({ type: 'pwdLastSet', values: ['0'] });
      await client.modify(`CN=dot,CN=Users,${adBase}`, [new Change({ operation: 'replace', modification })]);
    });
    expect(await open().signIn(as('dot', right))).toMatchObject({
      kind: 'rejected',
      reason: 'password-expired',
    });
  });

  test('a disabled account is reported, forgotten and refused without a bind', async () => {
    const gone: string[] = [];
    const directory = open({ groupsTtl: '1s' }, { onAccountGone: (keys) => gone.push(...keys) });
    const answer = await directory.signIn(as('eve', right));
    await samba.tool('user', 'disable', 'eve');
    await vi.waitFor(() => expect(gone).toEqual([answer.kind === 'verified' && answer.person.key]), 15_000);
    expect(await directory.signIn(as('eve', right))).toMatchObject({ reason: 'account-disabled' });
  });

  test('passwords never cross the wire in the clear: the server refuses, and nobody is verified', async () => {
    const directory = open();
    const clear = openDirectory([`ldap://${samba.host}`], {
      preset: 'active-directory',
      base: adBase,
      bindDn: adService.dn,
      bindPassword: adService.password,
    });
    expect(await clear.signIn(as('ann', right))).toEqual({ kind: 'unavailable' });
    const startTls = open({ servers: [`ldap://${samba.host}`], startTls: true });
    expect(await startTls.signIn(as('ann', right))).toMatchObject({ kind: 'verified' });
    expect(directory.status().servers[0]?.state).toBe('untried');
  });
});
