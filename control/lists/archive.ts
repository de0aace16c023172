/**
 * Archives of lists: `.tar`, `.tar.gz`, and a file alone, `.gz` or as it is. Made to be given what strangers packed: only
 * files are taken, no name leaves the tree, a link is another name at most, and everything is counted as it unpacks.
 */
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import type { Header } from 'tar-stream';
import { closing, linkTarget, peek, safePath, SourceError } from './source.ts';
import type { ListSource, SourceFile, SourceReport } from './source.ts';

/** The first block of a tar archive says what it is. */
const headBytes = 512;
/** Something compressed in something compressed: one list in an archive may be, and no more. */
const maxNesting = 2;

/**
 * @param name of the file, for what is in it alone
 * @param open gives its bytes from the beginning, each time
 */
export function archiveSource(name: string, open: () => AsyncIterable<Uint8Array>): ListSource {
  return { name, files: (report) => closing(open(), (bytes) => readArchive(name, bytes, report)) };
}

/** @throws SourceError where the archive is damaged or too large */
async function* readArchive(
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  report: SourceReport,
): AsyncGenerator<SourceFile> {
  const unpacked = await unpack(bytes, report, 0);
  if (unpacked.tar) {
    yield* readTar(unpacked.chunks, report);
    return;
  }
  report.entry();
  const last = name.replace(/^.*[/\\]/s, '');
  yield { name: unpacked.nesting > 0 ? withoutGz(last) : last, chunks: report.limited(unpacked.chunks) };
}

interface Unpacked {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly tar: boolean;
  readonly nesting: number;
}

/** Takes gzip away as often as may be; what comes out is counted. */
async function unpack(
  bytes: AsyncIterable<Uint8Array>,
  report: SourceReport,
  nesting: number,
): Promise<Unpacked> {
  const { head, all } = await peek(bytes, headBytes);
  const gzip = head[0] === 0x1f && head[1] === 0x8b;
  if (gzip && nesting >= maxNesting) throw new SourceError('compressed too many times over');
  if (gzip) return unpack(report.counted(gunzip(all)), report, nesting + 1);
  const chunks = nesting === 0 ? report.counted(all) : all;
  return { chunks, tar: head.toString('latin1', 257, 262) === 'ustar', nesting };
}

async function* gunzip(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const stream = createGunzip();
  // What fails in it fails in the loop below too.
  const fed = pipeline(bytes, stream).catch((error: unknown) => error);
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
    const error = await fed;
    if (error instanceof Error) throw error;
  } catch (error) {
    throw asSourceError(error);
  } finally {
    stream.destroy();
  }
}

async function* readTar(chunks: AsyncIterable<Uint8Array>, report: SourceReport): AsyncGenerator<SourceFile> {
  const tar = extract();
  const fed = pipeline(chunks, tar).catch((error: unknown) => error);
  const names = new Set<string>();
  try {
    for await (const entry of tar) {
      report.entry();
      const name = nameOf(entry.header, names, report);
      if (name !== null) yield* gzFile(name, drained(entry as AsyncIterable<Uint8Array>), report);
      // What nobody read is in the way of the next.
      entry.resume();
    }
    const error = await fed;
    if (error instanceof Error) throw error;
  } catch (error) {
    throw asSourceError(error);
  } finally {
    tar.destroy();
  }
}

/** To stop reading an entry must not end the archive: the rest of it is read over. */
async function* drained(entry: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = entry[Symbol.asyncIterator]();
  const step = () => chunks.next().catch((error: unknown) => Promise.reject(asSourceError(error)));
  let next = await step();
  try {
    for (; next.done !== true; next = await step()) yield next.value;
  } finally {
    while (next.done !== true) next = await step();
  }
}

/** Null where the entry is no file to take. */
function nameOf(header: Header, names: Set<string>, report: SourceReport): string | null {
  const { name, type, linkname, size } = header;
  const safe = safePath(name, report.limits.depth);
  if (type === 'directory') return null;
  if (!safe.ok) report.refuse(name, safe.why);
  else if (names.has(safe.path)) report.refuse(name, 'it stands in the archive twice');
  else if (type === 'symlink') {
    names.add(safe.path);
    const target = linkTarget(safe.path, linkname);
    if (target === null) report.refuse(name, 'a link that leaves the source');
    else report.aliases.set(safe.path, target);
  } else if (type !== 'file' && type !== 'contiguous-file')
    report.refuse(name, type === 'link' ? 'a hard link' : 'it is no file');
  else if (size > report.limits.fileBytes) report.refuse(name, 'it is too large');
  else {
    names.add(safe.path);
    return safe.path;
  }
  return null;
}

/** A file of a tree; some mirrors compress the largest lists by themselves. */
export async function* gzFile(
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  report: SourceReport,
): AsyncGenerator<SourceFile> {
  if (!name.endsWith('.gz')) {
    yield { name, chunks: bytes };
    return;
  }
  const { head, all } = await peek(bytes, headBytes);
  if (head[0] !== 0x1f || head[1] !== 0x8b) yield { name, chunks: all };
  else yield { name: withoutGz(name), chunks: report.limited(report.counted(gunzip(all))) };
}

const withoutGz = (name: string): string => name.replace(/\.gz$/i, '').replace(/\.tgz$/i, '.tar') || name;

function asSourceError(error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  return new SourceError(`damaged: ${error instanceof Error ? error.message : String(error)}`);
}
