import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { options } from '../../directory/options.ts';
import { settingsOf } from '../../directory/settings.ts';

const account = { bindDn: 'cn=hallpass,dc=demo,dc=test', bindPassword: 'secret' };
const settings = (more: object) =>
  settingsOf(options.parse({ base: 'dc=demo,dc=test', ...account, ...more }));

describe('options of the directory', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hallpass-settings-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('have defaults throughout: no directory', () => {
    expect(options.parse({})).toMatchObject({
      servers: [],
      remember: 600_000,
      grace: 28_800_000,
      timeout: 3_000,
      groups: { nested: true, depth: 10 },
      failedSignIns: {
        window: 900_000,
        passwordsPerAccount: 5,
        accountsPerAddress: 100,
        rememberWrong: 300_000,
      },
    });
    expect(settingsOf(options.parse({})).endpoints).toEqual([]);
  });

  test.each([
    { servers: ['http://ldap.demo.test'] },
    { servers: ['ldap://ldap.demo.test:65536'] },
    { servers: ['ldap://[::::]'] },
    { servers: ['ldap://'] },
    { remember: '16m' },
    { remember: '0s' },
    { groups: { depth: 0 } },
    { unknown: true },
    { people: { login: ['uid)(x=*'] } },
  ])('%j is refused', (bad) => {
    expect(options.safeParse(bad).success).toBe(false);
  });

  test.each([
    ['ldap://127.0.0.1:1389', { host: '127.0.0.1', port: 1389, security: 'none' }],
    ['ldap://localhost', { host: 'localhost', port: 389, security: 'none' }],
    ['ldap://[::1]', { host: '::1', port: 389, security: 'none' }],
    ['ldaps://ldap.demo.test', { host: 'ldap.demo.test', port: 636, security: 'ldaps' }],
  ])('%s', (url, endpoint) => {
    expect(settings({ servers: [url] }).endpoints).toEqual([{ url, ...endpoint }]);
  });

  test('passwords cross a network in the clear only when that is said', () => {
    const servers = ['ldap://ldap.demo.test'];
    expect(() => settings({ servers })).toThrow(/in the clear/);
    expect(settings({ servers, startTls: true }).endpoints[0]?.security).toBe('starttls');
    expect(settings({ servers, cleartext: true }).endpoints[0]?.security).toBe('none');
  });

  test('the password comes from a file, its first line, and is never empty', async () => {
    const servers = ['ldap://127.0.0.1'];
    const bindPasswordFile = join(folder, 'password');
    const fromFile = { servers, bindPassword: undefined, bindPasswordFile };
    await writeFile(bindPasswordFile, 'secret\n');
    expect(settings(fromFile).service).toEqual({ dn: account.bindDn, password: 'secret' });
    await writeFile(bindPasswordFile, '\n');
    expect(() => settings(fromFile)).toThrow(/needs a password/);
    expect(() => settings({ servers, bindPassword: undefined })).toThrow(/needs a password/);
    expect(() => settings({ servers, bindDn: undefined })).toThrow(/bindDn` is missing/);
  });

  test('nobody searches anonymously unless that is said, and then nobody else', () => {
    const none = { servers: ['ldap://127.0.0.1'], bindDn: undefined, bindPassword: undefined };
    expect(settings({ ...none, anonymous: true }).service).toBe('anonymous');
    expect(() => settings(none)).toThrow(/directory.anonymous: true/);
    expect(() => settings({ ...none, bindDn: 'cn=a', anonymous: true })).toThrow(/exclude each other/);
  });

  test('files that cannot be used stop the start', async () => {
    const ca = join(folder, 'ca.pem');
    expect(() => settings({ ca })).toThrow(/cannot read/);
    await writeFile(ca, '-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n');
    expect(() => settings({ ca })).toThrow(/cannot be used/);
    expect(() => settings({ clientKey: ca })).toThrow(/belong together/);
  });

  test('the preset of Active Directory', () => {
    const ad = settings({ preset: 'active-directory' });
    expect(ad).toMatchObject({
      activeDirectory: true,
      realm: 'demo.test',
      people: { login: ['sAMAccountName', 'userPrincipalName'], key: 'objectGUID' },
      groups: { find: 'chain', key: 'objectGUID' },
    });
  });

  test('a filter that is none is named', () => {
    expect(() => settings({ people: { filter: '(uid=' } })).toThrow(
      /`directory.people.filter` is not an LDAP filter/,
    );
  });
});
