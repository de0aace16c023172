/**
 * How long a block page waits for its record: acknowledgement latency at 200 appends a second over 1,000,000 records,
 * alone, and while an export reads all of them in another thread and the purge deletes the older half.
 *
 *     node benchmarks/journal.ts [--rows 1000000] [--seconds 20] [--rate 200]
 */
import { closeSync, fsyncSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { Journal } from '../store/journal/journal.ts';
import { openJournalReader, queryBlocks } from '../store/blocks.ts';
import { options } from '../store/options.ts';
import { startRecordThread } from '../store/record-thread.ts';
import type { BlockRecord } from '../store/record.ts';
import { person, record } from '../tests/store/samples.ts';

const day = 86_400_000;

interface Load {
  readonly path: string;
  readonly seconds: number;
  readonly rate: number;
  readonly retention: number;
}

function recordNumber(n: number, at: number): BlockRecord {
  const kind = n % 4 === 0 ? 'repeat' : 'page';
  const url = `http://games${String(n % 500)}.demo.test/level/${String(n)}`;
  const host = `games${String(n % 500)}.demo.test`;
  const schools = [`school-${String(n % 40)}`];
  return record({
    at,
    person: person(n % 20_000),
    ip: `10.1.${String(n % 200)}.7`,
    kind,
    url,
    host,
    schools,
  });
}

/** Half of the records are past a retention of 90 days, as if the purge had never run. Written as SQL: it is faster. */
function fill(path: string, rows: number): void {
  const journal = Journal.open(path, { lockTimeout: 1_000 }, Date.now());
  const start = Date.now() - 180 * day;
  journal.append([record({ at: start, person: person(0) })]);
  // Only the filling is hurried: what is measured opens the journal anew.
  journal.database.exec(
    'PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; PRAGMA wal_autocheckpoint = 50000',
  );
  journal.database.exec(`
    BEGIN;
    WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 19999)
    INSERT INTO subjects (key, login, name)
    SELECT format('00000000-0000-4000-8000-%012d', i), 'student' || i, 'Student ' || i FROM n;
    WITH RECURSIVE n (i) AS (VALUES (2) UNION ALL SELECT i + 1 FROM n WHERE i < ${String(rows)})
    INSERT INTO records (seq, id, at, subject, ip, method, url, host, rule, clause, edition, action, kind)
    SELECT i, format('00000000-0000-7000-8000-%012d', i), ${String(start)} + i * ${String(Math.floor((180 * day) / rows))},
      1 + i * 7919 % 20000, '10.1.' || (i % 200) || '.7', 'GET', 'http://games' || (i % 500) || '.demo.test/level/' || i,
      'games' || (i % 500) || '.demo.test', 'no-games', 1, 1, 'block', 'page' FROM n;
    INSERT INTO record_schools SELECT 'school-' || (seq % 40), at, seq, 0 FROM records WHERE seq > 1;
    INSERT INTO repeats SELECT id, seq, at, 1 FROM records WHERE seq % 4 = 0;
    COMMIT`);
  journal.close();
  const file = openSync(path, 'r+');
  fsyncSync(file);
  closeSync(file);
}

/** Milliseconds for which this thread was ready to run and had no processor; null where the system does not tell. */
function waitedForProcessor(): number | null {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[1]) / 1_000_000;
  } catch {
    return null;
  }
}

/** In the record thread: appends at an even rate, as if proxy threads asked, and measures until each acknowledgement. */
async function appendEvenly({ path, seconds, rate, retention }: Load): Promise<object> {
  const log = {
    info: () => undefined,
    error: (fields: object, message: string) => console.error(message, fields),
  };
  const thread = startRecordThread({ path, options: options.parse({ retention }), log });
  const latencies: number[] = [];
  const open: Promise<void>[] = [];
  const begin = performance.now();
  const waitedBefore = waitedForProcessor();
  for (let n = 0; n < seconds * rate; n += 1) {
    const due = begin + (n * 1_000) / rate;
    while (performance.now() < due) await new Promise((resolve) => setTimeout(resolve, 1));
    // From when it was due, so that a thread that is stalled counts the stall.
    const acknowledged = thread.api.append(recordNumber(n, Date.now())).then(({ kind }) => {
      if (kind !== 'recorded') throw new Error('the store was unavailable');
      latencies.push(performance.now() - due);
    });
    open.push(acknowledged);
  }
  await Promise.all(open);
  const waited = waitedForProcessor();
  const withoutProcessor =
    waited === null || waitedBefore === null
      ? 'unknown'
      : `${(((waited - waitedBefore) / (performance.now() - begin)) * 100).toFixed(0)} % of the time`;
  thread.close();
  latencies.sort((a, b) => a - b);
  const at = (share: number) => (latencies[Math.floor(latencies.length * share)] ?? NaN).toFixed(2);
  const [p50, p99, p999, max] = [at(0.5), at(0.99), at(0.999), at(0.999_999_9)];
  return { appends: latencies.length, p50, p99, p999, max, withoutProcessor };
}

function exportAll(path: string): number {
  const reader = openJournalReader(path);
  let count = 0;
  for (const block of queryBlocks(reader)) count += JSON.stringify(block).length > 0 ? 1 : 0;
  reader.close();
  return count;
}

function inThread<T>(job: object): Promise<T> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: job });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

interface Job {
  readonly append?: Load;
  readonly export?: string;
}

async function work({ append, export: path }: Job): Promise<void> {
  if (append !== undefined) parentPort?.postMessage(await appendEvenly(append));
  if (path !== undefined) parentPort?.postMessage(exportAll(path));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string', default: '1000000' },
      seconds: { type: 'string', default: '40' },
      rate: { type: 'string', default: '200' },
    },
  });
  const [rows, seconds, rate] = [Number(values.rows), Number(values.seconds), Number(values.rate)];
  const folder = mkdtempSync(join(tmpdir(), 'hallpass-journal-'));
  const path = join(folder, 'journal.db');
  try {
    const began = performance.now();
    fill(path, rows);
    const mib = (statSync(path).size / 1_048_576).toFixed(0);
    console.log(
      `${String(rows)} records written in ${((performance.now() - began) / 1_000).toFixed(1)} s, ${mib} MiB`,
    );
    const load = { path, seconds: Math.ceil(seconds / 2), rate, retention: 365 * day };
    console.log('alone (ms)', await inThread({ append: load }));
    let exports = 0;
    let running = true;
    const appended = inThread({ append: { ...load, seconds, retention: 90 * day } }).finally(
      () => (running = false),
    );
    while (running) exports = (await inThread<number>({ export: path })) > 0 ? exports + 1 : exports;
    console.log('with export and purge (ms)', await appended);
    console.log(`exports of the whole journal completed meanwhile: ${String(exports)}`);
    console.log(`records left by the purge: ${String(exportAll(path))}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await (isMainThread ? main() : work(workerData as Job));
