/** One look at a source: fetched or read, held against its checksum, and imported. Nothing is in force by that yet. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ListSourceState } from '../../store/repository/list-sources.ts';
import { download } from './download.ts';
import type { DownloadParts, Wanted } from './download.ts';
import { ListError } from './errors.ts';
import type { ListSource } from './options.ts';
import type { ImportResult, RunTask } from './tasks.ts';

export type LookProgress =
  /** `of`: null where the origin does not say. */
  | { readonly stage: 'fetching'; readonly bytes: number; readonly of: number | null }
  | { readonly stage: 'reading'; readonly bytes: number };

export type Looked =
  | { readonly kind: 'same' }
  | ({ readonly kind: 'new'; readonly imported: ImportResult } & Pick<
      ListSourceState,
      'etag' | 'lastModified' | 'fingerprint'
    >);

export type Last = Pick<ListSourceState, 'etag' | 'lastModified' | 'fingerprint'>;

export type Look = (
  source: ListSource,
  last: Last,
  onProgress: (progress: LookProgress) => void,
) => Promise<Looked>;

export interface LookParts {
  /** Of the snapshots. */
  readonly folder: string;
  /** Another Hallpass may read the same file better. */
  readonly version: string;
  readonly run: RunTask;
  readonly download: () => Promise<DownloadParts>;
}

interface Came {
  readonly path: string;
  /** SHA-256, or what tells a file without reading it; null where it must be read anyway. */
  readonly content: string | null;
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/** @returns a function that throws ListError `source-…` or `importer-failed` */
export function lookBy(parts: LookParts): Look {
  return async (source, last, onProgress) => {
    const how = optionsDigest(source, parts.version);
    // What came is read anew when it is to be read in another way.
    const known = last.fingerprint?.startsWith(`${how} `) === true ? last : nothing;
    if (source.file !== undefined) return read(await standing(source, source.file), how, known, source);
    await mkdir(parts.folder, { recursive: true, mode: 0o700 });
    const folder = await mkdtemp(join(parts.folder, 'incoming-'));
    try {
      const came = await fetched(source, source.url ?? '', folder, known, onProgress);
      return came === null ? { kind: 'same' } : await read(came, how, known, source);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }

    async function fetched(
      { maxSize, user, passwordFile, checksum }: ListSource,
      url: string,
      into: string,
      { etag, lastModified }: Last,
      progress: typeof onProgress,
    ): Promise<Came | null> {
      const by = await parts.download();
      const path = join(into, fileName(url));
      const credentials =
        user === undefined || passwordFile === undefined ? null : `${user}:${await firstLine(passwordFile)}`;
      const wanted: Wanted = {
        ...{ url, into: path, maxSize, etag, lastModified, credentials },
        onProgress: (bytes, of) => progress({ stage: 'fetching', bytes, of }),
      };
      const got = await download(wanted, by);
      if (got.kind === 'same') return null;
      if (checksum !== undefined) {
        const hex = await checksumOf(checksum, { ...wanted, into: join(into, 'checksum') }, by);
        if (hex !== got.sha256) throw wrongSum(url, got.sha256);
      }
      return { path, content: got.sha256, etag: got.etag, lastModified: got.lastModified };
    }

    async function read(
      { path, content, etag, lastModified }: Came,
      how: string,
      known: Last,
      { format, category, categories, url, file }: ListSource,
    ): Promise<Looked> {
      const where = url ?? file ?? path;
      const fingerprint = content === null ? null : `${how} ${content}`;
      if (fingerprint !== null && fingerprint === known.fingerprint) return { kind: 'same' };
      const input = {
        ...{ path, source: where },
        ...(format === undefined ? {} : { format }),
        ...(category === undefined ? {} : { category }),
        ...(categories === undefined ? {} : { categories }),
      };
      const imported = await parts.run({ kind: 'import', folder: parts.folder, input }, (bytes) =>
        onProgress({ stage: 'reading', bytes }),
      );
      if (imported.lists.every(({ entries }) => entries === 0))
        throw new ListError('source-not-a-list', 'it is no list: no line of it is understood');
      return { kind: 'new', imported, etag, lastModified, fingerprint };
    }
  };
}

const nothing: Last = { etag: null, lastModified: null, fingerprint: null };

/** A file or a folder of this machine. */
async function standing({ maxSize, checksum }: ListSource, file: string): Promise<Came> {
  try {
    const { size, mtimeMs, ino, isFolder } = await stat(file).then((found) => ({
      ...{ size: found.size, mtimeMs: found.mtimeMs, ino: found.ino, isFolder: found.isDirectory() },
    }));
    if (!isFolder && size > maxSize)
      throw new ListError(
        'source-too-large',
        `\`${file}\` is larger than ${String(maxSize / 1e6)} MB: see \`maxSize\``,
      );
    if (checksum !== undefined && !isFolder) {
      const sum = await sha256Of(file);
      if (sum !== checksum.toLowerCase()) throw wrongSum(file, sum);
    }
    const content = isFolder ? null : `${String(size)} ${String(mtimeMs)} ${String(ino)}`;
    return { path: file, content, etag: null, lastModified: null };
  } catch (error) {
    if (error instanceof ListError) throw error;
    throw unreadable(file, error);
  }
}

/** As it is written, or the first word of a small file beside the list. */
async function checksumOf(checksum: string, wanted: Wanted, by: DownloadParts): Promise<string> {
  if (!checksum.includes(':')) return checksum.toLowerCase();
  await download({ ...wanted, url: checksum, maxSize: 65_536, etag: null, lastModified: null }, by);
  const text = await readFile(wanted.into, 'utf8');
  // A file for many lists names each: `<sum>  <file>`.
  const lines = text.split('\n').map((line) => /^([0-9a-fA-F]{64})(?:\s+\*?(\S+))?/.exec(line.trim()));
  const name = fileName(wanted.url);
  const found = lines.find((line) => line !== null && basename(line[2] ?? '') === name) ?? lines[0];
  if (found?.[1] === undefined)
    throw new ListError('source-checksum', `\`${checksum}\` begins with no SHA-256`);
  return found[1].toLowerCase();
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function firstLine(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).split(/\r?\n/, 1)[0] ?? '';
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** The end of the address: what a format is told by. */
function fileName(url: string): string {
  const last = new URL(url).pathname.split('/').at(-1) ?? '';
  const safe = last
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .replace(/^\.+/, '')
    .slice(-100);
  return safe === '' || safe === 'checksum' ? 'list' : safe;
}

function optionsDigest({ format, category, categories, url, file }: ListSource, version: string): string {
  const all = JSON.stringify([version, url, file, format, category, categories]);
  return createHash('sha256').update(all).digest('hex').slice(0, 16);
}

const wrongSum = (where: string, sum: string): ListError =>
  new ListError('source-checksum', `\`${where}\` is not what its checksum says: it has ${sum}`);

function unreadable(file: string, error: unknown): ListError {
  const { code, message } = error as NodeJS.ErrnoException;
  const why = code === 'ENOENT' ? 'there is no such file' : (code ?? message);
  return new ListError('source-file', `cannot read \`${file}\`: ${why}`, { cause: error });
}
