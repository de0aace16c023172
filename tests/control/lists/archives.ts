/** Archives for tests, honest and hostile. */
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { Header } from 'tar-stream';

export type Packed = readonly (readonly [
  header: Partial<Header> & { name: string },
  content?: string | Buffer,
])[];

export async function tar(entries: Packed): Promise<Buffer> {
  const packer = pack();
  for (const [header, content = ''] of entries) packer.entry(header, content as string);
  packer.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of packer) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

export const tarGz = async (entries: Packed): Promise<Buffer> => gzipSync(await tar(entries));

/** In pieces, as a network gives them. */
export async function* inPieces(bytes: Uint8Array, size = 1_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
