/**
 * What the admin interface takes over a million blocks, through HTTP and with everything on (session, right, scope, audit
 * trail), while the proxy goes on blocking: p50, p95 and the longest of each list and filter; then, in short rounds in
 * turns, block pages and their acknowledgements with lists, without, and with a burner of processor time in their place.
 * `node benchmarks/admin-api.ts [RECORDS] [ROUNDS]`
 */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { join } from 'node:path';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { District, through } from '../tests/integration/district.ts';
import { acknowledgements } from './acknowledgement/rounds.ts';
import { fillJournal } from './district-year.ts';
import { machine, percentileOf } from './table.ts';

const row = (name: string, took: number[]): string => {
  const sorted = took.sort((a, b) => a - b);
  return `| ${[name, String(sorted.length), ...[0.5, 0.95, 1].map((p) => percentileOf(sorted, p).toFixed(1))].join(' | ')} |`;
};
const head = ['| milliseconds | times | p50 | p95 | longest |', '| --- | --- | --- | --- | --- |'];

type Get = (path: string) => Promise<{ readonly next?: string | null }>;

async function signIn({ adminPort }: District, login: string): Promise<Get> {
  const base = `http://127.0.0.1:${String(adminPort)}`;
  const answer = await fetch(`${base}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ login, password: `demo-${login}` }),
  });
  const [cookie = ''] = (answer.headers.get('set-cookie') ?? '').split(';');
  return async (path) => {
    const reply = await fetch(`${base}${path}`, { headers: { cookie } });
    if (reply.status !== 200) throw new Error(`${path}: ${String(reply.status)} ${await reply.text()}`);
    return (await reply.json()) as { readonly next?: string | null };
  };
}

/** Pages of a list, each where the one before it ended; from the beginning again after its last. */
async function timed(get: Get, path: string, times: number): Promise<number[]> {
  const took: number[] = [];
  let cursor: string | null = null;
  for (let round = 0; round < times; round += 1) {
    const whole: string = cursor === null ? path : `${path}${path.includes('?') ? '&' : '?'}cursor=${cursor}`;
    const before = performance.now();
    const { next = null } = await get(whole);
    took.push(performance.now() - before);
    cursor = next;
  }
  return took;
}

const since = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();
const lists = [
  '/api/blocks',
  '/api/blocks?host=h1.test',
  '/api/blocks?host=h19998.test',
  '/api/blocks?rule=rule-1',
  '/api/blocks?rule=rule-39&action=warn',
  '/api/blocks?action=warn',
  '/api/blocks?action=allow',
  '/api/blocks?clause=games',
  '/api/blocks?person=student47',
  '/api/blocks?person=student47&host=h1.test',
  `/api/blocks?from=${since(30)}&to=${since(29)}`,
  '/api/today',
  '/api/reviews',
] as const;

/** One blocked page after another, each by another student of the demo, until told to stop; in a thread of its own. */
async function blockPages(place: Place): Promise<void> {
  const took: number[] = [];
  let going = true;
  parentPort?.once('message', () => (going = false));
  for (let n = 0; going; n += 1) {
    const before = performance.now();
    const { status } = await through(
      place,
      `http://${place.games}/${String(n)}`,
      `student.g${String(6 + (n % 3))}`,
    );
    if (status !== 403) throw new Error(`not blocked: ${String(status)}`);
    took.push(performance.now() - before);
    await pause(5);
  }
  parentPort?.postMessage(took);
}

interface Place {
  readonly proxyPort: number;
  readonly games: string;
}

/** How long block pages took while the work was done. */
async function beside(place: Place, work: () => Promise<void>): Promise<number[]> {
  const worker = new Worker(new URL(import.meta.url), { workerData: place });
  await work();
  const done = once(worker, 'message') as Promise<[number[]]>;
  worker.postMessage('stop');
  return (await done)[0];
}

async function measure(district: District, rounds: number, say: (line: string) => void): Promise<void> {
  const readers = [
    ['whole district', await signIn(district, 'cto')],
    ['one school', await signIn(district, 'principal.middle')],
  ] as const;
  const place = { proxyPort: district.proxyPort, games: district.at('games') };
  head.forEach(say);
  await beside(place, async () => {
    for (const [who, get] of readers)
      for (const path of lists)
        say(row(`${path.replace(/\d{4}-[^&]*/g, '…')}, ${who}`, await timed(get, path, 40)));
  });
  const table = await acknowledgements({
    ...{ rounds, length: 2_000, pid: district.pid, log: () => district.log },
    pages: (work) => beside(place, work),
    list: async (n) => {
      const [, get] = readers[n % 2 === 0 ? 0 : 1];
      await timed(get, lists[n % lists.length] ?? lists[0], 1);
    },
  });
  say('');
  table.forEach(say);
}

const measuring = new URL('./acknowledgement/serve.ts', import.meta.url);

async function main(): Promise<void> {
  const [records = 1_000_000, rounds = 12] = process.argv.slice(2).map(Number);
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const district = await District.start({ launcher: fileURLToPath(measuring) });
  try {
    await district.kill('SIGTERM');
    const journal = join(district.data, 'journal.db');
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${journal}${suffix}`, { force: true });
    process.stderr.write(`filling ${records.toLocaleString('en-US')} records …\n`);
    const schoolOf = (n: number): string => (n === 7 ? 'middle' : `school-${String(n)}`);
    fillJournal(journal, records, { now: Date.now() - 60_000, schoolOf });
    await district.up();
    say(`${machine()}; ${records.toLocaleString('en-US')} records, ${String(rounds)} rounds\n`);
    await measure(district, rounds, say);
  } finally {
    await district.stop();
  }
}

if (isMainThread) await main();
else await blockPages(workerData as Place);
