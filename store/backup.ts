/**
 * Backups of a data folder: the databases, the lists and the seal of the audit trail, each with its digest in a manifest.
 *
 *     hallpass.db  journal.db  lists/…  audit.seal  [audit.key]  manifest.json
 *
 * Lists are copied after the publications that name them: what one names was on disk before. The seal is copied before the
 * trail that it seals, so that the trail in the backup reaches at least to it. The key of the trail is left out unless asked
 * for: who has trail and key can write both anew. Sessions are left out: a backup lets nobody in.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, lstatSync } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { StoreError } from './errors.ts';
import { explained } from './faults.ts';
import { refuseUnfinished } from './unfinished.ts';
import { versionOf } from './migrate.ts';
import { dropSessions } from './repository/sessions.ts';
import { copyDatabase, findDamage, openReader } from './sqlite.ts';

export const databases = ['hallpass.db', 'journal.db'] as const;
export const [sealFile, keyFile, manifestFile] = ['audit.seal', 'audit.key', 'manifest.json'] as const;

export const listsFolder = 'lists';
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

export const bad = (message: string): StoreError => new StoreError('bad-backup', message);

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
  refuseUnfinished(data);
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
    dropSessions(join(making, databases[0]));
    const made = await describe(making, options);
    requireAll(making, made, data);
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

async function describeFile<Name extends string>(folder: string, name: Name) {
  const path = join(folder, name);
  const found = await lstat(path);
  // A link could lead anywhere on this machine.
  if (!found.isFile()) throw bad(`\`${name}\` in \`${folder}\` is no file of its own: take another backup`);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { name, bytes: found.size, sha256: hash.digest('hex') };
}

export async function copyPrivately(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  await chmod(to, 0o600);
}

/**
 * Looks whether a backup is whole: everything that a store needs, every file as its manifest says, and every database undamaged.
 * @throws StoreError `bad-backup` naming what is wrong
 */
export async function checkBackup(folder: string): Promise<BackupManifest> {
  const checked = await manifestOf(folder);
  for (const { name, sha256 } of checked.files) {
    const found = isThere(join(folder, name)) ? await describeFile(folder, name) : null;
    if (found === null) throw bad(`\`${name}\` is missing in \`${folder}\``);
    if (found.sha256 !== sha256)
      throw bad(`\`${name}\` in \`${folder}\` is not as it was written: take another backup`);
    if (name.endsWith('.db')) refuseDamage(join(folder, name));
  }
  requireAll(folder, checked, folder);
  return checked;
}

async function manifestOf(folder: string): Promise<BackupManifest> {
  const path = join(folder, manifestFile);
  if (!isThere(path))
    throw bad(`\`${folder}\` holds no \`${manifestFile}\`: it is no backup, or only a part of one`);
  await describeFile(folder, manifestFile);
  const lists = join(folder, listsFolder);
  if (isThere(lists) && !(await lstat(lists)).isDirectory())
    throw bad(`\`${listsFolder}\` in \`${folder}\` is no folder of its own: take another backup`);
  const read = manifest.safeParse(parseJson(await readFile(path, 'utf8')));
  if (!read.success) throw bad(`\`${path}\` is not the manifest of a backup`);
  return read.data;
}

/** Also where it is a link that leads nowhere. */
const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** A part of a store in the place of a whole one would lose the rest. @param from where it would have to be */
function requireAll(folder: string, { files }: BackupManifest, from: string): void {
  const names = new Set<string>(files.map(({ name }) => name));
  for (const name of databases)
    if (!names.has(name)) throw bad(`\`${name}\` is missing in \`${from}\`: that is no whole store`);
  const database = openReader(join(folder, databases[0]));
  try {
    if (versionOf(database) === 0) throw bad(`\`${databases[0]}\` in \`${from}\` is not of Hallpass`);
    const [trail] = database
      .prepare(`SELECT count(*) AS tables FROM sqlite_schema WHERE type = 'table' AND name = 'audit'`)
      .all();
    const begun =
      trail?.['tables'] === 1 && database.prepare('SELECT 1 FROM audit LIMIT 1').get() !== undefined;
    if (begun && !names.has(sealFile))
      throw bad(`\`${sealFile}\`, the seal of the audit trail, is missing in \`${from}\``);
  } finally {
    database.close();
  }
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
