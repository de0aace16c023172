/**
 * A backup put into a data folder. It is copied whole beside what stands there, synced, and looked at once more; only then do
 * files change their places, by renaming:
 *
 *     restoring/   hallpass.db  journal.db  lists/  audit.seal  [audit.key]  manifest.json  [moving.json]
 *     before-restore-2026-09-01T090000.000Z/   what stood there
 *
 * Whatever fails, everything is put back. moving.json stands from the first renaming to the last: where it is found, somebody
 * killed a restore between them. No server starts then, and the next restore puts everything back first.
 */
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { AuditEntry } from './audit/chain.ts';
import { isAuthentic } from './audit/chain.ts';
import { readKey, readSeal } from './audit/secrets.ts';
import { bad, checkBackup, copyPrivately, databases } from './backup.ts';
import { keyFile, listsFolder, manifestFile, sealFile } from './backup.ts';
import type { BackupManifest } from './backup.ts';
import { StoreError } from './errors.ts';
import { lockFolder } from './lock.ts';
import { Repository } from './repository/repository.ts';
import { dropSessions } from './repository/sessions.ts';
import { movingFile, restoringFolder } from './unfinished.ts';

export interface RestoreOptions {
  /** Whether what stands there may be moved aside. */
  readonly force: boolean;
  /** Epoch milliseconds. */
  readonly at: number;
  /** For the audit trails: that of what stands there, and the one that is restored. */
  readonly act: AuditEntry;
}

export interface Restored {
  readonly manifest: BackupManifest;
  /** Where what stood in the data folder was put; null where nothing did. */
  readonly aside: string | null;
  /** Why it is not on the audit trail of what stood there, or on the restored one. */
  readonly unrecorded: readonly Error[];
}

const moving = z.strictObject({
  /** Folder in the data folder. */
  aside: z
    .string()
    .regex(/^before-restore-[\dTZ.-]+$/)
    .nullable(),
  /** What comes out of the copy. */
  names: z.array(z.enum([...databases, listsFolder, sealFile, keyFile])),
});
type Moving = z.output<typeof moving>;

/**
 * Puts a backup into a data folder on which no Hallpass runs; on an error everything stands as before. What stands there is
 * moved aside when `force` says so; the key of the audit trail stays where the backup has none, if it is the one of its trail.
 * Nobody is signed in afterwards.
 * @throws StoreError `bad-backup`, or `store-in-use` while a Hallpass runs there
 */
export async function restoreBackup(
  folder: string,
  data: string,
  { force, at, act }: RestoreOptions,
): Promise<Restored> {
  const checked = await checkBackup(folder);
  const lock = lockFolder(data);
  try {
    await putBack(data);
    const stands = (await readdir(data)).some(isOfDatabase);
    if (stands && !force)
      throw bad(
        `\`${data}\` holds a store already: name another folder, or add \`--force\`, which moves it aside`,
      );
    await copyBackup(folder, join(data, restoringFolder), checked);
    const before = await record(data, act);
    const aside = await exchange(data, checked, at);
    const after = await record(data, act);
    return { manifest: checked, aside, unrecorded: [before, after].filter((each) => each !== null) };
  } finally {
    lock.release();
  }
}

/** With what belongs to it: `-wal`, `-shm`, and the logs of files that were replaced. */
const isOfDatabase = (name: string): boolean => databases.some((each) => name.startsWith(each));

/** Where it cannot be recorded, the restore goes on: it may be the remedy. @returns why not */
async function record(data: string, act: AuditEntry): Promise<Error | null> {
  if (!existsSync(join(data, databases[0]))) return null;
  let repository: Repository | null = null;
  try {
    repository = Repository.open(join(data, databases[0]));
    await repository.recordAct(act);
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    await repository?.close();
  }
}

async function copyBackup(folder: string, copy: string, { files }: BackupManifest): Promise<void> {
  try {
    await mkdir(join(copy, listsFolder), { recursive: true, mode: 0o700 });
    for (const name of [...files.map(({ name }) => name), manifestFile])
      await copyPrivately(join(folder, name), join(copy, name));
    // What was looked at and what was copied may be two things.
    await checkBackup(copy);
    dropSessions(join(copy, databases[0]));
    for (const { name } of files) await sync(join(copy, name));
    for (const each of [join(copy, listsFolder), copy]) await sync(each);
  } catch (error) {
    await rm(copy, { recursive: true, force: true });
    throw error;
  }
}

/** Moves aside what stands in the way, and the copy into its place. @returns where the former is */
async function exchange(data: string, { files }: BackupManifest, at: number): Promise<string | null> {
  const copy = join(data, restoringFolder);
  const names = [...databases, listsFolder, sealFile, keyFile].filter(
    (name) => name === listsFolder || files.some((file) => file.name === name),
  ) as Moving['names'];
  const old = await inTheWay(data, names);
  const aside = old.length === 0 ? null : `before-restore-${new Date(at).toISOString().replaceAll(':', '')}`;
  try {
    // Before moving.json: a folder of that name from another time is not to be put back.
    if (aside !== null) await mkdir(join(data, aside), { mode: 0o700 });
    await writeWhole(join(copy, movingFile), JSON.stringify({ aside, names } satisfies Moving));
    await sync(copy);
    for (const name of old) await rename(join(data, name), join(data, aside ?? '', name));
    for (const name of names) await rename(join(copy, name), join(data, name));
    for (const each of aside === null ? [data] : [join(data, aside), data]) await sync(each);
    await rm(join(copy, movingFile));
  } catch (error) {
    // What cannot be put back now is put back by the next restore.
    await putBack(data).catch(() => undefined);
    if (aside !== null) await rmdir(join(data, aside)).catch(() => undefined);
    throw error;
  }
  // It is done; what is left of the copy goes with the next start.
  await rm(copy, { recursive: true }).catch(() => undefined);
  return aside === null ? null : join(data, aside);
}

async function inTheWay(data: string, names: readonly string[]): Promise<readonly string[]> {
  const standing = (await readdir(data)).filter((name) => isOfDatabase(name) || names.includes(name));
  const others = [sealFile, ...(isKeyOf(data) ? [] : [keyFile])];
  for (const name of others)
    if (!standing.includes(name) && existsSync(join(data, name))) standing.push(name);
  return standing;
}

/** Whether the key that stands there is the one of the trail in the copy. */
function isKeyOf(data: string): boolean {
  try {
    const seal = readSeal(join(data, restoringFolder, sealFile));
    return seal === null || isAuthentic(readKey(join(data, keyFile)), seal);
  } catch (error) {
    if (error instanceof StoreError) return false;
    throw error;
  }
}

/** Undoes what a restore left that did not come to its end, as often as it takes. */
async function putBack(data: string): Promise<void> {
  const copy = join(data, restoringFolder);
  const path = join(copy, movingFile);
  if (existsSync(path)) {
    const { aside, names } = moving.parse(JSON.parse(await readFile(path, 'utf8')));
    for (const name of names)
      if (!existsSync(join(copy, name)) && existsSync(join(data, name)))
        await rename(join(data, name), join(copy, name));
    if (aside !== null && existsSync(join(data, aside))) {
      for (const name of await readdir(join(data, aside)))
        await rename(join(data, aside, name), join(data, name));
      await rmdir(join(data, aside));
    }
    await sync(data);
    await rm(path);
  }
  await rm(copy, { recursive: true, force: true });
}

async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { flush: true, mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** A file, or the names in a folder. */
async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
