/** A record survives: kill -9 under load, and the order of system calls. */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { slapdMissing } from '../directory/slapd.ts';
import { District, through } from './district.ts';

const rounds = process.env['HALLPASS_TEST_LONG'] === '1' ? 50 : 10;
const html = { Accept: 'text/html' };

describe.skipIf(slapdMissing !== null)('kill -9 at a random moment under 200 blocks a second', () => {
  test(
    `every complete page has exactly one record (${rounds} kills)`,
    { timeout: rounds * 20_000 },
    async () => {
      const district = await District.start();
      const complete: string[] = [];
      try {
        const games = `http://${district.at('games')}`;
        for (let round = 0; round < rounds; round++) {
          await through(district, `${games}/warm`, 'student.g7', html);
          let killed = false;
          const ask = async (): Promise<void> => {
            const nonce = randomUUID();
            const answer = await through(district, `${games}/${nonce}`, 'student.g7', html).catch(() => null);
            if (
              answer?.status === 403 &&
              answer.body.includes('data-record="') &&
              !answer.body.includes('data-record=""')
            )
              complete.push(nonce);
          };
          const asked: Promise<void>[] = [];
          const load = (async () => {
            while (!killed) {
              asked.push(ask());
              await pause(5);
            }
          })();
          await pause(100 + Math.random() * 900);
          await district.kill('SIGKILL');
          killed = true;
          await load;
          await Promise.all(asked);
          await district.up();
        }
        const counts = new Map<string, number>();
        for (const { url } of await district.blocks()) {
          const nonce = url.slice(url.lastIndexOf('/') + 1);
          counts.set(nonce, (counts.get(nonce) ?? 0) + 1);
        }
        expect(complete.length).toBeGreaterThan(rounds * 10);
        expect(complete.filter((nonce) => counts.get(nonce) !== 1)).toEqual([]);
        process.stderr.write(
          `${complete.length} complete pages over ${rounds} kills, each with exactly one record\n`,
        );
      } finally {
        await district.stop();
      }
    },
  );
});

const straceMissing = spawnSync('strace', ['-V']).status !== 0;
if (straceMissing && process.env['HALLPASS_TEST_REQUIRE_ALL'] === '1')
  throw new Error('strace is not installed');

describe.skipIf(slapdMissing !== null || straceMissing)('under strace', () => {
  test(
    'every block page is written after a completed sync of the WAL that holds its record',
    { timeout: 180_000 },
    async () => {
      const trace = join(tmpdir(), `hallpass-strace-${randomUUID()}`);
      const calls = 'trace=fsync,fdatasync,write,writev,sendto,sendmsg';
      const district = await District.start({
        wrap: ['strace', '-f', '-y', '-s', '32', '-e', calls, '-o', trace],
      });
      const pages = 20;
      try {
        const games = `http://${district.at('games')}`;
        // One after the other, so that the sync before each page can only be its own.
        for (let i = 0; i < pages; i++) {
          expect((await through(district, `${games}/${i}`, 'student.g7', html)).status).toBe(403);
        }
      } finally {
        await district.stop();
      }
      const order = syncsAndPages(readFileSync(trace, 'latin1'));
      expect(order.replaceAll(/s+/g, 's').replace(/s$/, '')).toBe('sp'.repeat(pages));
    },
  );
});

/** `s` for each completed sync of the journal's WAL, `p` for each write of a block page, in their order. */
function syncsAndPages(trace: string): string {
  const syncing = new Set<string>();
  let order = '';
  for (const line of trace.split('\n')) {
    const [pid = ''] = line.split(' ', 1);
    if (/f(data)?sync\(\d+<[^>]*journal\.db-wal>/.test(line)) {
      if (line.endsWith('<unfinished ...>')) syncing.add(pid);
      else if (line.endsWith('= 0')) order += 's';
    } else if (/<\.\.\. f(data)?sync resumed>.*= 0$/.test(line) && syncing.delete(pid)) order += 's';
    else if (line.includes('"HTTP/1.1 403')) order += 'p';
  }
  return order;
}
