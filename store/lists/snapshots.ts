/**
 * The lists as they were compiled into editions, each named by the digest of its text (as in {@link EditionId.lists}):
 *
 *     <digest>.zst      the text, compressed: what is in force, and what is held back
 *     <digest>.delta    what was in force before, as what it takes from a newer one, compressed
 *     *.new-<n>         being written; what a killed process left of it is removed by the next one
 *
 * A file gets its name when all of it is on disk, so that a name means a whole file. What is read is held against its
 * digest each time: a file that was cut short or changed is never used, and is told as `list-snapshot`. A list becomes a
 * delta only after the text was made from it again and had the same digest, and only then the whole one goes.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as immediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  constants,
  createZstdCompress,
  createZstdDecompress,
  zstdCompress,
  zstdDecompress,
  zstdDecompressSync,
} from 'node:zlib';
import { pipeline } from 'node:stream/promises';
import { StoreError } from '../errors.ts';
import { applyDelta, makeDelta } from './delta.ts';

export interface SnapshotAdded {
  /** 16 hexadecimal digits. */
  readonly digest: string;
  /** Of the text. */
  readonly bytes: number;
}

export interface SnapshotSizes {
  readonly whole: { readonly files: number; readonly bytes: number };
  readonly deltas: { readonly files: number; readonly bytes: number };
}

/** An older snapshot, and the one that took its place. */
export interface Succession {
  readonly older: string;
  readonly newer: string;
}

/** A text is held in memory while it is read; 256 MiB are ten million hosts. */
export const maxSnapshotBytes = 256 * 1024 * 1024;

const [whole, delta] = ['.zst', '.delta'] as const;
const unfinished = /\.new-[0-9a-f]+$|^incoming-/;
const magic = 'hallpass-delta 1';
const compression = {
  params: { [constants.ZSTD_c_compressionLevel]: 6, [constants.ZSTD_c_checksumFlag]: 1 },
};
const limits = { maxOutputLength: maxSnapshotBytes };
const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

export class ListSnapshots {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Of a whole one; whether it is there is {@link ListSnapshots.has}. */
  pathOf(digest: string): string {
    return join(this.folder, `${digest}${whole}`);
  }

  has(digest: string): 'whole' | 'delta' | null {
    if (existsSync(this.pathOf(digest))) return 'whole';
    return existsSync(this.#deltaOf(digest)) ? 'delta' : null;
  }

  /**
   * Keeps a text; it is on disk when it resolves. One that is there already stays.
   * @throws RangeError where the text is longer than a snapshot may be
   */
  async add(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<SnapshotAdded> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const path = this.#unfinished();
    let bytes = 0;
    try {
      const file = await open(path, 'wx', 0o600);
      const count = async function* (): AsyncGenerator<Uint8Array> {
        for await (const chunk of chunks) {
          bytes += chunk.length;
          if (bytes > maxSnapshotBytes) throw tooLong();
          yield chunk;
        }
      };
      // Closes the file.
      await pipeline(count, createZstdCompress(compression), file.createWriteStream({ flush: true }));
      const text = await decompress(await readFile(path), limits);
      const digest = digestOf([text], bytes);
      await this.#keep(path, this.pathOf(digest));
      await rm(this.#deltaOf(digest), { force: true });
      return { digest, bytes };
    } finally {
      await rm(path, { force: true });
    }
  }

  /** The text, out of however many deltas. @throws StoreError `list-snapshot` where it is not there, or not as it was written */
  async read(digest: string): Promise<Uint8Array> {
    return this.#read(digest, new Set());
  }

  /**
   * What is wrong with it; null when it is as it was written. Never holds a whole one in memory.
   * @param bytes of its text
   */
  async findDamage(digest: string, bytes: number): Promise<StoreError | null> {
    try {
      if (this.has(digest) !== 'whole') await this.read(digest);
      else if ((await digestOfFile(this.pathOf(digest), bytes)) !== digest)
        throw damaged(this.pathOf(digest), 'it was cut short or changed');
      return null;
    } catch (error) {
      if (error instanceof StoreError) return error;
      throw error;
    }
  }

  /** Keeps whole what is read wholly again and again; the file must not be taken for one in force. */
  async restore(digest: string): Promise<string> {
    if (this.has(digest) !== 'whole') await this.add([await this.read(digest)]);
    return this.pathOf(digest);
  }

  /**
   * Makes an older one a delta against the one that took its place.
   * @returns the bytes that this has freed; 0 where nothing was to be done
   * @throws StoreError `list-snapshot` where one of them is not as it was written; nothing has changed then
   */
  async shrink({ older, newer }: Succession): Promise<number> {
    if (older === newer || this.has(older) !== 'whole' || this.has(newer) !== 'whole') return 0;
    const [base, text] = [await this.read(newer), await this.read(older)];
    const parts = [Buffer.from(`${magic} ${newer} ${String(text.length)}\n`), ...makeDelta(base, text)];
    const packed = Buffer.concat(parts);
    if (digestOf([...applyDelta(base, bodyOf(packed))], text.length) !== older)
      throw new Error(`the delta of \`${older}\` does not give its text again`);
    const path = this.#unfinished();
    try {
      const bytes = await compress(packed, compression);
      const before = (await stat(this.pathOf(older))).size;
      await writeDurably(path, bytes);
      await this.#keep(path, this.#deltaOf(older));
      await this.drop(older, whole);
      return before - bytes.length;
    } finally {
      await rm(path, { force: true });
    }
  }

  /** Removes what nobody needs: neither by itself nor as what a needed one was made from. @returns how many */
  async purge(needed: ReadonlySet<string>): Promise<number> {
    const keep = new Set<string>();
    for (const digest of needed)
      for (let at: string | null = digest; at !== null && !keep.has(at); at = this.#baseOf(at)) keep.add(at);
    const files = this.#files().filter(({ digest }) => !keep.has(digest));
    for (const { digest, ending } of files) await this.drop(digest, ending);
    return files.length;
  }

  /** What a killed process left of a file that it was writing. */
  async sweep(): Promise<void> {
    for (const name of await readdir(this.folder).catch(() => []))
      if (unfinished.test(name)) await rm(join(this.folder, name), { recursive: true, force: true });
  }

  sizes(): SnapshotSizes {
    const of = (wanted: string) => {
      const found = this.#files().filter(({ ending }) => ending === wanted);
      return { files: found.length, bytes: found.reduce((sum, { bytes }) => sum + bytes, 0) };
    };
    return { whole: of(whole), deltas: of(delta) };
  }

  /** Bytes on disk; 0 where it is not there. */
  sizeOf(digest: string): number {
    return this.#files().find((file) => file.digest === digest)?.bytes ?? 0;
  }

  async drop(digest: string, ending: typeof whole | typeof delta): Promise<void> {
    await rm(join(this.folder, `${digest}${ending}`), { force: true });
    await syncFolder(this.folder);
  }

  async #read(digest: string, above: Set<string>): Promise<Uint8Array> {
    const form = this.has(digest);
    const path = form === 'delta' ? this.#deltaOf(digest) : this.pathOf(digest);
    if (form === null) throw damaged(path, 'it is not there');
    if (above.has(digest)) throw damaged(path, 'it is made from itself');
    const unpacked = await unpack(path);
    let chunks: readonly Uint8Array[] = [unpacked];
    if (form === 'delta') {
      const base = await this.#read(headOf(unpacked, path), above.add(digest));
      chunks = appliedTo(base, unpacked, path);
    }
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if ((await digestGently(chunks, length)) !== digest) throw damaged(path, 'it was cut short or changed');
    return chunks.length === 1 ? (chunks[0] ?? unpacked) : Buffer.concat(chunks, length);
  }

  /** What a delta is made from; null of a whole one, and where it cannot be told. */
  #baseOf(digest: string): string | null {
    if (this.has(digest) !== 'delta') return null;
    try {
      const path = this.#deltaOf(digest);
      return headOf(zstdDecompressSync(readFileSync(path), limits), path);
    } catch {
      return null;
    }
  }

  #deltaOf(digest: string): string {
    return join(this.folder, `${digest}${delta}`);
  }

  #unfinished(): string {
    return join(this.folder, `snapshot.new-${randomBytes(6).toString('hex')}`);
  }

  async #keep(from: string, to: string): Promise<void> {
    await rename(from, to);
    await syncFolder(this.folder);
  }

  #files(): { digest: string; ending: typeof whole | typeof delta; bytes: number }[] {
    if (!existsSync(this.folder)) return [];
    return readdirSync(this.folder).flatMap((name) => {
      const [, digest = '', ending = ''] = /^([0-9a-f]{16})(\.zst|\.delta)$/.exec(name) ?? [];
      if (ending !== whole && ending !== delta) return [];
      const bytes = statSync(join(this.folder, name), { throwIfNoEntry: false })?.size ?? 0;
      return [{ digest, ending, bytes }];
    });
  }
}

/**
 * The text of a whole snapshot, for who can wait for it: the compiler.
 * @throws StoreError `list-snapshot`
 */
export function readSnapshotFile(path: string, digest: string): Uint8Array {
  let text: Uint8Array;
  try {
    text = zstdDecompressSync(readFileSync(path), limits);
  } catch (error) {
    throw damaged(path, (error as Error).message, error);
  }
  if (digestOf([text], text.length) !== digest) throw damaged(path, 'it was cut short or changed');
  return text;
}

/** As policy/compile/digest.ts makes it of the same text. */
export function digestOf(chunks: Iterable<Uint8Array>, bytes: number): string {
  const hash = createHash('sha256').update(`${String(bytes)}:`);
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex').slice(0, 16);
}

async function digestOfFile(path: string, bytes: number): Promise<string> {
  const hash = createHash('sha256').update(`${String(bytes)}:`);
  try {
    await pipeline(
      createReadStream(path),
      createZstdDecompress(),
      async (chunks: AsyncIterable<Uint8Array>) => {
        for await (const chunk of chunks) hash.update(chunk);
      },
    );
  } catch (error) {
    throw damaged(path, (error as Error).message, error);
  }
  return hash.digest('hex').slice(0, 16);
}

/** Some milliseconds at a time: control answers sign-ins meanwhile. */
async function digestGently(chunks: readonly Uint8Array[], bytes: number): Promise<string> {
  const hash = createHash('sha256').update(`${String(bytes)}:`);
  for (const chunk of chunks)
    for (let at = 0; at < chunk.length; at += slice) {
      hash.update(chunk.subarray(at, at + slice));
      if (chunk.length - at > slice) await immediate();
    }
  return hash.digest('hex').slice(0, 16);
}

const slice = 2 * 1024 * 1024;

async function unpack(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw damaged(path, (error as Error).message, error);
  });
  return decompress(bytes, limits).catch((error: unknown) => {
    throw damaged(path, (error as Error).message, error);
  });
}

const newline = 10;

function headOf(unpacked: Uint8Array, path: string): string {
  const head = Buffer.from(unpacked.subarray(0, Math.max(0, unpacked.indexOf(newline)))).toString('latin1');
  const [, base] = /^hallpass-delta 1 ([0-9a-f]{16}) \d+$/.exec(head) ?? [];
  if (base === undefined) throw damaged(path, 'its head is not understood');
  return base;
}

const bodyOf = (unpacked: Uint8Array): Uint8Array => unpacked.subarray(unpacked.indexOf(newline) + 1);

function appliedTo(base: Uint8Array, unpacked: Uint8Array, path: string): readonly Uint8Array[] {
  try {
    return [...applyDelta(base, bodyOf(unpacked))];
  } catch (error) {
    throw damaged(path, (error as Error).message, error);
  }
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A name is on disk when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const opened = await open(folder, 'r');
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}

const tooLong = (): RangeError =>
  new RangeError(`the list is longer than ${String(maxSnapshotBytes / 1024 / 1024)} MiB`);

const damaged = (path: string, why: string, cause?: unknown): StoreError =>
  new StoreError(
    'list-snapshot',
    `the snapshot \`${path}\` cannot be used: ${why}: run \`hallpass lists update\`, or restore a backup`,
    cause === undefined ? undefined : { cause },
  );
