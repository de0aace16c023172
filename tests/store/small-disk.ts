/** A real file system of a few MiB, which can be filled up. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';

export interface SmallDisk {
  readonly folder: string;
  /** Leaves only so many bytes. */
  fill(leave: number): void;
  free(): void;
}

const mounted: string[] = [];

/** Null where this user may not mount one. It is taken away after the test. */
export function smallDisk(bytes: number): SmallDisk | null {
  const folder = mkdtempSync(join(tmpdir(), 'hallpass-disk-'));
  const options = ['-t', 'tmpfs', '-o', `size=${String(bytes)}`, 'tmpfs', folder];
  if (process.platform !== 'linux' || spawnSync('mount', options).status !== 0) {
    rmdirSync(folder);
    return null;
  }
  mounted.push(folder);
  const filler = join(folder, 'filler');
  return {
    folder,
    fill: (leave) => {
      writeFileSync(filler, '');
      const block = Buffer.alloc(4_096, 1);
      let size = 0;
      try {
        for (; ; size += block.length) writeFileSync(filler, block, { flag: 'a' });
      } catch {
        truncateSync(filler, Math.max(0, size - leave));
      }
    },
    free: () => rmSync(filler, { force: true }),
  };
}

/** Registered before the hooks of a test file that close its databases, and so called after them. */
export function unmountAfterEach(): void {
  afterEach(() => {
    for (const folder of mounted.splice(0)) {
      spawnSync('umount', ['-l', folder]);
      rmdirSync(folder);
    }
  });
}
