import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { queryBlocks } from '../../store/blocks.ts';
import { findDamage, openReader } from '../../store/sqlite.ts';
import { start, writerFile } from './children/start.ts';
import { freshFolder } from './folder.ts';

const fresh = freshFolder();
const required = process.env['HALLPASS_TEST_REQUIRE_ALL'] === '1';
const limitable = spawnSync('prlimit', ['--fsize=1000000', 'true']).status === 0;

if (!limitable && !required) process.stderr.write('skipped: prlimit is missing\n');

describe('a process whose files may not grow any more (RLIMIT_FSIZE)', () => {
  it.skipIf(!limitable && !required)(
    'goes on, records again once they may, and has lost nothing that it told of',
    async () => {
      const path = join(fresh(), 'journal.db');
      const limit = ['--fsize=600000:unlimited', process.execPath, writerFile, path, '400', '2400'];
      const child = start('prlimit', limit);
      await child.line((line) => line.startsWith('health io') || line.startsWith('health full'));
      expect(spawnSync('prlimit', ['--pid', String(child.process.pid), '--fsize=unlimited']).status).toBe(0);
      await child.line((line) => line === 'health ok');
      await child.line((line) => line === 'done');
      await child.ended();

      const told = child
        .lines()
        .filter((line) => /^[0-9a-f]{8}-/.test(line))
        .map((line) => line.split(' ') as [string, string]);
      expect(told).toHaveLength(2_400);
      const reader = openReader(path);
      expect(findDamage(reader)).toBe(null);
      const counts = new Map([...queryBlocks(reader)].map(({ id, count }) => [id, count]));
      reader.close();
      const recorded = told.filter(([, under]) => under !== 'unavailable');
      for (const [, under] of recorded) expect(counts.has(under)).toBe(true);
      const stored = [...counts.values()].reduce((sum, count) => sum + count, 0);
      expect(stored).toBeGreaterThanOrEqual(recorded.length);
      expect(stored).toBeLessThanOrEqual(told.length);
      expect(told.at(-1)?.[1]).not.toBe('unavailable');
    },
  );
});
