/** The block path under load: every request is blocked, recorded, and its page sent after the record is on disk. */
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import autocannon from 'autocannon';
import type { BenchDistrict } from './hallpass.ts';
import { originHost } from './hallpass.ts';

/** @throws Error when nothing was recorded, or more pages than records were sent */
export async function blockPath(
  district: BenchDistrict,
  originPort: number,
  seconds: number,
): Promise<string> {
  const requests = district.students.map((authorization) => ({
    method: 'GET' as const,
    path: `http://${originHost}:${originPort}/1k.html`,
    headers: {
      host: `${originHost}:${originPort}`,
      'proxy-authorization': authorization,
      accept: 'text/html',
    },
  }));
  const result = await autocannon({
    url: `http://127.0.0.1:${district.proxyPort}`,
    connections: 32,
    duration: seconds,
    requests,
  });
  const pages = result['4xx'];
  const recorded = count(district.data);
  if (recorded === 0 || recorded < pages) throw new Error(`${pages} block pages, but ${recorded} records`);
  const { p50, p99 } = result.latency;
  return (
    `Blocks (autocannon, 32 connections, HTML pages, each recorded before it is sent): ` +
    `${Math.round(pages / seconds).toLocaleString('en')} a second, latency p50 ${p50} ms, p99 ${p99} ms; ` +
    `${recorded.toLocaleString('en')} records on disk.`
  );
}

function count(data: string): number {
  const journal = new DatabaseSync(join(data, 'journal.db'), { readOnly: true });
  const row = journal.prepare('SELECT count(*) AS n FROM records').get();
  journal.close();
  return Number(row?.['n'] ?? 0);
}
