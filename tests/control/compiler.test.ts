import { cp, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compilerWith } from '../../control/compiler.ts';
import type { Compiled, CompileTask, ListInput } from '../../control/compiler.ts';
import { readTables } from '../../control/tables.ts';
import { FORMAT_VERSION } from '../../policy/compile/layout.ts';
import { openImage } from '../../policy/compile/image.ts';
import { editionId } from '../../policy/compile/digest.ts';
import { ListSnapshots } from '../../store/lists/snapshots.ts';
import { aup, policyBlocking } from './house.ts';

const list = '@category games\none.test\n=two.test\nnot a host!\n';
let folder: string;
let images: string;
const lines: { edition?: string; reason?: string; message: string }[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hallpass-compiler-'));
  images = join(folder, 'images');
});
afterEach(async () => {
  lines.length = 0;
  await rm(folder, { recursive: true, force: true });
});

const task = (
  host = 'games.test',
  lists: readonly ListInput[] = [{ name: 'games', text: list }],
): CompileTask => ({
  documents: { policy: policyBlocking(host), aup: [aup] },
  files: { policy: 'policy.yaml', aup: ['aup.md'] },
  lists,
});

const compile = compilerWith.bind(null, null);
const cached = (asked: CompileTask): Promise<Compiled> =>
  compilerWith({
    folder: images,
    log: { warn: (fields, message) => void lines.push({ ...fields, message }) },
  })(asked);

async function done(compiled: Promise<Compiled>) {
  const result = await compiled;
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result;
}

/** Resolves when the image is on disk, which happens after it is in force. */
async function kept(edition: string): Promise<string> {
  const path = join(images, `${edition}-${String(FORMAT_VERSION)}.img`);
  await expect
    .poll(
      () =>
        stat(path).then(
          ({ size }) => size,
          () => 0,
        ),
      { timeout: 20_000 },
    )
    .toBeGreaterThan(0);
  return path;
}

const bytes = (image: SharedArrayBuffer): Buffer => Buffer.from(new Uint8Array(image));

describe('a list that is a file', () => {
  test('is compiled from its snapshot as its text would be, under the same name', async () => {
    const snapshots = new ListSnapshots(join(folder, 'lists'));
    const { digest } = await snapshots.add([Buffer.from(list)]);
    const file = { name: 'games', digest, path: snapshots.pathOf(digest) };
    const [text, packed] = await Promise.all([
      done(compile()(task())),
      done(compile()(task('games.test', [file]))),
    ]);
    expect(packed.id).toEqual(text.id);
    expect(bytes(packed.image).equals(bytes(text.image))).toBe(true);
    expect(packed.warnings).toEqual(text.warnings);
  });

  test('that was changed on disk is never compiled', async () => {
    const snapshots = new ListSnapshots(join(folder, 'lists'));
    const { digest } = await snapshots.add([Buffer.from(list)]);
    const other = await snapshots.add([Buffer.from('@category games\nother.test\n')]);
    await cp(snapshots.pathOf(other.digest), snapshots.pathOf(digest));
    const asked = task('games.test', [{ name: 'games', digest, path: snapshots.pathOf(digest) }]);
    await expect(compile()(asked)).rejects.toMatchObject({ code: 'compiler-failed' });
  });
});

describe('a kept image', () => {
  test('is opened instead of being compiled, with what was said then', async () => {
    const first = await done(cached(task()));
    expect(first.reopened).toBe(false);
    await kept(first.id.edition);
    const again = await done(cached(task()));
    expect(again.reopened).toBe(true);
    expect(again.id).toEqual(first.id);
    expect(bytes(again.image).equals(bytes(first.image))).toBe(true);
    expect(again.warnings).toEqual(first.warnings);
    expect(again.warnings).toHaveLength(1);
    expect(openImage(again.image).id.edition).toBe(first.id.edition);
    expect(lines).toEqual([]);
  });

  test('is of one edition: other documents, lists or tables are compiled', async () => {
    const first = await done(cached(task()));
    await kept(first.id.edition);
    const others = [
      task('other.test'),
      task('games.test', [{ name: 'games', text: `${list}more.test\n` }]),
      task('games.test', [{ name: 'games', text: list }, ...(await readTables())]),
    ];
    for (const other of others) expect((await done(cached({ ...other, draft: true }))).reopened).toBe(false);
  });

  test('of a draft does not come to be, but one that is there serves it', async () => {
    const draft = { ...task(), draft: true };
    const { id } = await done(cached(draft));
    expect(await readdir(images).catch(() => [])).toEqual([]);
    await done(cached(task()));
    await kept(id.edition);
    expect((await done(cached(draft))).reopened).toBe(true);
  });

  test.each([
    ['cut short', (path: string) => truncate(path, 900), /should have \d+ bytes and has 900/],
    ['empty', (path: string) => truncate(path, 0), /too short/],
    ['with a bit that turned', (path: string) => flip(path, 700), /checksum/],
    ['of another format', (path: string) => flip(path, 8), /has format \d+/],
    ['no image at all', (path: string) => writeFile(path, 'x'.repeat(2_000)), /no image/],
    ['without what was said', (path: string) => rm(path.replace('.img', '.json')), /ENOENT/],
    ['of another edition', (path: string) => foreign(path), /it is the image of `e-/],
  ])('that is %s is told, compiled anew, and mended', async (_how, damage, reason) => {
    const first = await done(cached(task()));
    const path = await kept(first.id.edition);
    await damage(path);
    const again = await done(cached(task()));
    expect(again.reopened).toBe(false);
    expect(bytes(again.image).equals(bytes(first.image))).toBe(true);
    expect(again.warnings).toEqual(first.warnings);
    const { edition } = first.id;
    expect(lines).toEqual([
      {
        edition,
        reason: expect.stringMatching(reason) as string,
        message: 'the image of an edition was not opened',
      },
    ]);
    await expect.poll(() => readFile(path).then((read) => read.equals(bytes(first.image)))).toBe(true);
    await expect.poll(async () => (await done(cached(task()))).reopened, { timeout: 20_000 }).toBe(true);
  });

  test('stays while it is among the three that were used last', async () => {
    const editions: string[] = [];
    for (const [i, host] of ['a.test', 'b.test', 'c.test'].entries()) {
      const { id } = await done(cached(task(host)));
      editions.push(id.edition);
      const at = new Date(1_000_000 + 1_000 * i);
      await utimes(await kept(id.edition), at, at);
    }
    expect((await done(cached(task('a.test')))).reopened, 'now it was used last').toBe(true);
    await writeFile(join(images, 'x.img.new-0'), 'abandoned');
    await utimes(join(images, 'x.img.new-0'), 1, 1);
    const { id } = await done(cached(task('d.test')));
    await kept(id.edition);
    const left = [editions[0], editions[2], id.edition].flatMap((each) => [
      `${each ?? ''}-${String(FORMAT_VERSION)}.img`,
      `${each ?? ''}-${String(FORMAT_VERSION)}.json`,
    ]);
    await expect.poll(async () => (await readdir(images)).toSorted()).toEqual(left.toSorted());
  });

  test('that cannot be written is told, and the edition is in force all the same', async () => {
    await writeFile(images, 'a file where the folder should be');
    const { id } = await done(cached(task()));
    const message = 'the image of an edition was not kept';
    await expect
      .poll(() => lines.at(-1), { timeout: 20_000 })
      .toMatchObject({ edition: id.edition, message });
  });

  test('has the name that documents and lists have without being compiled', async () => {
    const { documents } = task();
    const { id } = await done(compile()(task()));
    expect(editionId(documents, [{ name: 'games', text: list }])).toEqual(id);
  });
});

async function flip(path: string, at: number): Promise<void> {
  const read = await readFile(path);
  read[at] = (read[at] ?? 0) ^ 1;
  await writeFile(path, read);
}

async function foreign(path: string): Promise<void> {
  const other = await done(cached(task('another.test')));
  await cp(await kept(other.id.edition), path);
}
