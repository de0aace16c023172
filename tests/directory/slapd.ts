/** A real slapd on loopback for tests: the demo district loaded by slapadd, stopped by its own process. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'ldapts';

export const base = 'dc=demo,dc=test';
export const service = { dn: 'cn=hallpass,ou=services,dc=demo,dc=test', password: 'demo-hallpass' };
const district = new URL('../../rules/demo/district.ldif', import.meta.url).pathname;

const sbin = (name: string) =>
  ['/usr/sbin', '/usr/local/sbin', '/usr/libexec'].map((folder) => join(folder, name)).find(existsSync);

/** Why tests against a real slapd cannot run here; null when they can. With HALLPASS_TEST_REQUIRE_ALL=1 it throws. */
export const slapdMissing = ((): string | null => {
  const missing = ['slapd', 'slapadd'].filter((name) => sbin(name) === undefined);
  if (missing.length === 0) return null;
  const reason = `${missing.join(' and ')} not installed: tests against a real slapd are skipped`;
  if (process.env['HALLPASS_TEST_REQUIRE_ALL'] === '1') throw new Error(reason);
  process.stderr.write(`${reason}\n`);
  return reason;
})();

export interface SlapdTls {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  /** Refuse clients without a certificate of the CA. */
  readonly demandClient?: boolean;
}

export interface Tree {
  readonly suffix: string;
  readonly ldif: string;
  /** The account that searches. */
  readonly service: { readonly dn: string; readonly password: string };
}

export interface SlapdOptions {
  readonly tls?: SlapdTls;
  /** Another tree instead of the demo district. */
  readonly tree?: Tree;
  /** LDIF to load behind the demo district. */
  readonly more?: string;
  /** Lines for the database section of slapd.conf. */
  readonly config?: string;
  /** Lines before the database section. */
  readonly globalConfig?: string;
}

export class Slapd {
  readonly folder: string;
  readonly port: number;
  readonly tlsPort: number;
  #process: ChildProcess | undefined;
  #log = '';
  #service = service;

  private constructor(folder: string, port: number, tlsPort: number) {
    this.folder = folder;
    this.port = port;
    this.tlsPort = tlsPort;
  }

  static async start(options: SlapdOptions = {}): Promise<Slapd> {
    const folder = await mkdtemp(join(tmpdir(), 'hallpass-slapd-'));
    const slapd = new Slapd(folder, await freePort(), await freePort());
    await mkdir(join(folder, 'db'));
    await writeFile(join(folder, 'slapd.conf'), configuration(folder, options));
    const ldif = join(folder, 'load.ldif');
    await writeFile(
      ldif,
      `${options.tree?.ldif ?? (await readFile(district, 'utf8'))}\n\n${options.more ?? ''}`,
    );
    const loaded = spawnSync(sbin('slapadd') ?? '', ['-q', '-f', join(folder, 'slapd.conf'), '-l', ldif], {
      encoding: 'utf8',
    });
    if (loaded.status !== 0) throw new Error(`slapadd failed: ${loaded.stderr}`);
    slapd.#service = options.tree?.service ?? service;
    await slapd.up();
    return slapd;
  }

  get url(): string {
    return `ldap://127.0.0.1:${this.port}`;
  }

  get tlsUrl(): string {
    return `ldaps://127.0.0.1:${this.tlsPort}`;
  }

  /** Starts the server process and waits until it answers. */
  async up(): Promise<void> {
    const urls = `ldap://127.0.0.1:${this.port}/ ldaps://127.0.0.1:${this.tlsPort}/`;
    const child = spawn(
      sbin('slapd') ?? '',
      ['-d', 'stats', '-f', join(this.folder, 'slapd.conf'), '-h', urls],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#log += text));
    this.#process = child;
    for (let attempt = 0; attempt < 200; attempt += 1) {
      if (child.exitCode !== null) throw new Error(`slapd ended: ${this.#log}`);
      if (await answers(this.url, this.#service)) return;
      await pause(25);
    }
    throw new Error(`slapd does not answer: ${this.#log}`);
  }

  /** Ends the server process, at once: connections break as in a crash. */
  async down(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** Stops the process where it stands: it accepts connections and answers nothing. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  async remove(): Promise<void> {
    await this.down();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Simple bind requests so far whose DN contains a text, from slapd's own log. */
  async binds(dn: string): Promise<number> {
    // The log comes through a pipe: what the last answer wrote may still be on its way.
    await pause(100);
    return this.#log
      .split('\n')
      .filter((line) => line.includes(' BIND dn="') && line.includes('method=128') && line.includes(dn))
      .length;
  }

  async log(): Promise<string> {
    await pause(100);
    return this.#log;
  }

  /** Forgets what was logged so far, that which is still on its way through the pipe too. */
  async clearLog(): Promise<void> {
    await pause(200);
    this.#log = '';
  }

  /** Works on the directory as its administrator. */
  async admin<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ url: this.url });
    await client.bind(`cn=admin,${base}`, 'test-admin');
    try {
      return await work(client);
    } finally {
      await client.unbind();
    }
  }
}

const answers = async (url: string, account: Tree['service']): Promise<boolean> => {
  const client = new Client({ url, connectTimeout: 500, timeout: 500 });
  try {
    await client.bind(account.dn, account.password);
    return true;
  } catch (error) {
    return error instanceof Error && error.name === 'ConfidentialityRequiredError';
  } finally {
    await client.unbind().catch(() => undefined);
  }
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

const configuration = (
  folder: string,
  { tls, tree, config = '', globalConfig = '' }: SlapdOptions,
): string => `
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile ${folder}/slapd.pid
threads 8
conn_max_pending 1000
${
  tls === undefined
    ? ''
    : `TLSCACertificateFile ${tls.ca}
TLSCertificateFile ${tls.certificate}
TLSCertificateKeyFile ${tls.key}
TLSVerifyClient ${tls.demandClient === true ? 'demand' : 'never'}`
}
${globalConfig}
database mdb
maxsize 268435456
suffix "${tree?.suffix ?? base}"
rootdn "cn=admin,${tree?.suffix ?? base}"
rootpw test-admin
directory ${folder}/db
dbnosync
sizelimit unlimited
index objectClass,uid,mail,member,uniqueMember,memberUid,entryUUID eq
${config}
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="${(tree?.service ?? service).dn}" read by dn.exact="cn=client,o=test" read by * none
`;
