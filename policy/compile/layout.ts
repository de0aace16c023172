/**
 * The image: one SharedArrayBuffer that every proxy thread reads and nobody writes.
 *
 *     offset  bytes
 *          0      8  magic `HALLPASS`
 *          8      4  format version (little-endian, as all numbers here)
 *         12      4  length of the whole image
 *         16      4  number of sections
 *         20      4  zero
 *         24     32  SHA-256 of everything else: bytes 0 to 23, then 56 to the end
 *         56   8 × n  section table: offset and length of each section, in the order of `sections` below
 *                    sections, each beginning at a multiple of 8
 *
 * `program` is JSON (rules, audiences, clauses: few, read once). The others are the arrays of the indexes, read in place;
 * host-index.ts, host-lines.ts, url-index.ts, url-paths.ts, url-patterns.ts and grams.ts explain them. Whoever changes what any byte means increases FORMAT_VERSION: a test holds the
 * digest of a small image of each version.
 */
import { createHash } from 'node:crypto';
import { ImageError } from '../errors.ts';
import { hostSections } from './host-index.ts';
import { urlSections } from './url-index.ts';

export const FORMAT_VERSION = 4;

const MAGIC = 'HALLPASS';
const CHECKSUM_AT = 24;
const TABLE_AT = 56;

export const sections = ['program', ...hostSections, 'hostLines', ...urlSections] as const;
export type SectionName = (typeof sections)[number];

type Bytes = Uint8Array<ArrayBufferLike>;
export type Sections = Readonly<Record<SectionName, Bytes>>;

const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
const aligned = (offset: number) => (offset + 7) & ~7;

function checksum(bytes: Bytes): Buffer {
  return createHash('sha256')
    .update(bytes.subarray(0, CHECKSUM_AT))
    .update(bytes.subarray(TABLE_AT))
    .digest();
}

/** Puts the sections into one image. */
export function writeImage(parts: Sections): SharedArrayBuffer {
  if (!LITTLE_ENDIAN)
    throw new ImageError('image-version', 'images are little-endian, and this machine is not');
  const first = aligned(TABLE_AT + 8 * sections.length);
  const length = sections.reduce((end, name) => aligned(end) + parts[name].byteLength, first);
  const image = new SharedArrayBuffer(aligned(length));
  const bytes = new Uint8Array(image);
  const view = new DataView(image);
  bytes.set(Buffer.from(MAGIC, 'latin1'));
  view.setUint32(8, FORMAT_VERSION, true);
  view.setUint32(12, image.byteLength, true);
  view.setUint32(16, sections.length, true);
  let offset = first;
  for (const [i, name] of sections.entries()) {
    offset = aligned(offset);
    view.setUint32(TABLE_AT + 8 * i, offset, true);
    view.setUint32(TABLE_AT + 8 * i + 4, parts[name].byteLength, true);
    bytes.set(parts[name], offset);
    offset += parts[name].byteLength;
  }
  bytes.set(checksum(bytes), CHECKSUM_AT);
  return image;
}

/** @throws ImageError when this engine cannot read it */
function checkHead(image: SharedArrayBuffer): void {
  if (image.byteLength < TABLE_AT) throw new ImageError('image-size', 'this is too short for an image');
  const view = new DataView(image);
  if (Buffer.from(image, 0, 8).toString('latin1') !== MAGIC)
    throw new ImageError('image-magic', 'this is no image');
  const version = view.getUint32(8, true);
  if (version !== FORMAT_VERSION || !LITTLE_ENDIAN)
    throw new ImageError(
      'image-version',
      `the image has format ${version}, and this engine reads ${FORMAT_VERSION}`,
    );
  if (view.getUint32(12, true) !== image.byteLength || view.getUint32(16, true) !== sections.length)
    throw new ImageError(
      'image-size',
      `the image should have ${view.getUint32(12, true)} bytes and has ${image.byteLength}`,
    );
}

/**
 * The sections of an image that somebody has checked: whoever made it, or {@link checkImage}. Costs nothing that grows with
 * the image, since requests wait for the thread that opens one.
 * @throws ImageError when this engine cannot read it
 */
export function readImage(image: SharedArrayBuffer): Sections {
  checkHead(image);
  const view = new DataView(image);
  const part = (i: number) =>
    new Uint8Array(image, view.getUint32(TABLE_AT + 8 * i, true), view.getUint32(TABLE_AT + 8 * i + 4, true));
  return Object.fromEntries(sections.map((name, i) => [name, part(i)])) as unknown as Sections;
}

/**
 * Reads all of it: some milliseconds for each megabyte. For what comes from a disk, once, before anybody decides by it.
 * @throws ImageError saying what is wrong with it
 */
export function checkImage(image: SharedArrayBuffer): Sections {
  checkHead(image);
  const bytes = new Uint8Array(image);
  if (!checksum(bytes).equals(bytes.subarray(CHECKSUM_AT, TABLE_AT)))
    throw new ImageError('image-checksum', 'the image is damaged: its checksum does not fit');
  return readImage(image);
}
