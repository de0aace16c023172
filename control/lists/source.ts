/** Where lists come from, as files one after another: an archive (archive.ts), a folder (folder.ts), or a file alone. */

export interface SourceFile {
  /** Path in the source, with `/` between, without dot segments. */
  readonly name: string;
  /** To be read before the next file is asked for, or not at all. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Can be read any number of times. */
export interface ListSource {
  readonly name: string;
  /** @param report what was refused on the way; of a new reading each time */
  files(report: SourceReport): AsyncIterable<SourceFile>;
}

export interface SourceLimits {
  readonly entries: number;
  /** Of all files together, unpacked. */
  readonly bytes: number;
  /** Of one file, unpacked. */
  readonly fileBytes: number;
  /** Folders in folders. */
  readonly depth: number;
}

/** The largest public collection has 6 million hosts in 80 categories: 130 MB. */
export const sourceLimits: SourceLimits = {
  entries: 50_000,
  bytes: 2 * 1024 * 1024 * 1024,
  fileBytes: 512 * 1024 * 1024,
  depth: 20,
};

export interface Refusal {
  readonly name: string;
  /** Lower case, no full stop. */
  readonly why: string;
}

/** A source that cannot be read on: damaged, or larger than any list. */
export class SourceError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SourceError';
  }
}

const maxRefused = 1_000;

export class SourceReport {
  readonly limits: SourceLimits;
  /** The first of them. */
  readonly refused: Refusal[] = [];
  refusedCount = 0;
  /** Path of a link → path of what it means; a file or a folder. */
  readonly aliases = new Map<string, string>();
  entries = 0;
  bytes = 0;

  constructor(limits: SourceLimits = sourceLimits) {
    this.limits = limits;
  }

  refuse(name: string, why: string): void {
    this.refusedCount++;
    if (this.refused.length < maxRefused) this.refused.push({ name: printable(name), why });
  }

  /** @throws SourceError */
  entry(): void {
    if (++this.entries > this.limits.entries)
      throw new SourceError(`more than ${this.limits.entries} entries`);
  }

  /** What passes through is counted. */
  async *counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.bytes += chunk.length;
      if (this.bytes > this.limits.bytes)
        throw new SourceError(`more than ${Math.floor(this.limits.bytes / 1024 / 1024)} MiB unpacked`);
      yield chunk;
    }
  }

  /** Of one file. */
  async *limited(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > this.limits.fileBytes)
        throw new SourceError(`a file of more than ${Math.floor(this.limits.fileBytes / 1024 / 1024)} MiB`);
      yield chunk;
    }
  }
}

const printable = (text: string): string => text.slice(0, 200).replace(/\p{C}/gu, '\ufffd');

/** The path without `./` and a slash at its end; or why it is none that a list could have. */
export function safePath(
  path: string,
  depth: number,
): { readonly ok: true; readonly path: string } | { readonly ok: false; readonly why: string } {
  const refuse = (why: string) => ({ ok: false, why }) as const;
  if (/[\p{Cc}\ufffd]/u.test(path)) return refuse('its name holds what no name should');
  if (path.includes('\\')) return refuse('its name holds a backslash');
  if (path.startsWith('/') || /^[a-z]:/i.test(path))
    return refuse('its path begins at the root of the machine');
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..')) return refuse('its path leaves the source');
  if (segments.length === 0) return refuse('it has no name');
  if (segments.length > depth || path.length > 1_024) return refuse('its path is too long');
  return { ok: true, path: segments.join('/') };
}

/** What a link in the folder of `from` means, as a path in the source; null where it leaves it. */
export function linkTarget(from: string, target: string | null): string | null {
  if (target === null || target === '' || target.startsWith('/') || /[\\\p{Cc}]|^[a-z]:/iu.test(target))
    return null;
  const segments = from.split('/').slice(0, -1);
  for (const segment of target.split('/')) {
    if (segment === '..' && segments.pop() === undefined) return null;
    if (segment !== '..' && segment !== '.' && segment !== '') segments.push(segment);
  }
  return segments.length === 0 ? null : segments.join('/');
}

/** All of a small file; null where it is larger. */
export async function wholeFile(chunks: AsyncIterable<Uint8Array>, most: number): Promise<Buffer | null> {
  const all: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > most) return null;
    all.push(chunk);
  }
  return Buffer.concat(all, length);
}

/** Its first bytes, and all of it again. */
export async function peek(
  bytes: AsyncIterable<Uint8Array>,
  least: number,
): Promise<{ readonly head: Buffer; readonly all: AsyncIterable<Uint8Array> }> {
  const iterator = bytes[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let length = 0;
  while (length < least) {
    const next = await iterator.next();
    if (next.done === true) break;
    first.push(next.value);
    length += next.value.length;
  }
  const head = Buffer.concat(first, length);
  return { head, all: rejoin(head, iterator) };
}

async function* rejoin(head: Buffer, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** Closes what gives the bytes, even where nobody read them to their end. */
export async function* closing(
  bytes: AsyncIterable<Uint8Array>,
  use: (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<SourceFile>,
): AsyncGenerator<SourceFile> {
  const iterator = bytes[Symbol.asyncIterator]();
  try {
    yield* use({ [Symbol.asyncIterator]: () => iterator });
  } finally {
    await iterator.return?.();
  }
}
