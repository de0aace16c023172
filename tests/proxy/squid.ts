/** A real Squid on loopback, as the proxy of a regional network: it alone knows where the names of `hosts` live. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../integration/district.ts';
import { missing } from '../optional.ts';

const program = '/usr/sbin/squid';
export const squidMissing = missing(
  existsSync(program),
  'squid is not installed: tests of a parent proxy are skipped',
);

export interface Squid {
  readonly port: number;
  /** Lines of its access log: method, target, status, name that signed in. */
  log(): Promise<string[]>;
  stop(): Promise<void>;
}

export interface SquidOptions {
  readonly hosts: Readonly<Record<string, string>>;
  /** `user:password` that it asks for. */
  readonly account?: string;
  /** A host that it refuses. */
  readonly denied?: string;
}

export async function startSquid({ hosts, account, denied }: SquidOptions): Promise<Squid> {
  const folder = await mkdtemp(join(tmpdir(), 'hallpass-squid-'));
  // Started by root, Squid becomes a user of its own.
  await chmod(folder, 0o777);
  const file = (name: string) => join(folder, name);
  const port = await freePort();
  const lines = Object.entries(hosts).map(([name, address]) => `${address} ${name}`);
  await writeFile(file('hosts'), `${lines.join('\n')}\n`);
  await writeFile(file('ask.sh'), helper(account ?? ''), { mode: 0o755 });
  await writeFile(file('squid.conf'), configuration(folder, port, account !== undefined, denied));
  const child = spawn(program, ['-N', '-n', `test${port}`, '-f', file('squid.conf')], { stdio: 'ignore' });
  await listening(port);
  return {
    port,
    log: async () => {
      await pause(100);
      return (await readFile(file('access.log'), 'utf8')).trim().split('\n');
    },
    stop: async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const answered = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await pause(50);
  }
  throw new Error('squid does not answer');
}

/** Squid's basic authentication helper protocol: a line `user password` in, `OK` or `ERR` out. */
const helper = (account: string): string =>
  `#!/bin/sh\nwhile read -r user password; do\n  [ "$user:$password" = '${account}' ] && echo OK || echo ERR\ndone\n`;

const configuration = (folder: string, port: number, asks: boolean, denied?: string): string => `
http_port 127.0.0.1:${port}
hosts_file ${folder}/hosts
${
  asks
    ? `auth_param basic program ${folder}/ask.sh
auth_param basic children 1
auth_param basic realm region
acl known proxy_auth REQUIRED`
    : ''
}
${denied === undefined ? '' : `acl denied dstdomain ${denied}\nhttp_access deny denied`}
http_access allow ${asks ? 'known' : 'all'}
http_access deny all
strip_query_terms off
cache deny all
cache_mem 0 MB
logformat short %rm %ru %>Hs %un
access_log stdio:${folder}/access.log short
cache_log ${folder}/cache.log
cache_store_log none
pid_filename ${folder}/squid.pid
coredump_dir ${folder}
pinger_enable off
shutdown_lifetime 1 seconds
`;
