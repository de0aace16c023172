/**
 * Compiled images on disk, so that a start reads one instead of compiling it:
 *
 *     <edition>-<format>.img     the image, byte for byte (policy/compile/layout.ts); it brings its own checksum
 *     <edition>-<format>.json    what was said when it was compiled, for those who ask again
 *     *.new-<n>                  being written; what a killed process left of it is removed by a later one
 *
 * An edition's name is the digest of all that it is made of, so that a file of its name stands for compiling it. A file gets
 * its name when all of it is on disk, the image last. What is read is checked as a whole each time; what does not fit is told
 * and never used. Everything here waits for the disk and is for the compiler thread.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { checkImage, FORMAT_VERSION } from '../policy/compile/layout.ts';
import type { Program } from '../policy/compile/program.ts';
import type { Problem } from '../policy/errors.ts';

export interface StoredImage {
  readonly image: SharedArrayBuffer;
  /** Of the compilation. */
  readonly warnings: readonly Problem[];
}

/** The edition in force, the one before it, and one that somebody looks back at. */
const imagesKept = 3;
/** Longer than any image is being written. */
const abandoned = 3_600_000;
/** Of one system call. */
const piece = 16 * 1024 * 1024;
const unfinished = /\.new-[0-9a-f]+$/;

/** Of a data folder. */
export const imagesOf = (data: string): string => join(data, 'images');

const pathOf = (folder: string, edition: string): string => join(folder, `${edition}-${FORMAT_VERSION}.img`);
const besideOf = (path: string): string => path.replace(/\.img$/, '.json');

/**
 * The image of an edition; null where there is none.
 * @throws Error saying why the one that is there cannot be used
 */
export function readStoredImage(folder: string, edition: string): StoredImage | null {
  const path = pathOf(folder, edition);
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return null;
  const image = readShared(path);
  const { program } = checkImage(image);
  const { id } = JSON.parse(Buffer.from(program).toString()) as Program;
  if (id.edition !== edition) throw new Error(`it is the image of \`${id.edition}\``);
  const { warnings } = JSON.parse(readFileSync(besideOf(path), 'utf8')) as Pick<StoredImage, 'warnings'>;
  if (!Array.isArray(warnings)) throw new Error('what was said at its compilation is not understood');
  noteUse(path);
  return { image, warnings };
}

/** Keeps an image, and drops those that were not used for longest. It is on disk when this returns. */
export function keepImage(folder: string, edition: string, { image, warnings }: StoredImage): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = pathOf(folder, edition);
  writeDurably(besideOf(path), Buffer.from(JSON.stringify({ warnings })));
  writeDurably(path, new Uint8Array(image));
  const opened = openSync(folder, 'r');
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
  dropOld(folder);
}

function noteUse(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // A command of somebody who may only read.
  }
}

function readShared(path: string): SharedArrayBuffer {
  const file = openSync(path, 'r');
  try {
    const image = new SharedArrayBuffer(fstatSync(file).size);
    const bytes = new Uint8Array(image);
    for (let at = 0; at < bytes.length;) {
      const read = readSync(file, bytes, at, Math.min(piece, bytes.length - at), at);
      if (read === 0) throw new Error('it became shorter while it was read');
      at += read;
    }
    return image;
  } finally {
    closeSync(file);
  }
}

function writeDurably(path: string, bytes: Uint8Array): void {
  const temporary = `${path}.new-${randomBytes(6).toString('hex')}`;
  try {
    const file = openSync(temporary, 'wx', 0o600);
    try {
      for (let at = 0; at < bytes.length;)
        at += writeSync(file, bytes, at, Math.min(piece, bytes.length - at), at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function dropOld(folder: string): void {
  const files = readdirSync(folder).map((name) => {
    const path = join(folder, name);
    return { path, usedAt: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 };
  });
  const images = files
    .filter(({ path }) => path.endsWith('.img'))
    .toSorted((a, b) => b.usedAt - a.usedAt)
    .map(({ path }) => path);
  const kept = new Set(images.slice(0, imagesKept).flatMap((path) => [path, besideOf(path)]));
  for (const { path, usedAt } of files) {
    const isOld = /\.(?:img|json)$/.test(path)
      ? !kept.has(path)
      : unfinished.test(path) && usedAt < Date.now() - abandoned;
    if (isOld) rmSync(path, { force: true });
  }
}
