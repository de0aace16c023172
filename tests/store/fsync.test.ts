import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { start, writerFile } from './children/start.ts';
import { freshFolder } from './folder.ts';

const fresh = freshFolder();
const required = process.env['HALLPASS_TEST_REQUIRE_ALL'] === '1';
const traceable = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

if (!traceable && !required) process.stderr.write('skipped: strace is missing or may not trace here\n');

type Step = 'log written' | 'log synced' | 'acknowledged';

/** What a line of strace tells of the main thread; other threads neither write the WAL nor acknowledge. */
function stepOf(line: string): Step | null {
  if (/\bpwrite64\(\d+<[^>]*journal\.db-wal>/.test(line)) return 'log written';
  if (/\bf(data)?sync\(\d+<[^>]*journal\.db-wal>\)\s+= 0/.test(line)) return 'log synced';
  return /\bwrite\(1<[^>]*>, "[0-9a-f]{8}-/.test(line) ? 'acknowledged' : null;
}

describe('an acknowledgement', () => {
  it.skipIf(!traceable && !required)(
    'leaves the process only after the WAL that holds its record was synced',
    async () => {
      const folder = fresh();
      const trace = join(folder, 'trace');
      const calls = 'trace=write,pwrite64,fsync,fdatasync';
      const args = [
        '-f',
        '-y',
        '-e',
        calls,
        '-o',
        trace,
        process.execPath,
        writerFile,
        join(folder, 'journal.db'),
        '0',
        '50',
      ];
      const child = start('strace', args);
      await child.line((line) => line === 'done');
      await child.ended();

      const lines = readFileSync(trace, 'utf8').split('\n');
      const main = lines[0]?.split(/\s/)[0] ?? '';
      const steps = lines
        .filter((line) => line.startsWith(`${main} `))
        .map(stepOf)
        .filter((step) => step !== null);
      expect(steps.filter((step) => step === 'acknowledged')).toHaveLength(50);
      let since: Step[] = [];
      for (const step of steps) {
        if (step === 'acknowledged') {
          expect(since).toContain('log written');
          expect(since.lastIndexOf('log synced')).toBeGreaterThan(since.lastIndexOf('log written'));
          since = [];
        } else since.push(step);
      }
    },
  );
});
