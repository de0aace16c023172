import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderSource, sourceAt } from '../../../control/lists/folder.ts';
import { SourceError, sourceLimits, SourceReport, wholeFile } from '../../../control/lists/source.ts';
import { tarGz } from './archives.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hallpass-source-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function read(path: string, limits = sourceLimits) {
  const report = new SourceReport(limits);
  const files: Record<string, string> = {};
  for await (const file of (await sourceAt(path)).files(report))
    files[file.name] = (await wholeFile(file.chunks, 1_000_000))?.toString() ?? 'too large';
  return { files, aliases: Object.fromEntries(report.aliases), refused: report.refused };
}

describe('a folder', () => {
  it('is its files in order of name, and not what is hidden', async () => {
    await mkdir(join(folder, 'lists/b'), { recursive: true });
    await mkdir(join(folder, '.git'));
    await writeFile(join(folder, '.git/config'), 'x');
    await writeFile(join(folder, 'lists/b/domains'), 'b.test\n');
    await writeFile(join(folder, 'lists/a.gz'), gzipSync('a.test\n'));
    await writeFile(join(folder, 'lists/c.gz'), 'not compressed\n');
    const { files, refused } = await read(folder);
    expect(Object.entries(files)).toEqual([
      ['lists/a', 'a.test\n'],
      ['lists/b/domains', 'b.test\n'],
      ['lists/c.gz', 'not compressed\n'],
    ]);
    expect(refused).toEqual([]);
  });

  it('has links within it as other names, and follows none', async () => {
    await mkdir(join(folder, 'in/publicite'), { recursive: true });
    await writeFile(join(folder, 'in/publicite/domains'), 'a.test\n');
    await writeFile(join(folder, 'secret'), 'x');
    await symlink('publicite', join(folder, 'in/ads'));
    await symlink('../secret', join(folder, 'in/evil'));
    await symlink('/etc/passwd', join(folder, 'in/worse'));
    await symlink('..', join(folder, 'in/round'));
    await symlink('nowhere', join(folder, 'in/void'));
    expect(await read(join(folder, 'in'))).toEqual({
      files: { 'publicite/domains': 'a.test\n' },
      aliases: { ads: 'publicite' },
      refused: [
        { name: 'evil', why: 'a link that leaves the source' },
        { name: 'round', why: 'a link that leaves the source' },
        { name: 'void', why: 'a link to nothing: nowhere' },
        { name: 'worse', why: 'a link that leaves the source' },
      ],
    });
  });

  it('is bounded as an archive is', async () => {
    await writeFile(join(folder, 'a'), 'x'.repeat(2_000));
    await writeFile(join(folder, 'b'), 'x'.repeat(2_000));
    expect((await read(folder, { ...sourceLimits, fileBytes: 1_000 })).refused).toHaveLength(2);
    await expect(read(folder, { ...sourceLimits, bytes: 3_000 })).rejects.toThrow(SourceError);
    await expect(read(folder, { ...sourceLimits, entries: 1 })).rejects.toThrow(SourceError);
  });
});

it('a source may be an archive or a file, and anything else is said', async () => {
  await writeFile(join(folder, 'x.tar.gz'), await tarGz([[{ name: 'a' }, 'x']]));
  await writeFile(join(folder, 'hosts'), 'y');
  expect((await read(join(folder, 'x.tar.gz'))).files).toEqual({ a: 'x' });
  expect((await read(join(folder, 'hosts'))).files).toEqual({ hosts: 'y' });
  await expect(read(join(folder, 'none'))).rejects.toThrow('cannot be read: ENOENT');
  await expect(read('/dev/null')).rejects.toThrow('is neither a file nor a folder');
  expect(folderSource(folder).name).toMatch(/^hallpass-source-/);
});
