import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { editionId } from '../../../policy/compile/digest.ts';
import { ListSnapshots, readSnapshotFile } from '../../../store/lists/snapshots.ts';

let folder: string;
let snapshots: ListSnapshots;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'hallpass-snapshots-')), 'lists');
  snapshots = new ListSnapshots(folder);
});
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

const add = async (text: string): Promise<string> => (await snapshots.add([Buffer.from(text)])).digest;
const read = async (digest: string): Promise<string> => Buffer.from(await snapshots.read(digest)).toString();

/** A list on day `day`: some lines come, some go. */
const onDay = (day: number): string =>
  Array.from({ length: 5_000 }, (_, i) => `host-${String(i)}.example.org`)
    .filter((_, i) => (i + day) % 997 !== 0)
    .concat(`new-${String(day)}.example.org`)
    .join('\n') + '\n';

describe('snapshots of lists', () => {
  test('are named as editions name lists', async () => {
    const text = '@category games\ngames.test\nspiele-für-dich.test\n';
    const id = editionId({ policy: '', aup: [] }, [{ name: 'games', text }]);
    expect(await add(text)).toBe(id.lists['games']);
  });

  test('come back as they were, however they came', async () => {
    const parts = ['@category games\n', 'a.test\n', '', 'b.test\n'].map((part) => Buffer.from(part));
    const { digest, bytes } = await snapshots.add(parts);
    expect(await read(digest)).toBe('@category games\na.test\nb.test\n');
    expect(bytes).toBe(30);
    expect(Buffer.from(readSnapshotFile(snapshots.pathOf(digest), digest)).toString()).toBe(
      await read(digest),
    );
    expect(await add('')).toMatch(/^[0-9a-f]{16}$/);
  });

  test('stand once, whoever brings them again', async () => {
    expect(await add('a.test\n')).toBe(await add('a.test\n'));
    expect(readdirSync(folder)).toHaveLength(1);
  });

  test('are refused where they are too long, and leave nothing', async () => {
    const big = function* () {
      for (let i = 0; i < 257; i++) yield Buffer.alloc(1024 * 1024);
    };
    await expect(snapshots.add(big())).rejects.toThrow(/longer than 256 MiB/);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('an older one', () => {
  test('is a small delta, from which its text is made again through any number of newer ones', async () => {
    const days = [1, 2, 3, 4, 5];
    const digests: string[] = [];
    for (const day of days) digests.push(await add(onDay(day)));
    for (let i = 0; i + 1 < digests.length; i++)
      expect(
        await snapshots.shrink({ older: digests[i] ?? '', newer: digests[i + 1] ?? '' }),
      ).toBeGreaterThan(0);
    for (const [i, day] of days.entries()) expect(await read(digests[i] ?? '')).toBe(onDay(day));
    const { whole, deltas } = snapshots.sizes();
    expect([whole.files, deltas.files]).toEqual([1, 4]);
    expect(deltas.bytes).toBeLessThan(whole.bytes / 4);
  });

  test('is whole again when it comes back, and what was made from it stays', async () => {
    const [first, second, third] = [await add(onDay(1)), await add(onDay(2)), await add(onDay(3))];
    await snapshots.shrink({ older: first, newer: second });
    await snapshots.shrink({ older: second, newer: third });
    expect(await add(onDay(1))).toBe(first);
    expect(snapshots.has(first)).toBe('whole');
    await snapshots.shrink({ older: third, newer: first });
    expect([await read(first), await read(second), await read(third)]).toEqual([
      onDay(1),
      onDay(2),
      onDay(3),
    ]);
  });

  test('goes when nobody needs it, unless one that is needed is made from it', async () => {
    const [first, second, third] = [await add(onDay(1)), await add(onDay(2)), await add(onDay(3))];
    await snapshots.shrink({ older: first, newer: second });
    await snapshots.shrink({ older: second, newer: third });
    expect(await snapshots.purge(new Set([first, third]))).toBe(0);
    expect(await snapshots.purge(new Set([second, third]))).toBe(1);
    expect([snapshots.has(first), snapshots.has(second), snapshots.has(third)]).toEqual([
      null,
      'delta',
      'whole',
    ]);
    expect(await snapshots.purge(new Set())).toBe(2);
  });

  test('can be had whole for a while', async () => {
    const [first, second] = [await add(onDay(1)), await add(onDay(2))];
    await snapshots.shrink({ older: first, newer: second });
    const path = await snapshots.restore(first);
    expect(Buffer.from(readSnapshotFile(path, first)).toString()).toBe(onDay(1));
  });
});

describe('a damaged one', () => {
  const broken = async (digest: string) =>
    expect(snapshots.read(digest)).rejects.toMatchObject({ code: 'list-snapshot' });

  test.each([
    ['cut short', (path: string) => truncate(path, 20)],
    ['empty', (path: string) => writeFile(path, '')],
    [
      'another text',
      async (path: string) => writeFile(path, await readFile(snapshots.pathOf(await add('other.test\n')))),
    ],
    [
      'one changed byte',
      async (path: string) => {
        const bytes = await readFile(path);
        bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
        await writeFile(path, bytes);
      },
    ],
  ])('is never used: %s', async (_what, damage) => {
    const digest = await add(onDay(1));
    await damage(snapshots.pathOf(digest));
    await broken(digest);
    expect(() => readSnapshotFile(snapshots.pathOf(digest), digest)).toThrow(/cannot be used/);
    expect((await snapshots.findDamage(digest, onDay(1).length))?.code).toBe('list-snapshot');
    expect(await add(onDay(1)), 'and the next update puts it right').toBe(digest);
    expect(await read(digest)).toBe(onDay(1));
  });

  test('is told where it is not there, and where a delta has lost what it is made from', async () => {
    await broken('0123456789abcdef');
    const [first, second] = [await add(onDay(1)), await add(onDay(2))];
    await snapshots.shrink({ older: first, newer: second });
    await rm(snapshots.pathOf(second));
    await broken(first);
  });

  test('keeps the one before it whole', async () => {
    const [first, second] = [await add(onDay(1)), await add(onDay(2))];
    await truncate(snapshots.pathOf(second), 50);
    await expect(snapshots.shrink({ older: first, newer: second })).rejects.toMatchObject({
      code: 'list-snapshot',
    });
    expect(await read(first)).toBe(onDay(1));
  });
});

describe('a process that is killed', () => {
  test('in the middle of a snapshot leaves none, and what it left is swept away', async () => {
    const standing = await add(onDay(1));
    const child = fork(new URL('./slow-snapshot.ts', import.meta.url), [folder], { stdio: 'ignore' });
    const [said] = (await once(child, 'message')) as [string];
    expect(said).toBe('writing');
    child.kill('SIGKILL');
    await once(child, 'close');
    const left = readdirSync(folder).filter((name) => name.includes('.new-'));
    expect(left).toHaveLength(1);
    expect(readdirSync(folder).filter((name) => name.endsWith('.zst'))).toEqual([`${standing}.zst`]);
    await snapshots.sweep();
    expect(readdirSync(folder)).toEqual([`${standing}.zst`]);
    expect(await read(standing)).toBe(onDay(1));
    expect(existsSync(folder)).toBe(true);
  });
});
