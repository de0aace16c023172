/**
 * Backups of a data folder: the databases, the lists and the seal of the audit trail, each with its digest in a manifest.
 *
 *     hallpass.db  journal.db  lists/…  audit.seal  [audit.key]  manifest.json
 *
 * Lists are copied after the publications that name them: what one names was on disk before. The seal is copied before the trail that it seals, so that the trail in the backup reaches at least to it. The key of
 * the trail is left out unless asked for: who has trail and key can write both anew.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { StoreError } from './errors.ts';
import { explained } from './faults.ts';
import { lockFolder } from './lock.ts';
import { copyDatabase, findDamage, openReader } from './sqlite.ts';

const databases = ['hallpass.db', 'journal.db'] as const;
const [sealFile, keyFile, manifestFile] = ['audit.seal', 'audit.key', 'manifest.json'] as const;

const listsFolder = 'lists';
/** A snapshot, as store/lists/snapshots.ts names it. */
const listFile = /^[0-9a-f]{16}\.(?:zst|delta)$/;

const manifest = z.strictObject({
  hallpass: z.string(),
  /** ISO 8601, UTC. */
  at: z.iso.datetime(),
  files: z.array(
    z.strictObject({
      name: z.union([
        z.enum([...databases, sealFile, keyFile]),
        z.string().regex(/^lists\/[0-9a-f]{16}\.(?:zst|delta)$/),
      ]),
      bytes: z.int().min(0),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});
export type BackupManifest = z.output<typeof manifest>;

export interface BackupOptions {
  /** Of Hallpass. */
  readonly version: string;
  readonly withKeys: boolean;
  /** Epoch milliseconds. */
  readonly at: number;
  /** What is being copied, and how much of it is done, 0 to 1. */
  readonly onProgress?: (file: string, done: number) => void;
}

const bad = (message: string): StoreError => new StoreError('bad-backup', message);

/**
 * Writes a backup into a new folder, which is there whole or not at all.
 * @throws StoreError `bad-backup` where the folder is there already, or nothing is to be backed up; or as the faults of a file
 */
export async function makeBackup(
  data: string,
  folder: string,
  options: BackupOptions,
): Promise<BackupManifest> {
  if (existsSync(folder)) throw bad(`\`${folder}\` is there already: name a folder that is not`);
  if (!existsSync(join(data, databases[0])))
    throw bad(`\`${data}\` holds no store of Hallpass: name the data folder by \`--data\``);
  const making = `${resolve(folder)}.new`;
  await rm(making, { recursive: true, force: true });
  await mkdir(dirname(making), { recursive: true });
  await mkdir(making, { mode: 0o700 });
  try {
    for (const name of [sealFile, ...(options.withKeys ? [keyFile] : [])])
      if (existsSync(join(data, name))) await copyPrivately(join(data, name), join(making, name));
    for (const name of databases)
      if (existsSync(join(data, name))) await copyWhole(join(data, name), join(making, name), options);
    await copyLists(join(data, listsFolder), join(making, listsFolder), options);
    const made = await describe(making, options);
    await writeFile(join(making, manifestFile), `${JSON.stringify(made, null, 2)}\n`, {
      mode: 0o600,
      flush: true,
    });
    await rename(making, folder);
    return made;
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    throw error;
  }
}

/** A copy of a damaged database is no backup. */
async function copyWhole(from: string, to: string, { onProgress }: BackupOptions): Promise<void> {
  try {
    await copyDatabase(from, to, (done) => onProgress?.(basename(from), done));
    refuseDamage(to);
  } catch (error) {
    throw explained(error, from);
  }
}

/** Meanwhile an older one may become a delta: then that is copied, too. */
async function copyLists(from: string, to: string, { onProgress }: BackupOptions): Promise<void> {
  const done = new Set<string>();
  for (;;) {
    const left = (await listFilesIn(from)).filter((name) => !done.has(name));
    if (left.length === 0) return;
    await mkdir(to, { recursive: true, mode: 0o700 });
    for (const name of left) {
      done.add(name);
      await copyPrivately(join(from, name), join(to, name)).catch((error: unknown) => {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      });
      onProgress?.(listsFolder, done.size / (done.size + left.length));
    }
  }
}

const listFilesIn = async (folder: string): Promise<string[]> =>
  existsSync(folder) ? (await readdir(folder)).filter((name) => listFile.test(name)).sort() : [];

async function describe(folder: string, { version, at }: BackupOptions): Promise<BackupManifest> {
  const single = [...databases, sealFile, keyFile].filter((name) => existsSync(join(folder, name)));
  const lists = await listFilesIn(join(folder, listsFolder));
  const names = [...single, ...lists.map((name) => `${listsFolder}/${name}`)];
  const files = await Promise.all(names.map((name) => describeFile(folder, name)));
  return { hallpass: version, at: new Date(at).toISOString(), files };
}

async function describeFile(folder: string, name: BackupManifest['files'][number]['name']) {
  const path = join(folder, name);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { name, bytes: (await stat(path)).size, sha256: hash.digest('hex') };
}

async function copyPrivately(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  await chmod(to, 0o600);
}

/**
 * Looks whether a backup is whole: every file as its manifest says, and every database undamaged.
 * @throws StoreError `bad-backup` naming what is wrong
 */
export async function checkBackup(folder: string): Promise<BackupManifest> {
  const text = await readFile(join(folder, manifestFile), 'utf8').catch(() => null);
  if (text === null)
    throw bad(`\`${folder}\` holds no \`${manifestFile}\`: it is no backup, or only a part of one`);
  const read = manifest.safeParse(parseJson(text));
  if (!read.success) throw bad(`\`${join(folder, manifestFile)}\` is not the manifest of a backup`);
  for (const { name, sha256 } of read.data.files) {
    const found = existsSync(join(folder, name)) ? await describeFile(folder, name) : null;
    if (found === null) throw bad(`\`${name}\` is missing in \`${folder}\``);
    if (found.sha256 !== sha256)
      throw bad(`\`${name}\` in \`${folder}\` is not as it was written: take another backup`);
    if (name.endsWith('.db')) refuseDamage(join(folder, name));
  }
  return read.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function refuseDamage(path: string): void {
  const database = openReader(path);
  try {
    const damage = findDamage(database);
    if (damage !== null) throw bad(`\`${path}\` is damaged (${damage}): take another backup`);
  } finally {
    database.close();
  }
}

export interface Restored {
  readonly manifest: BackupManifest;
  /** Where what stood in the data folder was put; null where nothing did. */
  readonly aside: string | null;
}

/**
 * Puts a backup into a data folder on which no Hallpass runs. What stands there is moved aside when `force` says so; the key
 * of the audit trail stays where the backup has none.
 * @throws StoreError `bad-backup`, or `store-in-use` while a Hallpass runs there
 */
export async function restoreBackup(
  folder: string,
  data: string,
  { force, at }: { readonly force: boolean; readonly at: number },
): Promise<Restored> {
  const checked = await checkBackup(folder);
  const lock = lockFolder(data);
  try {
    const standing = (await readdir(data)).filter((name) => databases.some((each) => name.startsWith(each)));
    if (standing.length > 0 && !force)
      throw bad(
        `\`${data}\` holds a store already: name another folder, or add \`--force\`, which moves it aside`,
      );
    const names = checked.files.map(({ name }) => name);
    if (standing.length > 0) standing.push(listsFolder);
    const aside =
      standing.length === 0
        ? null
        : join(data, `before-restore-${new Date(at).toISOString().replaceAll(':', '')}`);
    if (aside !== null)
      await moveAside(data, aside, [...standing, ...names.filter((name) => !name.includes('/')), sealFile]);
    if (names.some((name) => name.includes('/')))
      await mkdir(join(data, listsFolder), { recursive: true, mode: 0o700 });
    for (const name of names) await copyPrivately(join(folder, name), join(data, name));
    return { manifest: checked, aside };
  } finally {
    lock.release();
  }
}

async function moveAside(data: string, aside: string, names: readonly string[]): Promise<void> {
  await mkdir(aside, { mode: 0o700 });
  for (const name of new Set(names))
    if (existsSync(join(data, name))) await rename(join(data, name), join(aside, name));
}
