import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../config.ts';
import { descriptorLimit, shareOut, watchDescriptors, withinDescriptors } from '../../config/descriptors.ts';
import { createLog } from '../../threads/log.ts';

let folder: string;
const lines: Record<string, unknown>[] = [];
const log = createLog({
  thread: 'main',
  level: 'info',
  destination: { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hallpass-descriptors-'));
  lines.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the descriptors of the process', () => {
  const wanted = fc.record({
    threads: fc.integer({ min: 1, max: 64 }),
    maxConnections: fc.integer({ min: 16, max: 1_000_000 }),
    maxIdle: fc.integer({ min: 0, max: 65_536 }),
  });
  const runs = { numRuns: Number(process.env.FUZZ_RUNS ?? 100) };

  it('suffice for all that is let in, and leave a quarter or 512 to everything else', () => {
    fc.assert(
      fc.property(wanted, fc.integer({ min: 4_096, max: 4_000_000 }), (asked, limit) => {
        const { maxConnections, maxIdle } = shareOut(limit, asked);
        expect(maxConnections).toBeGreaterThanOrEqual(16);
        expect(maxConnections).toBeLessThanOrEqual(asked.maxConnections);
        expect(maxIdle).toBeLessThanOrEqual(asked.maxIdle);
        expect(asked.threads * (2 * maxConnections + maxIdle) + 512).toBeLessThanOrEqual(limit);
      }),
      runs,
    );
  });

  it('are enough when there are as many as needed', () => {
    fc.assert(
      fc.property(wanted, (asked) => {
        const { needed } = shareOut(1_024, asked);
        expect(shareOut(needed, asked)).toEqual({ ...pick(asked), needed });
      }),
      { ...runs, examples: [[{ threads: 1, maxConnections: 16, maxIdle: 0 }]] },
    );
  });

  it('are as many as the system says', () => {
    const file = join(folder, 'limits');
    writeFileSync(
      file,
      'Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 4096                 files\n',
    );
    expect(descriptorLimit(file)).toBe(1_024);
    writeFileSync(file, 'Max open files            unlimited            unlimited            files\n');
    expect(descriptorLimit(file)).toBeNull();
    expect(descriptorLimit(join(folder, 'none'))).toBeNull();
  });
});

const pick = ({ maxConnections, maxIdle }: { maxConnections: number; maxIdle: number }) => ({
  maxConnections,
  maxIdle,
});

describe('the configuration', () => {
  const config = loadConfig({ env: { HALLPASS_PROXY_THREADS: '2' } });

  it('stands where descriptors suffice, and where nobody knows how many there are', () => {
    for (const limit of [null, 1_000_000]) expect(withinDescriptors(config, log, limit)).toBe(config);
    expect(lines).toEqual([]);
  });

  it('lets in fewer where they do not, and says what to set', () => {
    const { proxy, upstream } = withinDescriptors(config, log, 4_096);
    expect([proxy.maxConnections, upstream.maxIdle]).toEqual([736, 256]);
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'warn',
        limit: 4_096,
        needed: 82_688,
        maxConnections: 736,
        msg: expect.stringContaining('set `LimitNOFILE=82688` in the service') as string,
      }),
    ]);
  });
});

describe('the watch', () => {
  it('says when hardly any descriptor is left, and nothing before', async () => {
    const period = 5;
    const full = watchDescriptors(log, { limit: 10, list: folder, period });
    for (let i = 0; i < 9; i++) writeFileSync(join(folder, String(i)), '');
    const other = watchDescriptors(log, { limit: 1_000_000, list: folder, period });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(lines).toEqual([]);
    writeFileSync(join(folder, '9'), '');
    await expect.poll(() => lines.at(0)).toMatchObject({ level: 'warn', open: 10, limit: 10 });
    full();
    other();
  });
});
