import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from '../../store/lock.ts';
import { smallDisk, unmountAfterEach } from './small-disk.ts';

unmountAfterEach();

const children: ChildProcess[] = [];
let parent: string;
let folder: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'hallpass-lock-'));
  folder = join(parent, 'data');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(parent, { recursive: true });
});

/** Another process that takes the lock, says so, and holds it until it is ended. */
async function holder() {
  const program = `
    const { lockFolder } = await import(${JSON.stringify(new URL('../../store/lock.ts', import.meta.url).href)});
    lockFolder(${JSON.stringify(folder)});
    console.log('locked');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  return child;
}

describe('the lock of a data folder', () => {
  it('makes the folder for its owner alone, with a private file', () => {
    const lock = lockFolder(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'lock.db')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, 'lock.pid'), 'utf8')).toBe(`${process.pid}\n`);
    lock.release();
    expect(existsSync(join(folder, 'lock.pid'))).toBe(false);
  });

  it('refuses a second one, naming the process that has it, until that one dies by whatever', async () => {
    const other = await holder();
    expect(() => lockFolder(folder)).toThrow(
      expect.objectContaining({
        code: 'store-in-use',
        message: `\`${folder}\` is in use by another Hallpass (process ${other.pid}): stop that one, or give this one a \`data\` folder of its own`,
      }),
    );
    other.kill('SIGKILL');
    await once(other, 'exit');
    lockFolder(folder).release();
  });

  it('is not lost by a second attempt in the same process', async () => {
    const lock = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(expect.objectContaining({ code: 'store-in-use' }));
    const program = `
      const { lockFolder } = await import(${JSON.stringify(new URL('../../store/lock.ts', import.meta.url).href)});
      try { lockFolder(${JSON.stringify(folder)}); } catch (error) { console.log(error.code); }`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    expect(said.toString()).toBe('store-in-use\n');
    lock.release();
  });

  it('can be had on a full disk', ({ skip }) => {
    const disk = smallDisk(1_048_576);
    if (disk === null) return skip('no file system can be mounted');
    disk.fill(0);
    const lock = lockFolder(disk.folder);
    expect(() => lockFolder(disk.folder)).toThrow(expect.objectContaining({ code: 'store-in-use' }));
    lock.release();
  });

  it('says which file is damaged where it cannot be had', () => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'lock.db'), 'an essay that was saved under the wrong name. '.repeat(200));
    expect(() => lockFolder(folder)).toThrow(
      expect.objectContaining({
        code: 'store-damaged',
        message: expect.stringContaining('lock.db`: it is damaged') as string,
      }),
    );
  });

  it('can be taken again after its release', () => {
    lockFolder(folder).release();
    lockFolder(folder).release();
  });
});
