import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const launcher = fileURLToPath(new URL('../../bin/hallpass.js', import.meta.url));
const older = '/usr/bin/node';

/** `[24, 21, 0]` of `… (node v24.21.0)`. */
function nodeIn(output: string): readonly number[] {
  const [, version = ''] = /\(node v([\d.]+)\)/.exec(output) ?? [];
  return version.split('.').map(Number);
}

function expectPinned(output: string): void {
  const [major, minor = 0] = nodeIn(output);
  expect(major).toBe(24);
  expect(minor).toBeGreaterThanOrEqual(17);
}

describe('the launcher', () => {
  it('runs Hallpass on the pinned Node', async () => {
    const { stdout } = await run(process.execPath, [launcher, 'version']);
    expectPinned(stdout);
  });

  it.skipIf(!existsSync(older))("does so when the machine's own Node started it", async () => {
    const { stdout } = await run(older, [launcher, 'version']);
    expectPinned(stdout);
  });

  it.skipIf(!existsSync(older))('hands on arguments and exit code', async () => {
    await expect(run(older, [launcher, 'no-such-command'])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no-such-command') as string,
    });
  });

  it('says what to do where nothing is installed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hallpass-launcher-'));
    try {
      await mkdir(join(folder, 'bin'));
      await cp(launcher, join(folder, 'bin', 'hallpass.js'));
      await cp(fileURLToPath(new URL('../../package.json', import.meta.url)), join(folder, 'package.json'));
      await expect(
        run(process.execPath, [join(folder, 'bin', 'hallpass.js'), 'version']),
      ).rejects.toMatchObject({
        code: 70,
        stderr: expect.stringContaining('run `npm ci` in') as string,
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('works through a link, as npm installs it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hallpass-launcher-'));
    try {
      await symlink(launcher, join(folder, 'hallpass'));
      const { stdout } = await run(process.execPath, [join(folder, 'hallpass'), 'version']);
      expectPinned(stdout);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
