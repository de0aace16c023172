/** A folder of lists, read the way an archive is: links within it are other names, and nothing outside is touched. */
import { constants } from 'node:fs';
import { open, readdir, readlink, realpath, stat } from 'node:fs/promises';
import type { Dirent } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { archiveSource, gzFile } from './archive.ts';
import { closing, safePath, SourceError } from './source.ts';
import type { ListSource, SourceFile, SourceReport } from './source.ts';

/** A folder, an archive or a file. @throws SourceError */
export async function sourceAt(path: string): Promise<ListSource> {
  let found: Awaited<ReturnType<typeof stat>>;
  try {
    found = await stat(path);
  } catch (error) {
    throw new SourceError(
      `\`${path}\` cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`,
    );
  }
  if (found.isDirectory()) return folderSource(path);
  if (!found.isFile()) throw new SourceError(`\`${path}\` is neither a file nor a folder`);
  const real = await realpath(path);
  return archiveSource(basename(path), () => fileChunks(real));
}

export function folderSource(path: string): ListSource {
  return {
    name: basename(path),
    files: async function* (report) {
      const root = await realpath(path);
      yield* walk(root, '', report);
    },
  };
}

async function* walk(root: string, below: string, report: SourceReport): AsyncGenerator<SourceFile> {
  const entries = await readdir(join(root, below), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    // Version control, and what editors leave behind.
    if (entry.name.startsWith('.')) continue;
    report.entry();
    const safe = safePath(below === '' ? entry.name : `${below}/${entry.name}`, report.limits.depth);
    if (!safe.ok) report.refuse(join(below, entry.name), safe.why);
    else if (entry.isDirectory()) yield* walk(root, safe.path, report);
    else yield* one(root, safe.path, entry, report);
  }
}

async function* one(
  root: string,
  name: string,
  entry: Dirent,
  report: SourceReport,
): AsyncGenerator<SourceFile> {
  const path = join(root, name);
  if (entry.isSymbolicLink()) await alias(root, name, report);
  else if (!entry.isFile()) report.refuse(name, 'it is no file');
  else if ((await stat(path)).size > report.limits.fileBytes) report.refuse(name, 'it is too large');
  else {
    yield* closing(fileChunks(path), (bytes) => gzFile(name, report.limited(report.counted(bytes)), report));
  }
}

async function alias(root: string, name: string, report: SourceReport): Promise<void> {
  try {
    const target = relative(root, await realpath(join(root, name)));
    if (target === '' || target === '..' || target.startsWith(`..${sep}`) || target.startsWith(sep))
      report.refuse(name, 'a link that leaves the source');
    else report.aliases.set(name, target.split(sep).join('/'));
  } catch {
    report.refuse(name, `a link to nothing: ${await readlink(join(root, name)).catch(() => 'unknown')}`);
  }
}

async function* fileChunks(path: string): AsyncGenerator<Uint8Array> {
  // What was a file when the folder was read, and is a link now, is not followed.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) throw new SourceError(`\`${basename(path)}\` is no file`);
    for await (const chunk of file.createReadStream({ autoClose: false, highWaterMark: 256 * 1024 }))
      yield chunk as Uint8Array;
  } finally {
    await file.close();
  }
}
