/** Makes the pages from admin-ui/web with Vite: `npm run build`, and before `npm start` where they are missing or stale. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const here = import.meta.dirname;
const web = join(here, 'web');
const built = join(web, 'dist', 'index.html');
const sources = [join(web, 'src'), join(web, 'index.html'), join(web, 'vite.config.ts'), join(here, 'api')];

/** Whether there are no pages, or any source is newer than they are. */
export function isStale(): boolean {
  if (!existsSync(built)) return true;
  const made = statSync(built).mtimeMs;
  return sources.some((source) => newest(source) > made);
}

function newest(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

/**
 * @param onLine gets what Vite says, line by line
 * @throws an error with the last of it when the pages cannot be made
 */
export async function buildWeb(onLine: (line: string) => void): Promise<void> {
  const vite = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin/vite.js');
  const child = spawn(process.execPath, [vite, 'build', web, '--logLevel', 'info'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Whoever runs this may be a test, and the pages are for people all the same.
    env: { NODE_ENV: 'production' },
  });
  let said = '';
  const hear = (bytes: Buffer): void => {
    const text = bytes.toString();
    said = (said + text).slice(-4_000);
    for (const line of text.split('\n')) if (line.trim() !== '') onLine(line);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`the admin pages could not be built:\n${said}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildWeb((line) => process.stdout.write(`${line}\n`));
}
