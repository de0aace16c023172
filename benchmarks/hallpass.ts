/** Hallpass as a district would run it: starter policy and lists, sign-in by LDAP, records on; and proof that all was used. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startDemoDirectory } from '../demo/directory.ts';
import type { Running } from './processes.ts';
import { freePort, start } from './processes.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The origin's name; a list puts it among the games, which staff may play and students may not. */
export const originHost = 'origin.bench.test';

export interface BenchDistrict {
  readonly running: Running;
  readonly proxyPort: number;
  readonly data: string;
  /** Values of `Proxy-Authorization`: staff, for whom the origin is open. */
  readonly staff: readonly string[];
  /** Of students, who are blocked there. */
  readonly students: readonly string[];
}

export async function startHallpass(
  folder: string,
  originPort: number,
  core: number,
): Promise<BenchDistrict> {
  const district = join(folder, 'district');
  mkdirSync(district);
  const staff = people('staff', 1_000);
  const students = people('student', 50);
  writeFileSync(join(district, 'people.ldif'), ldif(staff, students));
  writeFileSync(join(district, 'bench.list'), `@category games\n@source this benchmark\n${originHost}\n`);
  const directory = await startDemoDirectory({
    ldifPath: join(district, 'people.ldif'),
    host: '127.0.0.1',
    port: 0,
  });
  const [proxyPort, adminPort] = [await freePort(), await freePort()];
  const data = join(folder, 'data');
  const config = join(district, 'hallpass.yaml');
  writeFileSync(config, yaml({ originPort, proxyPort, adminPort, directoryPort: directory.port, data }));
  const hallpass = await start(core, proxyPort, [
    'node',
    join(root, 'bin/hallpass.js'),
    'serve',
    '--config',
    config,
  ]);
  await ready(adminPort);
  return {
    running: {
      stop: async () => {
        await hallpass.stop();
        await directory.close();
      },
    },
    proxyPort,
    data,
    staff: staff.map(authorization),
    students: students.map(authorization),
  };
}

/**
 * Signs everyone in once, so that what is measured afterwards is browsing and not the first bell.
 *
 * @throws Error when somebody is not let in
 */
export async function firstBell(district: BenchDistrict, target: string): Promise<void> {
  const waiting = [...district.staff];
  const child = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const answered = await statusThrough(district.proxyPort, target, next);
      if (answered !== 200) throw new Error(`a sign-in at the first bell was answered with ${answered}`);
    }
  };
  await Promise.all(Array.from({ length: 32 }, child));
}

const statusThrough = (port: number, target: string, authorization: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = { Host: new URL(target).host, 'Proxy-Authorization': authorization };
    get({ host: '127.0.0.1', port, path: target, headers, agent: false }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    }).on('error', reject);
  });

const people = (kind: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${kind}${i + 1}`);

const authorization = (login: string): string =>
  `Basic ${Buffer.from(`${login}:pw-${login}`).toString('base64')}`;

function ldif(staff: readonly string[], students: readonly string[]): string {
  let serial = 0;
  const uuid = (): string => `be000000-0000-4000-8000-${String(++serial).padStart(12, '0')}`;
  const entry = (dn: string, lines: readonly string[]): string =>
    `dn: ${dn}\n${lines.join('\n')}\nentryUUID: ${uuid()}\n`;
  const base = 'dc=bench,dc=test';
  const dnOf = (login: string): string => `uid=${login},${base}`;
  const person = (login: string): string =>
    entry(dnOf(login), [
      'objectClass: inetOrgPerson',
      `uid: ${login}`,
      `cn: ${login}`,
      'sn: Bench',
      `userPassword: pw-${login}`,
    ]);
  const group = (name: string, members: readonly string[]): string =>
    entry(`cn=${name},${base}`, [
      'objectClass: groupOfNames',
      `cn: ${name}`,
      ...members.map((each) => `member: ${dnOf(each)}`),
    ]);
  return [
    entry(base, ['objectClass: dcObject', 'objectClass: organization', 'dc: bench', 'o: Bench']),
    entry(`cn=hallpass,${base}`, [
      'objectClass: organizationalRole',
      'objectClass: simpleSecurityObject',
      'cn: hallpass',
      'userPassword: pw',
    ]),
    ...[...staff, ...students].map(person),
    group('staff', staff),
    group('students-9-12', students),
  ].join('\n');
}

interface Ports {
  readonly originPort: number;
  readonly proxyPort: number;
  readonly adminPort: number;
  readonly directoryPort: number;
  readonly data: string;
}

const yaml = ({ originPort, proxyPort, adminPort, directoryPort, data }: Ports): string => `data: ${data}
proxy: { listen: '127.0.0.1:${proxyPort}', threads: 1 }
portal: { listen: '127.0.0.1:0' }
admin: { listen: '127.0.0.1:${adminPort}' }
dns: { hosts: { ${originHost}: 127.0.0.1 } }
upstream: { allow: ['127.0.0.1/32:${originPort}'] }
directory:
  servers: ['ldap://127.0.0.1:${directoryPort}']
  preset: openldap
  cleartext: true
  bindDn: cn=hallpass,dc=bench,dc=test
  bindPassword: pw
  base: dc=bench,dc=test
  groups: { find: member }
policy:
  lists: { folders: ['${join(root, 'rules/lists')}', .] }
`;

async function ready(adminPort: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if ((await status(adminPort)) === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('Hallpass did not become ready');
}

const status = (port: number): Promise<number> =>
  new Promise((resolve) => {
    get({ host: '127.0.0.1', port, path: '/readyz' }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on('error', () => resolve(0));
  });
