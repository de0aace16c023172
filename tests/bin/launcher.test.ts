import { execFile, spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { missing } from '../optional.ts';

const run = promisify(execFile);
const launcher = fileURLToPath(new URL('../../bin/hallpass.js', import.meta.url));
/** The machine's own Node, or one that was named: too old to read Hallpass. */
const older = process.env['HALLPASS_TEST_OLD_NODE'] ?? '/usr/bin/node';
const asked = spawnSync(older, ['-p', 'parseInt(process.versions.node)']);
const oldMissing = missing(
  asked.status === 0 && Number(asked.stdout) < 24,
  `\`${older}\` is no Node older than 24 (HALLPASS_TEST_OLD_NODE names another): the launcher's hand-over is not tried`,
);

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

  it.skipIf(oldMissing !== null)("does so when the machine's own Node started it", async () => {
    const { stdout } = await run(older, [launcher, 'version']);
    expectPinned(stdout);
  });

  it.skipIf(oldMissing !== null)('hands on arguments and exit code', async () => {
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
