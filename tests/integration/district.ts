/** The whole of Hallpass as its own process, on the demo district behind a real slapd, with two proxy threads. */
import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startDemoSite } from '../../demo/site.ts';
import type { HttpListener } from '../../threads/http-listener.ts';
import { Slapd } from '../directory/slapd.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const launcher = join(root, 'bin/hallpass.js');

export interface Block {
  readonly id: string;
  readonly at: string;
  readonly user: string | null;
  readonly url: string;
  readonly host: string;
  readonly rule: string;
  readonly clause: string | null;
  readonly clauseText: string | null;
  readonly action: string;
  readonly count: number;
}

export interface DistrictOptions {
  /** LDAP servers instead of the slapd started here. */
  readonly servers?: readonly string[];
  /** Lines of YAML for the end of the configuration. */
  readonly more?: string;
  /** Words before `node …`, such as strace and its options. */
  readonly wrap?: readonly string[];
  /** What runs instead of the launcher. */
  readonly launcher?: string;
  readonly sitePort?: number;
  /** LDIF to load behind the demo district. */
  readonly people?: string;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export class District {
  readonly folder: string;
  readonly proxyPort: number;
  readonly adminPort: number;
  readonly portalPort: number;
  readonly site: HttpListener;
  readonly slapd: Slapd | null;
  readonly #wrap: readonly string[];
  readonly #launcher: string;
  #child: ChildProcess | undefined;
  log = '';

  private constructor(
    folder: string,
    proxyPort: number,
    adminPort: number,
    portalPort: number,
    site: HttpListener,
    slapd: Slapd | null,
    { wrap = [], launcher: program = launcher }: DistrictOptions,
  ) {
    this.folder = folder;
    this.proxyPort = proxyPort;
    this.adminPort = adminPort;
    this.portalPort = portalPort;
    this.site = site;
    this.slapd = slapd;
    this.#wrap = wrap;
    this.#launcher = program;
  }

  static async start(options: DistrictOptions = {}): Promise<District> {
    const folder = mkdtempSync(join(tmpdir(), 'hallpass-district-'));
    const slapd =
      options.servers === undefined
        ? await Slapd.start(options.people === undefined ? {} : { more: options.people })
        : null;
    const site = await startDemoSite({
      folder: join(root, 'rules/demo/site'),
      host: '127.0.0.1',
      port: options.sitePort ?? 0,
    });
    const [proxyPort, adminPort, portalPort] = [await freePort(), await freePort(), await freePort()];
    const district = new District(folder, proxyPort, adminPort, portalPort, site, slapd, options);
    const servers = options.servers ?? [slapd?.url ?? ''];
    writeFileSync(district.config, configuration(district, servers, options.more ?? ''));
    await district.up();
    return district;
  }

  get config(): string {
    return join(this.folder, 'hallpass.yaml');
  }

  get data(): string {
    return join(this.folder, 'data');
  }

  /** `host[:port]` of the demo web site as seen through the proxy. */
  at(name: string): string {
    return `${name}.demo.test:${this.site.port}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  async up(): Promise<void> {
    const [program = '', ...words] = [
      ...this.#wrap,
      process.execPath,
      this.#launcher,
      'serve',
      '--config',
      this.config,
    ];
    const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.on('data', (bytes: Buffer) => (this.log += bytes.toString()));
    this.#child = child;
    for (let attempt = 0; attempt < 600; attempt++) {
      if (child.exitCode !== null) throw new Error(`Hallpass ended: ${this.log}`);
      if ((await httpStatus(this.adminPort, '/readyz')) === 200) return;
      await pause(50);
    }
    throw new Error(`Hallpass does not become ready: ${this.log}`);
  }

  async kill(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null)
      return child?.exitCode ?? null;
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    process.kill(this.#serving(child), signal);
    return ended;
  }

  /** Hallpass itself: strace, which wraps it, takes no signal while it writes to a file. */
  #serving(child: ChildProcess): number {
    const pid = child.pid ?? 0;
    if (this.#wrap.length === 0) return pid;
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
  }

  async stop(): Promise<void> {
    await this.kill('SIGTERM');
    await this.site.close();
    await this.slapd?.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs `hallpass` and gives its exit code and output. */
  run(...words: readonly string[]): Promise<{ code: number; out: string; err: string }> {
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [launcher, ...words],
        { cwd: this.folder, maxBuffer: 64 * 2 ** 20 },
        (error, out, err) => {
          resolve({ code: error === null ? 0 : Number(error.code), out, err });
        },
      );
    });
  }

  async blocks(...words: readonly string[]): Promise<Block[]> {
    const { out, err, code } = await this.run('blocks', '--data', this.data, '--json', ...words);
    if (code !== 0) throw new Error(err);
    return out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Block);
  }

  /** Every byte that Hallpass keeps or has logged, as latin1 text. */
  traces(): string {
    const files = readdirSync(this.data, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    return (
      this.log + files.map((file) => readFileSync(join(file.parentPath, file.name), 'latin1')).join('\n')
    );
  }
}

const configuration = (district: District, servers: readonly string[], more: string): string => `
data: ${district.data}
proxy: { listen: '127.0.0.1:${district.proxyPort}', threads: 2 }
portal: { listen: '127.0.0.1:${district.portalPort}' }
admin:
  listen: '127.0.0.1:${district.adminPort}'
  roles:
    cto: [technology]
    approver: [leadership]
    principal: [principals]
    counsellor: [counsellors]
    teacher: [teachers]
    helpDesk: [help-desk]
    auditor: [auditors]
    staffRecords: [human-resources]
dns:
  hosts: { library.demo.test: 127.0.0.1, games.demo.test: 127.0.0.1, hotline.demo.test: 127.0.0.1 }
upstream: { allow: ['127.0.0.1/32:${district.site.port}', '127.10.0.0/16'] }
directory:
  servers: ${JSON.stringify(servers)}
  preset: openldap
  cleartext: true
  bindDn: cn=hallpass,ou=services,dc=demo,dc=test
  bindPassword: demo-hallpass
  base: dc=demo,dc=test
  groups: { find: member }
  schools: { attribute: physicalDeliveryOfficeName }
policy:
  lists: { folders: ['${join(root, 'rules/lists')}', '${join(root, 'rules/demo')}'] }
${more}`;

export function httpStatus(port: number, path: string): Promise<number> {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on('error', () => resolve(0));
  });
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** One request through the proxy, on a connection of its own. */
export function through(
  district: { readonly proxyPort: number },
  url: string,
  who?: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const credentials = who?.includes(':') === true ? who : `${who}:demo-${who}`;
  const signedIn: Record<string, string> =
    who === undefined
      ? {}
      : { 'Proxy-Authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
  return new Promise((resolve, reject) => {
    get(
      {
        host: '127.0.0.1',
        port: district.proxyPort,
        path: url,
        headers: { Host: new URL(url).host, ...signedIn, ...headers },
        agent: false,
        timeout: 20_000,
      },
      (response) => {
        let body = '';
        response.on('data', (bytes: Buffer) => (body += bytes.toString()));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body, headers: response.headers }),
        );
        response.on('error', reject);
      },
    ).on('error', reject);
  });
}
