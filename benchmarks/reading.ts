/**
 * What reviewers ask of a journal of a million records while records go on arriving: p50, p95 and the longest of each list,
 * filter and count, and how long appends waited beside them. `node benchmarks/reading.ts [RECORDS]`
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { openJournalReader } from '../store/blocks.ts';
import { Journal } from '../store/journal/journal.ts';
import { BlocksReading } from '../store/reading/blocks-page.ts';
import type { BlocksPageFilter } from '../store/reading/blocks-page.ts';
import { countsByHour, countsByRule, countsBySchool } from '../store/reading/counts.ts';
import type { Scope } from '../store/reading/scope.ts';
import { person, record } from '../tests/store/samples.ts';
import { fillJournal } from './district-year.ts';

const now = Date.UTC(2026, 8, 1, 9);
const day = 86_400_000;

/** Appends some 200 a second until told to stop, and reports how long each took. */
async function write(path: string): Promise<void> {
  const journal = Journal.open(path, { lockTimeout: 250 }, 0);
  parentPort?.postMessage('ready');
  const took: number[] = [];
  let going = true;
  parentPort?.once('message', () => (going = false));
  for (let next = performance.now(); going; next += 5) {
    while (performance.now() < next) await turn();
    const before = performance.now();
    journal.append([record({ at: Date.now(), person: person(took.length % 100) })]);
    took.push(performance.now() - before);
  }
  journal.close();
  parentPort?.postMessage(took);
}

const markdown = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const percentile = (sorted: readonly number[], p: number): string =>
  (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? 0).toFixed(1);

function timed(name: string, times: number, work: (round: number) => void): string[] {
  const took: number[] = [];
  for (let round = 0; round < times; round += 1) {
    const before = performance.now();
    work(round);
    took.push(performance.now() - before);
  }
  took.sort((a, b) => a - b);
  return [name, percentile(took, 0.5), percentile(took, 0.95), percentile(took, 1)];
}

const cto: Scope = { students: 'all', staff: 'all', viewer: null };
const principal: Scope = { students: ['school-7'], staff: [], viewer: person(9).key };
const two: Scope = { ...principal, students: ['school-7', 'school-8'] };
const lists: readonly (readonly [string, Scope, BlocksPageFilter])[] = [
  ['newest, whole district', cto, {}],
  ['newest, one school', principal, {}],
  ['newest, two schools', two, {}],
  ['a day last month, one school', principal, { from: now - 30 * day, to: now - 29 * day }],
  ['a common host, one school', principal, { host: 'h1.test' }],
  ['a rare host, whole district', cto, { host: 'h19998.test' }],
  ['a common rule, one school', principal, { rule: 'rule-1' }],
  ['a rare rule and warn, one school', principal, { rule: 'rule-39', action: 'warn' }],
  ['warn, one school', principal, { action: 'warn' }],
  ['allow (none), whole district', cto, { action: 'allow' }],
  ['allow (none), one school', principal, { action: 'allow' }],
  ['staff, whole district', cto, { about: 'staff' }],
  ['a clause, one school', principal, { clause: 'games' }],
  ['a clause that is not there', cto, { clause: 'nothing' }],
  ['one person', principal, { person: 'student47' }],
  ['one person and a host', cto, { person: 'student47', host: 'h1.test' }],
  ['a host, another school', { ...principal, students: ['nowhere'] }, { host: 'h1.test' }],
];

function read(path: string): string[][] {
  const database = openJournalReader(path);
  const reading = new BlocksReading(database);
  const rows = lists.map(([name, scope, filter]) => {
    let cursor: string | null = null;
    return timed(name, 60, () => {
      cursor = reading.page(scope, filter, cursor, 50).next;
    });
  });
  const today = [now - day, now] as const;
  const counts = (name: string, scope: Scope): string[][] => [
    timed(`counts by school of a day, ${name}`, 20, () => countsBySchool(database, scope, ...today)),
    timed(`counts by hour of a day, ${name}`, 20, () => countsByHour(database, scope, ...today)),
    timed(`counts by rule of a day, ${name}`, 20, () => countsByRule(database, scope, ...today, 10)),
  ];
  const all = [...rows, ...counts('whole district', cto), ...counts('one school', principal)];
  database.close();
  return all;
}

async function appendsBeside(path: string, work: () => void | Promise<void>): Promise<readonly string[]> {
  const writer = new Worker(new URL(import.meta.url), { workerData: { path } });
  await once(writer, 'message');
  await work();
  const done = new Promise<number[]>((resolve) => writer.once('message', resolve));
  writer.postMessage('stop');
  const took = (await done).sort((a, b) => a - b);
  return [String(took.length), percentile(took, 0.5), percentile(took, 0.99), percentile(took, 1)];
}

async function main(): Promise<void> {
  const records = Number(process.argv[2] ?? 1_000_000);
  const folder = mkdtempSync(join(tmpdir(), 'hallpass-reading-'));
  const path = join(folder, 'journal.db');
  try {
    process.stderr.write(`filling ${records.toLocaleString('en-US')} records …\n`);
    fillJournal(path, records, { now, schoolOf: (n) => `school-${String(n)}` });
    let rows: string[][] = [];
    const beside = await appendsBeside(path, () => void (rows = read(path)));
    const alone = await appendsBeside(path, () => new Promise((resolve) => setTimeout(resolve, 5_000)));
    process.stdout.write(`${markdown(['milliseconds', 'p50', 'p95', 'longest'], rows)}\n`);
    const appends = [
      ['beside the reader', ...beside],
      ['alone', ...alone],
    ];
    process.stdout.write(`${markdown(['appends, ms', 'count', 'p50', 'p99', 'longest'], appends)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (isMainThread) await main();
else await write((workerData as { path: string }).path);
