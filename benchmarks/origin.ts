/** The origin: nginx with two files, on a core that it shares with the load. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Running } from './processes.ts';
import { start } from './processes.ts';

export const files = { '1 KB': '/1k.html', '100 KB': '/100k.html' } as const;

const line = '<p>The quick brown fox jumps over the lazy dog, and the library opens at eight.</p>\n';
const page = (bytes: number): string => line.repeat(Math.ceil(bytes / line.length)).slice(0, bytes);

export async function startOrigin(folder: string, port: number, core: number): Promise<Running> {
  const root = join(folder, 'www');
  mkdirSync(root);
  writeFileSync(join(root, '1k.html'), page(1_024));
  writeFileSync(join(root, '100k.html'), page(102_400));
  const config = join(folder, 'nginx.conf');
  writeFileSync(
    config,
    `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/nginx-error.log; user root;
events { worker_connections 4096; }
http {
  access_log off; sendfile on; tcp_nodelay on; keepalive_requests 10000000; keepalive_timeout 600s;
  types { text/html html; }
  client_body_temp_path ${folder}/t1; proxy_temp_path ${folder}/t2; fastcgi_temp_path ${folder}/t3;
  uwsgi_temp_path ${folder}/t4; scgi_temp_path ${folder}/t5;
  server { listen 127.0.0.1:${port}; root ${root}; }
}
`,
  );
  return start(core, port, ['nginx', '-c', config]);
}
