/** `hallpass init` against a slapd with a tree that nobody has described to it, up to the district that runs by it. */
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gradeOf, proposeAudiences } from '../../cli/init/audiences.ts';
import { loadConfig } from '../../config.ts';
import { freePort, httpStatus, through } from '../integration/district.ts';
import { Slapd, slapdMissing } from '../directory/slapd.ts';
import { missing } from '../optional.ts';
import { hallpass, launcher, start } from './hallpass.ts';
import { service, suffix, unfamiliarTree } from './unfamiliar-tree.ts';

const pythonMissing = missing(
  spawnSync('python3', ['--version']).status === 0,
  'python3 not installed: the questions of `hallpass init` are not tried on a terminal',
);

describe.skipIf(slapdMissing !== null)('against a directory that nobody has described', () => {
  let slapd: Slapd;
  let folder: string;
  beforeAll(async () => {
    slapd = await Slapd.start({ tree: unfamiliarTree() });
    folder = mkdtempSync(join(tmpdir(), 'hallpass-init-'));
    writeFileSync(join(folder, 'password'), `${service.password}\n`);
  }, 60_000);
  afterAll(async () => {
    await slapd.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const init = (...more: readonly string[]) => initWith({}, ...more);
  const initWith = (env: Readonly<Record<string, string>>, ...more: readonly string[]) =>
    hallpass(
      [
        ...['init', '--yes', '--server', slapd.url, '--bind-dn', service.dn],
        ...['--bind-password-file', 'password', '--name', 'Lakeside: Sample “Schools”'],
        ...['--address', 'filter.lakeside.example', '--time-zone', 'America/Chicago', ...more],
      ],
      { cwd: folder, env },
    );

  test('it finds people, groups and schools, proposes audiences, and proves what it wrote', async () => {
    const { code, stdout, stderr } = await init('--out', 'conf');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`lets Hallpass search below \`${suffix}\`.\n48 people by \`uid\`, 17 groups`);
    expect(stdout).toContain('24 of 24 people were looked up');
    expect(stdout).not.toContain('in no audience');
    for (const title of ['Staff', 'Kindergarten to grade 5', 'Grades 6 to 8', 'Grades 9 to 12'])
      expect(stdout).toMatch(new RegExp(`\\d  ${title} \\(`));
    expect(stdout).toContain('24  have a school');
    expect(stdout).toContain('http://filter.lakeside.example:8081/proxy.pac');
    for (const system of ['Windows', 'ChromeOS', 'ProxyOverride', 'ProxyPacUrl'])
      expect(stdout).toContain(system);
    const config = loadConfig({ file: join(folder, 'conf/hallpass.yaml'), env: {} });
    expect(config.directory).toMatchObject({
      base: suffix,
      people: { filter: '(objectClass=posixAccount)' },
      groups: { find: 'member', members: ['memberUid'] },
      schools: { dn: { 'ou=Oak Elementary': 'oak-elementary', 'ou=Hill High': 'hill-high' } },
    });
    expect(config.admin.roles).toMatchObject({ cto: ['it-office'], principal: ['principals'] });
    expect(config.pages.district).toEqual({ en: 'Lakeside: Sample “Schools”' });
  }, 60_000);

  test('through the wrapper of docs/deploy it prints the wrapper’s name, and every file that it wrote', async () => {
    const wrapper = readFileSync(new URL('../../docs/deploy/hallpass', import.meta.url), 'utf8');
    const env = { HALLPASS_COMMAND: /HALLPASS_COMMAND=(\w+)/.exec(wrapper)?.[1] ?? '' };
    const { stdout } = await initWith(env, '--out', 'conf', '--force');
    expect(stdout).toContain(`\n  hallpass doctor --config ${join(folder, 'conf/hallpass.yaml')}\n`);
    expect(stdout).toContain('Written: hallpass.yaml, policy.yaml, aup.md, aup.es.md. Read them');
    expect(loadConfig({ file: join(folder, 'conf/hallpass.yaml'), env }).log.level).toBe('info');
  }, 60_000);

  test('the commands that it prints work as they stand, wherever they are typed', async () => {
    const { stdout } = await init('--out', 'conf', '--force');
    const printed = stdout.split('\n').filter((line) => line.includes('--config'));
    expect(printed.map((line) => /bin\/hallpass\.js (\w+) /.exec(line)?.[1])).toEqual(['doctor', 'serve']);
    const doctor = `${(printed[0] ?? '').replace(/\bnode\b/, process.execPath)} --json`;
    const ended = await promisify(execFile)('sh', ['-c', doctor], { cwd: '/' }).catch(
      (error: unknown) => error as { readonly stdout: string },
    );
    expect(ended.stdout).toContain('"about":"directory');
  }, 60_000);

  test('of the starter policy only what is the district’s own has changed', () => {
    const starter = readFileSync(new URL('../../rules/starter/policy.yaml', import.meta.url), 'utf8').split(
      '\n',
    );
    const written = readFileSync(join(folder, 'conf/policy.yaml'), 'utf8').split('\n');
    expect(written).toContain('mode: observe');
    const own = written.filter((line) => !starter.includes(line));
    expect(own).toHaveLength(10);
    expect(starter.filter((line) => !written.includes(line))).toHaveLength(7);
  });

  test('the district runs: everything is recorded as it would be, and only locked rules stop anybody', async () => {
    const site = createServer((_request, response) => response.end('site')).listen(0, '127.0.0.1');
    await once(site, 'listening');
    const sitePort = (site.address() as AddressInfo).port;
    const [proxyPort, adminPort, portalPort] = [await freePort(), await freePort(), await freePort()];
    const data = join(folder, 'data');
    const child = start(['serve', '--config', join(folder, 'conf/hallpass.yaml')], {
      env: {
        HALLPASS_DATA: data,
        HALLPASS_PROXY_LISTEN: `127.0.0.1:${String(proxyPort)}`,
        HALLPASS_ADMIN_LISTEN: `127.0.0.1:${String(adminPort)}`,
        HALLPASS_PORTAL_LISTEN: `127.0.0.1:${String(portalPort)}`,
        HALLPASS_UPSTREAM_ALLOW: JSON.stringify([`127.0.0.1/32:${String(sitePort)}`]),
        HALLPASS_DNS_HOSTS: JSON.stringify({ 'roblox.com': '127.0.0.1', 'croxyproxy.com': '127.0.0.1' }),
      },
    });
    try {
      for (let attempt = 0; attempt < 400 && (await httpStatus(adminPort, '/readyz')) !== 200; attempt++)
        await pause(50);
      const at = (host: string) => `http://${host}:${String(sitePort)}/`;
      const pupil = 'pupil071:pw-pupil071';
      const game = await through({ proxyPort }, at('roblox.com'), pupil);
      expect([game.status, game.body]).toEqual([200, 'site']);
      expect((await through({ proxyPort }, at('croxyproxy.com'), pupil)).status).toBe(403);
      const recorded = await hallpass(['blocks', '--json', '--data', data]);
      const records = recorded.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(records).toMatchObject([
        { user: 'pupil071', rule: 'games', action: 'block', enforced: false, schools: ['pond-middle'] },
        { user: 'pupil071', rule: 'proxies', action: 'block', enforced: true, schools: ['pond-middle'] },
      ]);
      const pac = await fetch(`http://127.0.0.1:${String(portalPort)}/proxy.pac`);
      expect(await pac.text()).toContain('PROXY filter.lakeside.example:3128');
      const doctor = await hallpass(['doctor', '--data', data, '--user', 'adult01', '--json']);
      const findings = doctor.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, string>);
      expect(findings.filter(({ verdict, about }) => verdict === 'bad' && about !== 'ports')).toEqual([]);
    } finally {
      child.kill('SIGTERM');
      await once(child, 'exit');
      site.close();
    }
  }, 120_000);

  test('nothing that is there is written over', async () => {
    const { code, stderr } = await init('--out', 'conf');
    expect(code).toBe(2);
    expect(stderr).toContain('hallpass.yaml` is there already');
    expect((await init('--out', 'conf', '--force')).code).toBe(0);
  }, 60_000);

  test('what does not work is said, and nothing is written', async () => {
    writeFileSync(join(folder, 'wrong'), 'wrong\n');
    const refused = await init('--out', 'other', '--bind-password-file', 'wrong');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('refuses the account of `directory.bindDn`');
    expect(refused.stderr).toContain(
      'the name or the password of the account is wrong (invalidCredentials, 49)',
    );
    const anybody = await hallpass(
      ['init', '--yes', '--server', slapd.url, '--anonymous', '--base', suffix, '--out', 'other'],
      { cwd: folder },
    );
    expect([anybody.code, anybody.stdout]).toEqual([1, expect.not.stringContaining('lets Hallpass search')]);
    expect(anybody.stderr).toMatch(
      /refuses .*(this account may not read there: name another one by .*--bind-dn.*insufficientAccessRights, 50|this account may not see it.*noSuchObject, 32)/,
    );
    const nobody = await init('--out', 'other', '--base', `ou=Teams,${suffix}`);
    expect(nobody.stderr).toContain('nobody is found below `ou=Teams');
    const away = await init('--out', 'other', '--server', 'ldap://127.0.0.1:9');
    expect(away.stderr).toContain('`ldap://127.0.0.1:9`');
    for (const server of ['two words', 'ldap://[bad', 'http://ldap.example', '']) {
      const mistyped = await init('--out', 'other', '--server', server);
      expect([mistyped.code, mistyped.stderr]).toEqual([
        1,
        expect.stringContaining('write a server such as `ldaps://ldap1.district.example`'),
      ]);
    }
    expect(() => statSync(join(folder, 'other'))).toThrow();
  }, 60_000);

  test.skipIf(pythonMissing !== null)(
    'on a terminal it asks, a wrong server or password once more without typing all again, and keeps the password in a file of its own',
    async () => {
      const dialogue = new URL('./init-dialogue.py', import.meta.url).pathname;
      const answers = [
        ['LDAP server', slapd.url.replace(/\d+$/, '99999')],
        ['Account that may search', service.dn],
        ['Its password', 'wrong'],
        // What was typed stands there again: the port is taken away, and the right one typed.
        ['LDAP server', `${'\b'.repeat(5)}${new URL(slapd.url).port}`],
        ['Account that may search', ''],
        ['Its password', 'wrong'],
        ['LDAP server', ''],
        ['Account that may search', ''],
        ['Its password', service.password],
        ['What tells the school', ''],
        ['Who is staff', ''],
        ['grade 5', ''],
        ['grades 6 to 8', ''],
        ['grades 9 to 12', ''],
        ['Who runs the filter', ''],
        ['Who are the principals', ''],
      ];
      const words = [
        'init',
        '--out',
        'asked',
        '--name',
        'X',
        '--time-zone',
        'America/Chicago',
        '--address',
        'f.example',
      ];
      const { stdout: shown } = await promisify(execFile)(
        'python3',
        [dialogue, JSON.stringify(answers), process.execPath, launcher, ...words],
        { cwd: folder, timeout: 60_000 },
      );
      expect(shown).toContain('its port is above 65535');
      expect(shown).toContain('refuses the account');
      expect(shown).toContain('ended 0');
      expect(readFileSync(join(folder, 'asked/ldap-password'), 'utf8')).toBe(`${service.password}\n`);
      expect(statSync(join(folder, 'asked/ldap-password')).mode & 0o777).toBe(0o600);
      expect(readFileSync(join(folder, 'asked/hallpass.yaml'), 'utf8')).toContain(
        'bindPasswordFile: ldap-password',
      );
    },
    90_000,
  );
});

describe.skipIf(slapdMissing !== null)('names as a directory may have them', () => {
  let slapd: Slapd;
  let folder: string;
  beforeAll(async () => {
    slapd = await Slapd.start({ tree: unfamiliarTree(), more: strange });
    folder = mkdtempSync(join(tmpdir(), 'hallpass-init-'));
    writeFileSync(join(folder, 'password'), `${service.password}\n`);
  }, 60_000);
  afterAll(async () => {
    await slapd.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test('a base written otherwise, a school in another script, groups full of signs', async () => {
    const { code, stdout, stderr } = await hallpass(
      [
        ...['init', '--yes', '--out', 'conf', '--server', slapd.url, '--bind-dn', service.dn],
        ...['--bind-password-file', 'password', '--base', suffix.replace('=', ' =   ')],
      ],
      { cwd: folder },
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('52 people');
    const { directory } = loadConfig({ file: join(folder, 'conf/hallpass.yaml'), env: {} });
    expect(Object.entries(directory.schools.dn)).toEqual(
      expect.arrayContaining([
        ['ou=Hill High', 'hill-high'],
        ['ou=学校', expect.stringMatching(/^school-\d$/) as string],
      ]),
    );
    const written = readFileSync(join(folder, 'conf/policy.yaml'), 'utf8');
    expect(written).toContain(`'staff: [all], "x" # {y}'`);
    expect(stdout).not.toContain('\u001b');
  }, 60_000);
});

/** A school whose name has no letter that an id may have, and a group whose name means something to YAML. */
const strange = [
  `dn: ou=学校,${suffix}\nobjectClass: organizationalUnit\nou: 学校\n`,
  ...[1, 2, 3, 4].map(
    (n) =>
      `dn: uid=gakusei${String(n)},ou=学校,${suffix}\nobjectClass: account\nobjectClass: posixAccount\nuid: gakusei${String(n)}\n` +
      `cn: Sample ${String(n)}\nuidNumber: ${String(20_000 + n)}\ngidNumber: 100\nhomeDirectory: /home/x\n`,
  ),
  `dn:: ${Buffer.from(`cn=staff: [all]\\, "x" # {y},ou=Teams,${suffix}`.replaceAll('"', '\\"')).toString('base64')}\n` +
    `objectClass: posixGroup\ncn: staff: [all], "x" # {y}\ngidNumber: 900\nmemberUid: adult01\n`,
].join('\n');

test('nobody is asked where nobody sits', async () => {
  const { code, stderr } = await hallpass(['init', '--out', '/nonexistent/x']);
  expect(code).toBe(2);
  expect(stderr).toContain('add `--yes`');
});

const november = Date.UTC(2026, 10, 24);
test.each([
  ['grade-03', 3],
  ['Gr K', 0],
  ['year 11', 11],
  ['class-of-2027', 12],
  ['leavers-2039', 0],
  ['2031', 8],
  ['class-of-2026', null],
  ['building 2041', null],
  ['robotics', null],
])('%s is grade %s in November 2026', (name, grade) => {
  expect(gradeOf(name, november)).toBe(grade);
});

test('a class is one grade higher when the summer has come', () => {
  expect(gradeOf('class-of-2027', Date.UTC(2026, 5, 1))).toBe(11);
  expect(gradeOf('class-of-2027', Date.UTC(2026, 6, 1))).toBe(12);
});

test('names of levels, and schools where no group tells', () => {
  const groups = ['HS Students', 'MS-students', 'high-school-teachers', 'Junior High Band'];
  expect(proposeAudiences(groups, ['oak-elementary', 'hill-high'], november)).toEqual({
    staff: { groups: ['high-school-teachers'], schools: [] },
    'k-5': { groups: [], schools: ['oak-elementary'] },
    'grades-6-8': { groups: ['MS-students', 'Junior High Band'], schools: [] },
    'grades-9-12': { groups: ['HS Students'], schools: [] },
  });
});
