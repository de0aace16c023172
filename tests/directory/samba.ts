/** A real Active Directory on loopback for tests: Samba's domain controller, provisioned into a temporary folder. */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Attribute, Client } from 'ldapts';

const run = promisify(execFile);
const adminPassword = 'Test-Adm1n-Passw0rd';

export const adBase = 'DC=ad,DC=test';
export const adService = { dn: `CN=hallpass,CN=Users,${adBase}`, password: 'Test-Serv1ce-Passw0rd' };

/** Why tests against a real Samba cannot run here; null when they can. With HALLPASS_TEST_REQUIRE_ALL=1 it throws. */
export const sambaMissing = ((): string | null => {
  const parts = ['/usr/sbin/samba', '/usr/bin/samba-tool', '/usr/share/samba/setup/provision.ldif'];
  const missing = parts.filter((part) => !existsSync(part));
  const reason =
    missing.length > 0
      ? `${missing.join(', ')} not installed (samba-ad-dc, samba-ad-provision): tests against Active Directory are skipped`
      : process.getuid?.() !== 0
        ? 'not root, so no port 389: tests against Active Directory are skipped'
        : null;
  if (reason === null) return null;
  if (process.env['HALLPASS_TEST_REQUIRE_ALL'] === '1') throw new Error(reason);
  process.stderr.write(`${reason}\n`);
  return reason;
})();

export class Samba {
  readonly folder: string;
  readonly host: string;
  #process: ChildProcess | undefined;

  private constructor(folder: string, host: string) {
    this.folder = folder;
    this.host = host;
  }

  static async start(): Promise<Samba> {
    // Its ports are fixed, so each run takes a loopback address of its own.
    const random = () => 1 + Math.floor(Math.random() * 254);
    const samba = new Samba(
      await mkdtemp(join(tmpdir(), 'hallpass-samba-')),
      `127.${random()}.${random()}.${random()}`,
    );
    const settings = [
      `interfaces=${samba.host}/8`,
      'bind interfaces only=yes',
      'server services=ldap',
      'dsdb event notification=no',
      `log file=${samba.folder}/samba.log`,
      `pid directory=${samba.folder}`,
      `ncalrpc dir=${samba.folder}/ncalrpc`,
    ];
    await run('samba-tool', [
      ...['domain', 'provision', '--realm=AD.TEST', '--domain=AD', `--adminpass=${adminPassword}`],
      ...[`--targetdir=${samba.folder}/dc`, '--server-role=dc', '--dns-backend=NONE', '--host-ip=127.0.0.1'],
      ...settings.map((setting) => `--option=${setting}`),
    ]);
    await samba.tool(
      'domain',
      'passwordsettings',
      'set',
      '--account-lockout-threshold=3',
      '--complexity=off',
    );
    samba.#process = spawn('/usr/sbin/samba', ['-i', '-s', samba.configuration], {
      stdio: 'ignore',
      detached: true,
    });
    await samba.#answers();
    await samba.addPeople({ hallpass: adService.password });
    return samba;
  }

  get configuration(): string {
    return join(this.folder, 'dc/etc/smb.conf');
  }

  get url(): string {
    return `ldaps://${this.host}`;
  }

  /** The CA that the provisioning made for its own certificate. */
  get ca(): string {
    return join(this.folder, 'dc/private/tls/ca.pem');
  }

  /** The name in that certificate. */
  async certificateName(): Promise<string> {
    const { X509Certificate } = await import('node:crypto');
    const pem = await readFile(join(this.folder, 'dc/private/tls/cert.pem'));
    return /CN=([^\n,]+)/.exec(new X509Certificate(pem).subject)?.[1] ?? '';
  }

  /** `samba-tool` on this domain's own database. */
  async tool(...words: string[]): Promise<void> {
    await run('samba-tool', [...words, `--configfile=${this.configuration}`]);
  }

  /** Enabled accounts: login → password. */
  async addPeople(people: Readonly<Record<string, string>>): Promise<void> {
    await this.admin(async (client) => {
      for (const [login, password] of Object.entries(people)) {
        const attributes = {
          objectClass: ['user'],
          sAMAccountName: [login],
          displayName: [`${login} Example`],
          userAccountControl: ['512'],
          // A quoted string in UTF-16 (MS-ADTS §3.1.1.3.1.5.1).
          unicodePwd: [Buffer.from(`"${password}"`, 'utf16le')],
        };
        const list = Object.entries(attributes).map(
          ([type, values]) => new Attribute({ type, values: values as string[] }),
        );
        await client.add(`CN=${login},CN=Users,${adBase}`, list);
      }
    });
  }

  /** Groups by DN part before `CN=Users`, each with the DN parts of its members. */
  async addGroup(
    cn: string,
    sAMAccountName: string,
    groupType: number,
    members: readonly string[],
  ): Promise<void> {
    await this.admin((client) =>
      client.add(`CN=${cn},CN=Users,${adBase}`, {
        objectClass: 'group',
        sAMAccountName,
        groupType: String(groupType),
        ...(members.length === 0
          ? {}
          : { member: members.map((member) => `CN=${member},CN=Users,${adBase}`) }),
      }),
    );
  }

  async stop(): Promise<void> {
    const child = this.#process;
    // It works in many processes: its group, which is of our making and nobody else's, ends whole.
    if (child?.pid !== undefined && child.exitCode === null) {
      process.kill(-child.pid, 'SIGTERM');
      await Promise.race([once(child, 'exit'), pause(5_000)]);
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL');
    }
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Works on the directory as its administrator. */
  async admin<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const [ca, servername] = [await readFile(this.ca), await this.certificateName()];
    const client = new Client({
      url: this.url,
      timeout: 2_000,
      connectTimeout: 500,
      tlsOptions: { ca, servername },
    });
    try {
      await client.bind('administrator@ad.test', adminPassword);
      return await work(client);
    } finally {
      await client.unbind().catch(() => undefined);
    }
  }

  /** Whether the directory takes the password, past Hallpass. */
  async bind(dn: string, password: string): Promise<boolean> {
    const [ca, servername] = [await readFile(this.ca), await this.certificateName()];
    const client = new Client({ url: this.url, tlsOptions: { ca, servername } });
    try {
      return await client.bind(dn, password).then(
        () => true,
        () => false,
      );
    } finally {
      await client.unbind().catch(() => undefined);
    }
  }

  async #answers(): Promise<void> {
    for (let attempt = 0; attempt < 120; attempt += 1) {
      await pause(250);
      if (!existsSync(this.ca)) continue;
      if (await this.admin(async () => true).catch(() => false)) return;
    }
    throw new Error('samba does not answer');
  }
}
