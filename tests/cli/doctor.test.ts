/** `hallpass doctor` on districts that are well and on some that are not. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Finding } from '../../control/doctor/finding.ts';
import { adminPages, clock, limits } from '../../control/doctor/machine.ts';
import { loadConfig } from '../../config.ts';
import { base, service, Slapd, slapdMissing } from '../directory/slapd.ts';
import { Journal } from '../../store/journal/journal.ts';
import { record } from '../store/samples.ts';
import { hallpass } from './hallpass.ts';

vi.setConfig({ testTimeout: 120_000 });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hallpass-doctor-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const free =
  'proxy: { listen: "127.0.0.1:0" }\nportal: { listen: "127.0.0.1:0" }\nadmin: { listen: "127.0.0.1:0" }\n';

async function doctor(
  yaml: string,
  ...args: string[]
): Promise<{ code: number | null; findings: Finding[] }> {
  await writeFile(join(folder, 'hallpass.yaml'), yaml);
  const { code, stdout } = await hallpass(['doctor', '--json', ...args], { cwd: folder });
  const lines = stdout.split('\n').filter((line) => line !== '');
  return { code, findings: lines.map((line) => JSON.parse(line) as Finding) };
}
const told = (findings: readonly Finding[], about: string) =>
  findings.filter((each) => each.about === about).map(({ verdict, text }) => `${verdict}: ${text}`);

test('a district before its first start', async () => {
  const { code, findings } = await doctor(free);
  expect(code).toBe(0);
  expect(told(findings, 'configuration')).toEqual(['ok: it is complete']);
  expect(told(findings, 'server')).toEqual(['ok: none runs on this data folder']);
  expect(told(findings, 'directory')).toEqual(['warn: there is none: nobody can sign in']);
  expect(told(findings, 'ports')).toHaveLength(3);
  expect(told(findings, 'store')).toEqual(['ok: nothing is recorded yet']);
  expect(told(findings, 'policy')[0]).toMatch(/^ok: none was published yet/);
});

test('a configuration that is wrong: where, and how to mend it', async () => {
  const { code, findings } = await doctor('proxy: { lisen: 1 }\n');
  expect(code).toBe(1);
  expect(findings).toMatchObject([{ about: 'configuration', verdict: 'bad' }]);
  expect(findings[0]?.text).toMatch(/hallpass\.yaml:1:10: unknown key `lisen`: did you mean `listen`\?$/);
});

test('a port that is taken, and a data folder that others can enter', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  await mkdir(join(folder, 'data'));
  await chmod(join(folder, 'data'), 0o755);
  const { code, findings } = await doctor(free.replace('127.0.0.1:0', `127.0.0.1:${port}`));
  taken.close();
  expect(code).toBe(1);
  expect(told(findings, 'ports')[0]).toMatch(/^bad: .*`proxy\.listen` is taken by another program/);
  expect(told(findings, 'disk').join('\n')).toMatch(/warn: others on this machine can enter/);
});

test('too few descriptors, and a clock behind its records', async () => {
  await writeFile(join(folder, 'hallpass.yaml'), `data: ${folder}/data\n`);
  const config = loadConfig({ file: join(folder, 'hallpass.yaml'), env: {} });
  expect(limits(config, 1_024)).toMatchObject({
    verdict: 'warn',
    mend: expect.stringContaining('LimitNOFILE=') as string,
  });
  expect(limits(config, 10_000_000)).toMatchObject({ verdict: 'ok' });
  const journal = Journal.open(join(config.data, 'journal.db'), { lockTimeout: 0 }, 0);
  journal.append([record({ at: 1_000_000_000_000 })]);
  journal.close();
  expect(clock(config, 1_000_000_000_001)).toMatchObject({ verdict: 'ok' });
  expect(clock(config, 999_999_000_000)).toMatchObject({ verdict: 'warn' });
  expect(clock(config, 900_000_000_000)).toMatchObject({ verdict: 'bad' });
});

describe.skipIf(slapdMissing !== null)('with a directory', () => {
  let slapd: Slapd;
  beforeAll(async () => {
    slapd = await Slapd.start();
  });
  afterAll(() => slapd?.remove());

  const withDirectory = (password: string): string =>
    `${free}directory: { servers: ['${slapd.url}'], base: '${base}', bindDn: '${service.dn}', bindPassword: '${password}', ` +
    `schools: { attribute: physicalDeliveryOfficeName } }\n`;

  test('proves the account that searches, and says who somebody is', async () => {
    const { code, findings } = await doctor(withDirectory(service.password), '--user', 'student.g7');
    expect(code).toBe(0);
    const lines = told(findings, 'directory').join('\n');
    expect(lines).toMatch(/ok: `ldap:.*` lets Hallpass search/);
    expect(lines).toMatch(/ok: `student\.g7` is .*, key [0-9a-f-]{36}/);
    expect(lines).toMatch(/ok: groups: .*students/);
    expect(lines).toContain('ok: schools: middle');
    const nobody = await doctor(withDirectory(service.password), '--user', 'nobody');
    expect(told(nobody.findings, 'directory').join('\n')).toContain('bad: it has no person `nobody`');
  });

  test('a wrong password of that account, and a server that is gone', async () => {
    const wrong = await doctor(withDirectory('wrong'));
    expect([wrong.code, told(wrong.findings, 'directory')[0]]).toEqual([
      1,
      expect.stringMatching(/^bad: .*refuses the account/),
    ]);
    await slapd.down();
    const gone = await doctor(withDirectory(service.password));
    expect([gone.code, told(gone.findings, 'directory')[0]]).toEqual([1, expect.stringMatching(/^bad: /)]);
    await slapd.up();
  });
});

test('admin pages that are not built are named, with what builds them', () => {
  expect(adminPages(true)).toMatchObject({ verdict: 'ok' });
  expect(adminPages(false)).toMatchObject({
    verdict: 'warn',
    mend: expect.stringContaining('npm run build') as string,
  });
});
