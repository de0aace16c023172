import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../config.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hallpass-config-'));
  file = join(folder, 'hallpass.yaml');
});
afterEach(() => rmSync(folder, { recursive: true }));

const load = (yaml: string, env: Record<string, string> = {}) => {
  writeFileSync(file, yaml);
  return loadConfig({ file, env, directory: folder });
};

/** The complaints about a configuration, the file's name left out. */
function complaints(yaml: string, env: Record<string, string> = {}): string[] {
  try {
    load(yaml, env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).problems.map((line) => line.replace(`${file}:`, ''));
  }
  throw new Error('the configuration was accepted');
}

describe('a configuration', () => {
  it('is complete without any file', () => {
    const config = loadConfig({ env: {} });
    expect(config.proxy.listen).toBe('127.0.0.1:3128');
    expect(config.log.level).toBe('info');
  });

  it.each(['{}', '# nothing yet\n{}\n', 'proxy:\nadmin:\n'])('is complete with the file %j', (yaml) => {
    expect(load(yaml).admin.listen).toBe('127.0.0.1:8080');
  });

  it('takes what the file says, durations as milliseconds', () => {
    const config = load('proxy:\n  listen: "[::1]:3129"\n  drain: 2s\nstore: {retention: 30d}\n');
    expect(config.proxy).toMatchObject({ listen: '[::1]:3129', drain: 2_000 });
    expect(config.store.retention).toBe(30 * 86_400_000);
  });

  it('is frozen to its leaves', () => {
    const config = load('{}');
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.proxy.connect.ports)).toBe(true);
  });
});

describe('a wrong file stops the start with place, fault and remedy:', () => {
  it.each([
    ['an unknown key', 'proxy:\n  lisen: 1\n', '2:3: unknown key `lisen`: did you mean `listen`?'],
    ['an unknown section', 'proxi: {}\n', '1:1: unknown key `proxi`: did you mean `proxy`?'],
    [
      'a value out of bounds',
      'proxy:\n  threads: 65\n',
      '2:12: `proxy.threads` is too large: the most is 64',
    ],
    [
      'a value of another kind',
      'proxy:\n  via: 3\n',
      '2:8: `proxy.via` is a number: write `true` or `false`',
    ],
    [
      'no duration',
      'proxy:\n  drain: soon\n',
      '2:10: `proxy.drain` needs mending: a duration such as `30s`, `5m`, `12h` or `90d`',
    ],
    [
      'an unknown word',
      'log:\n  level: debgu\n',
      '2:10: `log.level` cannot be `debgu`: did you mean `debug`?',
    ],
    ['a key twice', 'log: {}\nlog: {}\n', '2:1: this key stands twice in its mapping: keep one of the two'],
    [
      'a port beyond all ports',
      'proxy:\n  listen: 127.0.0.1:70000\n',
      '2:11: `proxy.listen` needs mending: an address and a port from 0 to 65535, such as `127.0.0.1:3128` or `[::]:3128`',
    ],
    [
      'a time shorter than any request takes',
      'proxy:\n  headTimeout: 0\n',
      '2:16: `proxy.headTimeout` is too small: write at least 1s',
    ],
    [
      'a time longer than anybody waits',
      'proxy:\n  tunnelIdleTimeout: 90d\n',
      '2:22: `proxy.tunnelIdleTimeout` is too large: write at most 1d',
    ],
    [
      'one port for two',
      'proxy:\n  listen: 0.0.0.0:3128\nadmin:\n  listen: 127.0.0.1:3128\n',
      '4:11: `127.0.0.1:3128` is taken by `proxy.listen`, which is `0.0.0.0:3128`: give each its own port',
    ],
    [
      'admin pages that a network could read along',
      'admin:\n  listen: 10.1.2.3:8080\n',
      '2:11: the admin pages on `10.1.2.3:8080` would show passwords and names to the network: set `admin.tls.certificate` and `admin.tls.key`, or listen on loopback',
    ],
    [
      'a certificate without its key',
      'admin:\n  tls: { certificate: . }\n',
      '2:8: `admin.tls.certificate` is set, and `admin.tls.key` is not: name both files, or neither',
    ],
    [
      'a role that there is not',
      'admin:\n  roles: { principals: [x] }\n',
      '2:12: unknown key `principals`: did you mean `principal`?',
    ],
    [
      'the port of the portal for another',
      'portal:\n  listen: 127.0.0.1:9000\nadmin:\n  listen: 127.0.0.1:9000\n',
      '4:11: `127.0.0.1:9000` is taken by `portal.listen`, which is `127.0.0.1:9000`: give each its own port',
    ],
  ])('%s', (_what, yaml, complaint) => {
    expect(complaints(yaml)).toEqual([complaint]);
  });

  it('broken YAML', () => {
    expect(complaints('proxy: [1\n')).toEqual([expect.stringMatching(/^\d+:\d+: \S/)]);
  });

  it.each(['', '\n', '# nothing yet\n', '---\n', 'null\n'])('a file without options: %j', (yaml) => {
    expect(complaints(yaml)).toEqual([
      '1:1: the configuration is empty: write options, or `{}` to run by the defaults alone',
    ]);
  });

  it('a file that nests without end', () => {
    expect(complaints(`proxy: ${'['.repeat(100_000)}`)).toEqual([
      expect.stringMatching(/^1:71: this is nested deeper than 64 levels: /),
    ]);
  });

  it('all faults at once', () => {
    expect(complaints('log: {level: 7}\nproxy: {threads: 0, via: 1}\n')).toHaveLength(3);
  });

  it('a file that is not there', () => {
    const absent = join(folder, 'absent.yaml');
    expect(() => loadConfig({ file: absent, env: {} })).toThrow(
      `${absent}: the configuration cannot be read (ENOENT): name a readable file by \`--config\``,
    );
  });
});

describe('sign-in over a network', () => {
  const open = 'proxy: {listen: 10.1.2.3:3128}\n';
  const servers =
    'directory:\n  servers: ["ldap://127.0.0.1:1389"]\n  bindDn: cn=reader\n  bindPassword: pw\n';

  it('in the clear is refused unless it is allowed in so many words', () => {
    expect(complaints('portal: {listen: 10.1.2.3:8081}\n' + servers)).toEqual([
      '1:18: Basic sign-in on `10.1.2.3:8081` would show passwords to the network: listen on loopback, or set `identity.basic.cleartext: true` if the network is trusted',
    ]);
    expect(complaints(open + servers)).toEqual([
      '1:17: Basic sign-in on `10.1.2.3:3128` would show passwords to the network: listen on loopback, or set `identity.basic.cleartext: true` if the network is trusted',
    ]);
    expect(load(`${open}${servers}identity: {basic: {cleartext: true}}\n`).proxy.listen).toBe(
      '10.1.2.3:3128',
    );
  });

  it('needs no such word on loopback, or when nobody can sign in', () => {
    expect(load(servers).directory.servers).toHaveLength(1);
    expect(load(open).directory.servers).toEqual([]);
  });

  it('shows what the directory itself complains about, at its section', () => {
    expect(complaints('directory:\n  servers: ["ldap://10.0.0.1"]\n')).toEqual([
      expect.stringMatching(/^2:3: `ldap:\/\/10\.0\.0\.1` would send passwords in the clear: use `ldaps:`/),
    ]);
  });
});

describe('files that options name', () => {
  it('are below the folder of the file', () => {
    writeFileSync(join(folder, 'policy.yaml'), '');
    const config = load('data: state\npolicy: {initial: {policy: policy.yaml}}\n');
    expect(config.data).toBe(join(folder, 'state'));
    expect(config.policy.initial.policy).toBe(join(folder, 'policy.yaml'));
  });

  it('are below Hallpass itself by default, but for `data`', () => {
    const config = loadConfig({ env: {}, directory: folder });
    expect(config.policy.lists.folders).toEqual([join(import.meta.dirname, '..', 'rules', 'lists')]);
    expect(config.data).toBe(join(folder, 'data'));
  });

  it('are below the working directory when a variable names them', () => {
    writeFileSync(file, '{}');
    const env = { HALLPASS_DATA: 'elsewhere' };
    expect(loadConfig({ file, env, directory: '/srv/district' }).data).toBe('/srv/district/elsewhere');
  });

  it('of every source of lists are, too; a list may be away for a while, its password may not', () => {
    const source = "{ url: 'https://lists.test/', user: district, passwordFile: secret }";
    const yaml = `policy: { lists: { sources: { a: { file: lists/a.txt }, b: ${source} } } }`;
    expect(complaints(yaml)).toEqual([
      expect.stringContaining(`\`${join(folder, 'secret')}\` cannot be read (ENOENT)`),
    ]);
    writeFileSync(join(folder, 'secret'), 'password');
    const { a, b } = load(yaml).policy.lists.sources;
    expect([a?.file, b?.passwordFile]).toEqual([join(folder, 'lists/a.txt'), join(folder, 'secret')]);
  });

  it('must be there: a password, a list folder', () => {
    const yaml = 'directory:\n  bindPasswordFile: secret\npolicy:\n  lists:\n    folders: [lists]\n';
    expect(complaints(yaml)).toEqual([
      `2:21: \`${join(folder, 'secret')}\` cannot be read (ENOENT): name a file or folder that Hallpass may read`,
      `5:15: \`${join(folder, 'lists')}\` cannot be read (ENOENT): name a file or folder that Hallpass may read`,
    ]);
  });
});

describe('the environment', () => {
  it('wins over the file, section and key in upper snake case', () => {
    const config = load('proxy:\n  listen: 127.0.0.1:1\n  maxHeadBytes: 2048\n', {
      HALLPASS_PROXY_LISTEN: '127.0.0.1:2',
      HALLPASS_PROXY_CONNECT_PORTS: '[443, 8444]',
      HALLPASS_PROXY_DRAIN: '3s',
      HALLPASS_PROXY_VIA: 'false',
      HALLPASS_DNS_HOSTS: '{games.demo.test: 127.0.0.1}',
      PATH: '/bin',
    });
    expect(config.proxy).toMatchObject({
      listen: '127.0.0.1:2',
      maxHeadBytes: 2_048,
      drain: 3_000,
      via: false,
    });
    expect(config.proxy.connect.ports).toEqual([443, 8444]);
    expect(config.dns.hosts).toEqual({ 'games.demo.test': '127.0.0.1' });
  });

  it('keeps a text as it is, whatever YAML would make of it', () => {
    const env = {
      HALLPASS_DIRECTORY_SERVERS: '["ldap://127.0.0.1:1389"]',
      HALLPASS_DIRECTORY_BIND_DN: 'cn=reader',
      HALLPASS_DIRECTORY_BIND_PASSWORD: '0123: #!',
    };
    expect(load('{}', env).directory.bindPassword).toBe('0123: #!');
  });

  it.each([
    [
      'HALLPASS_PROXY_LISTN',
      '127.0.0.1:1',
      'HALLPASS_PROXY_LISTN: no option has this name: did you mean `HALLPASS_PROXY_LISTEN`?',
    ],
    ['HALLPASS_PROXY_THREADS', '65', 'HALLPASS_PROXY_THREADS: `proxy.threads` is too large: the most is 64'],
    [
      'HALLPASS_PROXY_CONNECT_PORTS',
      '[0]',
      /^HALLPASS_PROXY_CONNECT_PORTS: `proxy\.connect\.ports\[0\]` is too small/,
    ],
    ['HALLPASS_PROXY_CLIENTS', '[1', /^HALLPASS_PROXY_CLIENTS: the value cannot be read as YAML: /],
    ['HALLPASS_PAGES_FOLDER', 'nowhere', /^HALLPASS_PAGES_FOLDER: `.*nowhere` cannot be read \(ENOENT\): /],
  ])('names the variable that is wrong: %s=%s', (variable, value, complaint) => {
    const found = complaints('{}', { [variable]: value });
    expect(found).toHaveLength(1);
    if (typeof complaint === 'string') expect(found[0]).toBe(complaint);
    else expect(found[0]).toMatch(complaint);
  });

  it('leaves the variables of the tests alone', () => {
    expect(load('{}', { HALLPASS_TEST_LONG: '1' }).log.level).toBe('info');
  });
});
