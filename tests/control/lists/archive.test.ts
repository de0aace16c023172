import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { archiveSource } from '../../../control/lists/archive.ts';
import { SourceError, sourceLimits, SourceReport } from '../../../control/lists/source.ts';
import type { SourceLimits } from '../../../control/lists/source.ts';
import { inPieces, tar, tarGz } from './archives.ts';

async function read(bytes: Uint8Array, limits: Partial<SourceLimits> = {}, name = 'lists.tar.gz') {
  const report = new SourceReport({ ...sourceLimits, ...limits });
  const files: Record<string, string> = {};
  for await (const file of archiveSource(name, () => inPieces(bytes)).files(report)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of file.chunks) chunks.push(chunk);
    files[file.name] = Buffer.concat(chunks).toString();
  }
  const refused = report.refused.map(({ name: path, why }) => `${path}: ${why}`);
  return { files, refused, aliases: Object.fromEntries(report.aliases), report };
}

describe('an archive', () => {
  it('is its files, one after another, packed or not', async () => {
    const entries = [
      [{ name: './lists/', type: 'directory' }],
      [{ name: './lists/adult/domains' }, 'a.test\n'.repeat(1_000)],
      [{ name: 'lists/adult/urls' }, ''],
      [{ name: 'lists/games/domains.gz' }, gzipSync('b.test\n')],
    ] as const;
    const files = {
      'lists/adult/domains': 'a.test\n'.repeat(1_000),
      'lists/adult/urls': '',
      'lists/games/domains': 'b.test\n',
    };
    expect((await read(await tarGz(entries))).files).toEqual(files);
    expect((await read(await tar(entries))).files).toEqual(files);
    expect((await read(gzipSync(await tarGz(entries)))).files).toEqual(files);
  });

  it('may be a file alone', async () => {
    expect((await read(Buffer.from('a.test\n'), {}, 'a/hosts')).files).toEqual({ hosts: 'a.test\n' });
    expect((await read(gzipSync('a.test\n'), {}, 'hosts.gz')).files).toEqual({ hosts: 'a.test\n' });
    expect((await read(Buffer.alloc(0), {}, 'hosts')).files).toEqual({ hosts: '' });
  });

  it('may be left unread in parts', async () => {
    const bytes = await tarGz([
      [{ name: 'a' }, 'x'.repeat(500_000)],
      [{ name: 'b' }, 'y'.repeat(500_000)],
      [{ name: 'c.gz' }, gzipSync('z'.repeat(500_000))],
      [{ name: 'd' }, 'end'],
    ]);
    const names: string[] = [];
    for await (const file of archiveSource('x', () => inPieces(bytes)).files(new SourceReport())) {
      names.push(file.name);
      if (file.name === 'a') continue;
      for await (const chunk of file.chunks) if (chunk.length > 0) break;
    }
    expect(names).toEqual(['a', 'b', 'c', 'd']);
  });

  it('knows links within it as other names', async () => {
    const { files, aliases, refused } = await read(
      await tarGz([
        [{ name: 'lists/publicite/domains' }, 'a.test\n'],
        [{ name: 'lists/ads', type: 'symlink', linkname: 'publicite' }],
        [{ name: 'lists/more/ads', type: 'symlink', linkname: '../publicite/domains' }],
      ]),
    );
    expect(Object.keys(files)).toEqual(['lists/publicite/domains']);
    expect(aliases).toEqual({ 'lists/ads': 'lists/publicite', 'lists/more/ads': 'lists/publicite/domains' });
    expect(refused).toEqual([]);
  });
});

describe('what strangers packed', () => {
  it.each([
    ['../evil', 'its path leaves the source'],
    ['lists/../../evil', 'its path leaves the source'],
    ['/etc/passwd', 'its path begins at the root of the machine'],
    ['C:/evil', 'its path begins at the root of the machine'],
    ['c:evil', 'its path begins at the root of the machine'],
    ['a\\..\\..\\evil', 'its name holds a backslash'],
    ['a\nb', 'its name holds what no name should'],
    [`${'a/'.repeat(30)}b`, 'its path is too long'],
  ])('never leaves the tree: %j', async (name, why) => {
    const { files, report } = await read(
      await tarGz([
        [{ name }, 'x'],
        [{ name: 'good' }, 'y'],
      ]),
    );
    expect(Object.keys(files)).toEqual(['good']);
    expect(report.refused.map((refusal) => refusal.why)).toEqual([why]);
  });

  it.each([['../../etc/passwd'], ['/etc/passwd'], ['..'], ['lists/../../..'], ['C:/x'], ['..\\x']])(
    'has no link that leaves it: %j',
    async (linkname) => {
      const { aliases, refused } = await read(
        await tarGz([[{ name: 'lists/x', type: 'symlink', linkname }]]),
      );
      expect(aliases).toEqual({});
      expect(refused).toEqual(['lists/x: a link that leaves the source']);
    },
  );

  it.each([
    ['link', 'a hard link'],
    ['character-device', 'it is no file'],
    ['block-device', 'it is no file'],
    ['fifo', 'it is no file'],
  ] as const)('has files alone: no %s', async (type, why) => {
    expect((await read(await tarGz([[{ name: 'x', type, linkname: 'y' }]]))).refused).toEqual([`x: ${why}`]);
  });

  it('has no name twice', async () => {
    const { files, refused } = await read(
      await tarGz([
        [{ name: 'a' }, '1'],
        [{ name: './a' }, '2'],
      ]),
    );
    expect(files).toEqual({ a: '1' });
    expect(refused).toEqual(['./a: it stands in the archive twice']);
  });

  it('is counted as it unpacks', async () => {
    const zeros = Buffer.alloc(20 * 1024 * 1024);
    const bomb = await tarGz([[{ name: 'domains' }, zeros]]);
    expect(bomb.length).toBeLessThan(100_000);
    await expect(read(bomb, { bytes: 1024 * 1024 })).rejects.toThrow(
      new SourceError('more than 1 MiB unpacked'),
    );
    const inner = await tarGz([[{ name: 'domains.gz' }, gzipSync(zeros)]]);
    await expect(read(inner, { bytes: 1024 * 1024 })).rejects.toThrow(
      new SourceError('more than 1 MiB unpacked'),
    );
    const file = { fileBytes: 1024 * 1024 };
    expect((await read(bomb, file)).refused).toEqual(['domains: it is too large']);
    await expect(read(inner, file)).rejects.toThrow(new SourceError('a file of more than 1 MiB'));
    await expect(read(gzipSync(gzipSync(gzipSync('x'))))).rejects.toThrow(
      new SourceError('compressed too many times over'),
    );
  });

  it('has so many entries and no more', async () => {
    const many = await tarGz(Array.from({ length: 20 }, (_, i) => [{ name: String(i) }, ''] as const));
    await expect(read(many, { entries: 19 })).rejects.toThrow(new SourceError('more than 19 entries'));
  });

  it('may be damaged', async () => {
    const good = await tarGz([[{ name: 'a' }, 'x'.repeat(100_000)]]);
    await expect(read(good.subarray(0, good.length - 100))).rejects.toThrow(SourceError);
    const plain = await tar([[{ name: 'a' }, 'x'.repeat(100_000)]]);
    await expect(read(plain.subarray(0, 50_000))).rejects.toThrow(SourceError);
    const broken = Buffer.from(good);
    broken.fill(0x55, 40, 80);
    await expect(read(broken)).rejects.toThrow(SourceError);
  });

  it('ends, whatever it is', async () => {
    const good = await tar([
      [{ name: 'a' }, 'x'.repeat(600)],
      [{ name: 'b', type: 'symlink', linkname: 'a' }],
    ]);
    const cut = fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }), fc.boolean());
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array(), cut), async (how) => {
        let bytes: Uint8Array;
        if (how instanceof Uint8Array) bytes = how;
        else {
          bytes = Buffer.from(good);
          bytes[how[0]] = how[1];
          if (how[2]) bytes = gzipSync(bytes);
        }
        await read(bytes).catch((error: unknown) => expect(error).toBeInstanceOf(SourceError));
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
    );
  });
});
