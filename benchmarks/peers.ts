/** The peers, each as its own documentation sets it up for this job: no cache, no log, and no filter but e2guardian's. */
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Running } from './processes.ts';
import { start } from './processes.ts';

export interface Peer {
  readonly name: string;
  /** What must be installed. */
  readonly program: string;
  start(folder: string, port: number, core: number): Promise<Running>;
}

const baseline = fileURLToPath(new URL('./baseline-http-proxy.js', import.meta.url));

export const peers: readonly Peer[] = [
  {
    name: 'Squid (no cache, no filter)',
    program: 'squid',
    start: (folder, port, core) => {
      const config = write(folder, 'squid.conf', [
        `http_port 127.0.0.1:${port}`,
        'http_access allow all',
        'cache deny all',
        'cache_mem 0 MB',
        'access_log none',
        `cache_log ${folder}/cache.log`,
        'cache_store_log none',
        `pid_filename ${folder}/squid.pid`,
        `coredump_dir ${folder}`,
        'pinger_enable off',
        'shutdown_lifetime 1 seconds',
      ]);
      return start(core, port, ['squid', '-N', '-n', `bench${port}`, '-f', config]);
    },
  },
  {
    name: 'Privoxy (no filter)',
    program: 'privoxy',
    start: (folder, port, core) => {
      const config = write(folder, 'privoxy.conf', [
        `confdir ${folder}`,
        `logdir ${folder}`,
        `listen-address 127.0.0.1:${port}`,
        'toggle 0',
        'keep-alive-timeout 300',
        'default-server-timeout 60',
        'connection-sharing 1',
        'socket-timeout 300',
        'max-client-connections 512',
        'debug 0',
      ]);
      return start(core, port, ['privoxy', '--no-daemon', config]);
    },
  },
  {
    name: 'tinyproxy',
    program: 'tinyproxy',
    start: (folder, port, core) => {
      const config = write(folder, 'tinyproxy.conf', [
        `Port ${port}`,
        'Listen 127.0.0.1',
        'Timeout 600',
        'MaxClients 512',
        'Allow 127.0.0.1',
        'LogLevel Critical',
        `LogFile "${folder}/tinyproxy.log"`,
      ]);
      return start(core, port, ['tinyproxy', '-d', '-c', config]);
    },
  },
  {
    name: 'e2guardian (its shipped lists)',
    program: 'e2guardian',
    start: (folder, port, core) => {
      // Its workers run as another user, who must reach the lists and the log.
      const own = join(folder, 'e2guardian');
      cpSync('/etc/e2guardian', own, { recursive: true });
      mkdirSync(join(folder, 'e2log'));
      chmodSync(join(folder, 'e2log'), 0o777);
      const settings: Readonly<Record<string, string>> = {
        filterip: '127.0.0.1',
        filterports: String(port),
        loglocation: `${folder}/e2log/access.log`,
        pidfilename: `${folder}/e2log/pid`,
        nodaemon: 'on',
        dockermode: 'off',
      };
      const text = readFileSync(join(own, 'e2guardian.conf'), 'utf8').replaceAll('/etc/e2guardian', own);
      const kept = text
        .split('\n')
        .filter((each) => !new RegExp(`^(${Object.keys(settings).join('|')})\\s*=`).test(each));
      const set = Object.entries(settings).map(
        ([key, value]) => `${key} = ${/^[\w.]+$/.test(value) ? value : `'${value}'`}`,
      );
      const config = write(folder, 'e2guardian/e2guardian.conf', [...kept, ...set]);
      const group = join(own, 'e2guardianf1.conf');
      writeFileSync(group, readFileSync(group, 'utf8').replaceAll('/etc/e2guardian', own));
      return start(core, port, ['e2guardian', '-N', '-c', config]);
    },
  },
  {
    name: 'http-proxy 1.18.1 on Node',
    program: 'node',
    start: (_folder, port, core) => start(core, port, [process.execPath, baseline, String(port)]),
  },
];

function write(folder: string, name: string, lines: readonly string[]): string {
  const file = join(folder, name);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}
