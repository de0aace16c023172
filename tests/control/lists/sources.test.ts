import { appendFile, mkdir, mkdtemp, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lookBy } from '../../../control/lists/look.ts';
import { sourceOptions } from '../../../control/lists/options.ts';
import type { ListSourceInput } from '../../../control/lists/options.ts';
import { ListSources } from '../../../control/lists/sources.ts';
import type { ListSourcesParts } from '../../../control/lists/sources.ts';
import { runTask } from '../../../control/lists/tasks.ts';
import { troublesOf } from '../../../control/lists/views.ts';
import { AddressRules } from '../../../proxy/upstream/address-rules.ts';
import { Names } from '../../../proxy/upstream/names.ts';
import { dnsOptions } from '../../../proxy/upstream/options.ts';
import { Ways } from '../../../proxy/upstream/ways.ts';
import { ListSnapshots } from '../../../store/lists/snapshots.ts';
import { Repository } from '../../../store/repository/repository.ts';
import { file, startOrigin } from './origin.ts';
import type { Origin } from './origin.ts';

const hour = 3_600_000;
const day = 24 * hour;
const begin = Date.parse('2026-09-01T03:00:00Z');

let folder: string;
let origin: Origin;
let repository: Repository;
let now: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hallpass-sources-'));
  origin = await startOrigin();
  repository = Repository.open(join(folder, 'hallpass.db'));
  now = begin;
});
afterEach(async () => {
  await repository.close();
  await origin.close();
  await rm(folder, { recursive: true, force: true });
});

const hosts = (count: number, first = 0): string =>
  Array.from({ length: count }, (_, i) => `host-${String(first + i)}.example.org\n`).join('');

/** Sources as control has them, with an edition that is no more than the digests of its lists. */
async function house(
  configured: Readonly<Record<string, ListSourceInput>>,
  more: Partial<ListSourcesParts> & { readonly refuses?: (name: string) => boolean } = {},
) {
  const snapshots = new ListSnapshots(join(folder, 'lists'));
  const log: string[] = [];
  const note = (_fields: object, message: string) => void log.push(message);
  const ways = new Ways({
    names: new Names(dnsOptions.parse({})),
    rules: new AddressRules({ allow: ['127.10.0.0/16'], own: [] }),
    dial: { connectTimeout: 2_000, attemptDelay: 100 },
    parent: null,
    defect: (error) => {
      throw error;
    },
  });
  let inForce: Record<string, string> = {};
  let editions = 0;
  const sources: ListSources = new ListSources({
    ...{ table: repository.listSources, snapshots, run: runTask, log: { info: note, warn: note } },
    look: lookBy({
      ...{ folder: snapshots.folder, version: '1', run: runTask },
      download: async () => ({ ways, userAgent: 'test', responseTimeout: 2_000, idleTimeout: 2_000 }),
    }),
    publications: () => repository.listPublications(),
    publish: async (by) => {
      const read = await sources.read();
      const lists = Object.fromEntries(read.map(({ name, digest }) => [name, digest]));
      if (!read.some(({ name }) => more.refuses?.(name) === true)) {
        inForce = lists;
        editions++;
        const id = {
          edition: `e-${String(editions)}`,
          policyVersion: 'p-1',
          aupVersion: 'a-1',
          lists,
          engineVersion: 1,
        };
        await repository.publish({
          documents: { policy: '', aup: [] },
          id,
          at: now,
          note: '',
          cause: 'lists',
          by,
        });
      }
      return { edition: `e-${String(editions)}`, lists: inForce };
    },
    frozen: () => false,
    retention: () => 90 * day,
    now: () => now,
    ...more,
  });
  const parsed = Object.fromEntries(
    Object.entries(configured).map(([name, source]) => [name, sourceOptions.parse(source)]),
  );
  await sources.open(parsed);
  const state = (name: string) => sources.all().find((known) => known.name === name)?.state;
  const troubles = () => sources.all().flatMap((known) => troublesOf(known, sources.damaged(), now));
  const text = async (list: string) => Buffer.from(await snapshots.read(inForce[list] ?? '')).toString();
  return {
    sources,
    snapshots,
    log,
    state,
    troubles,
    text,
    parsed,
    editions: () => editions,
    inForce: () => inForce,
  };
}

const games = { category: 'games', schedule: '24h' } as const;

describe('a source', () => {
  test('is fetched, kept, and in force with one edition', async () => {
    origin.answer = file(hosts(100));
    const { sources, text, editions, state } = await house({ games: { url: origin.url, ...games } });
    const updated = await sources.update('games', { by: 'ann' });
    expect(updated).toMatchObject({ source: 'games', changed: ['games/games'], held: [], edition: 'e-1' });
    expect(updated.report).toMatchObject({ accepted: 100, rejectedCount: 0 });
    expect(await text('games/games')).toContain('@category games\n');
    expect([editions(), state('games')?.lists['games/games']?.entries]).toEqual([1, 100]);
    const acts = [];
    for await (const act of repository.audit.entries({})) acts.push(act);
    expect(acts.map(({ action, login }) => [action, login])).toEqual([
      ['lists.update', 'ann'],
      ['lists.publish', 'ann'],
    ]);
  });

  test('that is the same makes no edition, asked or answered the same', async () => {
    origin.answer = file(hosts(100), '"v1"');
    const { sources, editions } = await house({ games: { url: origin.url, ...games } });
    await sources.update('games');
    expect(await sources.update('games')).toMatchObject({ changed: [], report: null });
    expect(origin.seen[1]?.headers['if-none-match']).toBe('"v1"');
    origin.answer = file(hosts(100), '"v2"');
    expect(await sources.update('games')).toMatchObject({ changed: [] });
    expect(editions()).toBe(1);
  });

  test('is read again when it is to be read in another way', async () => {
    origin.answer = file(hosts(100), '"v1"');
    const { sources, parsed, inForce } = await house({ games: { url: origin.url, ...games } });
    await sources.update('games');
    const games2 = sourceOptions.parse({ url: origin.url, category: 'video' });
    await sources.use({ ...parsed, games: games2 });
    await sources.update('games', { accept: true });
    expect(Object.keys(inForce())).toEqual(['games/video']);
  });

  test('may be a file or a tree of categories', async () => {
    const tree = join(folder, 'tree');
    for (const [category, count] of [
      ['adult', 3],
      ['mixed_adult', 2],
      ['cooking', 1],
    ] as const) {
      await mkdir(join(tree, category), { recursive: true });
      await writeFile(join(tree, category, 'domains'), hosts(count, count * 10));
    }
    const { sources, state, text } = await house({
      tree: { file: tree, categories: { adult: 'adult', mixed_adult: 'adult' } },
    });
    await sources.update('tree');
    expect(Object.entries(state('tree')?.lists ?? {}).map(([name, { entries }]) => [name, entries])).toEqual([
      ['tree/adult', 5],
    ]);
    expect(await text('tree/adult')).toContain('host-21.example.org');
  });

  test('is not read again while its file is as it was', async () => {
    const path = join(folder, 'games.txt');
    await writeFile(path, hosts(50));
    const { sources } = await house({ games: { file: path, ...games } });
    await sources.update('games');
    expect(await sources.update('games')).toMatchObject({ report: null });
    await appendFile(path, 'more.example.org\n');
    await utimes(path, now / 1_000, now / 1_000);
    expect(await sources.update('games')).toMatchObject({ changed: ['games/games'] });
  });

  test('is held against its checksum', async () => {
    const sum = `${'0'.repeat(64)}  games.txt\n`;
    origin.answer = (request, response) => file(request.url === '/sum' ? sum : hosts(10))(request, response);
    const { sources, editions } = await house({
      games: { url: `${origin.url}games.txt`, checksum: `${origin.url}sum`, ...games },
    });
    await expect(sources.update('games')).rejects.toMatchObject({ code: 'source-checksum' });
    expect(editions()).toBe(0);
  });
});

describe('a list that shrinks', () => {
  test('is held back until somebody says yes; the others go on', async () => {
    origin.answer = file(hosts(100));
    const { sources, state, log, troubles, inForce, editions, parsed, snapshots } = await house({
      games: { url: origin.url, ...games },
    });
    await sources.update('games');
    const before = inForce()['games/games'];
    origin.answer = file(hosts(79));
    expect(await sources.update('games')).toMatchObject({
      changed: [],
      held: [{ list: 'games/games', from: 100, to: 79 }],
    });
    expect(log).toContain('lists have lost too many entries and are held back: the old ones serve');
    expect(troubles()).toEqual([
      expect.stringMatching(/from 100 entries to 79.*`hallpass lists update games --accept`/),
    ]);
    expect([inForce()['games/games'], editions()]).toEqual([before, 1]);
    // It is told again after a restart, and what is held is still there.
    await sources.use(parsed);
    expect(Object.keys(state('games')?.held ?? {})).toEqual(['games/games']);
    expect(snapshots.has(state('games')?.held['games/games']?.digest ?? '')).toBe('whole');
    expect(await sources.update('games', { accept: true, by: 'ann' })).toMatchObject({
      changed: ['games/games'],
      held: [],
      report: null,
    });
    expect([troubles(), state('games')?.lists['games/games']?.entries]).toEqual([[], 79]);
  });

  test('by a fifth exactly is taken over, and one that grows again is not held any more', async () => {
    origin.answer = file(hosts(100));
    const { sources, troubles } = await house({ games: { url: origin.url, ...games } });
    await sources.update('games');
    origin.answer = file(hosts(10));
    await sources.update('games');
    expect(troubles()).toHaveLength(1);
    origin.answer = file(hosts(80, 1));
    expect(await sources.update('games')).toMatchObject({ changed: ['games/games'], held: [] });
    expect(troubles()).toEqual([]);
  });

  test('to nothing, or that is gone from its tree, is held too', async () => {
    const tree = join(folder, 'tree');
    for (const category of ['adult', 'games']) {
      await mkdir(join(tree, category), { recursive: true });
      await writeFile(join(tree, category, 'domains'), hosts(20));
    }
    const { sources, inForce } = await house({ tree: { file: tree } });
    await sources.update('tree');
    await rm(join(tree, 'games'), { recursive: true });
    await writeFile(join(tree, 'adult', 'domains'), hosts(30));
    expect(await sources.update('tree')).toMatchObject({
      changed: ['tree/adult'],
      held: [{ list: 'tree/games', from: 20, to: 0 }],
    });
    expect(Object.keys(inForce())).toEqual(['tree/adult', 'tree/games']);
    await sources.update('tree', { accept: true });
    expect(Object.keys(inForce())).toEqual(['tree/adult']);
  });
});

describe('a source that fails', () => {
  test('is told, with since when and how often; what came last serves, and it is tried again soon', async () => {
    origin.answer = file(hosts(100));
    const { sources, state, troubles, inForce } = await house({ games: { url: origin.url, ...games } });
    await sources.update('games');
    origin.answer = (_request, response) => void response.writeHead(500).end();
    now += day;
    await sources.tick();
    expect(state('games')?.failure).toMatchObject({ code: 'source-status', since: begin + day, count: 1 });
    now += 6 * 60_000;
    await sources.tick();
    expect(state('games')?.failure).toMatchObject({ since: begin + day, count: 2 });
    expect(troubles()).toEqual([
      expect.stringMatching(/`games` gives nothing new since 2026-09-02.*what came last serves/),
    ]);
    expect(Object.keys(inForce())).toEqual(['games/games']);
    const asked = origin.seen.length;
    await sources.tick();
    expect(origin.seen.length, 'not at once').toBe(asked);
    origin.answer = file(hosts(101));
    now += day;
    await sources.tick();
    expect([state('games')?.failure, troubles()]).toEqual([null, []]);
  });

  test('to be a list changes nothing', async () => {
    origin.answer = file('<!doctype html><title>Sign in</title>\n<p>Please sign in first.</p>\n');
    const { sources, inForce } = await house({ games: { url: origin.url, ...games } });
    await expect(sources.update('games')).rejects.toMatchObject({ code: 'source-not-a-list' });
    expect(inForce()).toEqual({});
  });

  test('to compile changes nothing either', async () => {
    origin.answer = file(hosts(100));
    let refuses = false;
    const { sources, state, inForce } = await house(
      { games: { url: origin.url, ...games } },
      { refuses: () => refuses },
    );
    await sources.update('games');
    const before = { ...inForce() };
    refuses = true;
    origin.answer = file(hosts(120));
    await expect(sources.update('games')).rejects.toMatchObject({ code: 'source-refused' });
    expect([inForce(), state('games')?.lists['games/games']?.entries]).toEqual([before, 100]);
  });

  test('stale is what nobody has seen for three of its times', async () => {
    origin.answer = file(hosts(10));
    const { sources, troubles } = await house({ games: { url: origin.url, ...games } });
    await sources.update('games');
    now += 3 * day + 1;
    expect(troubles()).toEqual([expect.stringContaining('`games` is stale: it was last seen at 2026-09-01')]);
  });
});

describe('a stored list that was changed', () => {
  test('is never in force at a start, is told, and comes back with the next look', async () => {
    origin.answer = file(hosts(100));
    const first = await house({ games: { url: origin.url, ...games } });
    await first.sources.update('games');
    const digest = first.inForce()['games/games'] ?? '';
    await truncate(first.snapshots.pathOf(digest), 40);
    const { sources, troubles, inForce } = await house({ games: { url: origin.url, ...games } });
    expect(await sources.read(false)).toEqual([]);
    expect(troubles()).toEqual([expect.stringMatching(/`games\/games` is damaged/)]);
    await sources.update('games');
    expect([inForce()['games/games'], troubles()]).toEqual([digest, []]);
  });

  test('never makes an edition without it while one has it', async () => {
    origin.answer = file(hosts(100));
    const { sources, snapshots, inForce } = await house({ games: { url: origin.url, ...games } });
    await sources.update('games');
    await rm(snapshots.pathOf(inForce()['games/games'] ?? ''));
    await expect(sources.read()).rejects.toMatchObject({ code: 'list-snapshot' });
  });
});

describe('what is kept', () => {
  test('older lists are deltas, for as long as a record may need them', async () => {
    origin.answer = file(hosts(3_000));
    const { sources, snapshots, inForce } = await house({ games: { url: origin.url, ...games } });
    const digests: string[] = [];
    for (let i = 0; i < 4; i++) {
      origin.answer = file(hosts(3_000, i * 5));
      await sources.update('games');
      digests.push(inForce()['games/games'] ?? '');
      now += 40 * day;
    }
    expect(digests.map((digest) => snapshots.has(digest))).toEqual(['delta', 'delta', 'delta', 'whole']);
    expect(Buffer.from(await snapshots.read(digests[0] ?? '')).toString()).toContain(hosts(3_000));
    origin.answer = file(hosts(3_000, 30));
    await sources.update('games');
    expect(digests.map((digest) => snapshots.has(digest))).toEqual([null, 'delta', 'delta', 'delta']);
    expect(await readdir(snapshots.folder)).toHaveLength(4);
  });
});

describe('a frozen policy', () => {
  test('keeps its lists: nothing is fetched by the schedule, and who asks is told', async () => {
    origin.answer = file(hosts(10));
    const { sources } = await house(
      { games: { url: origin.url, ...games } },
      { frozen: (at) => at < begin + hour },
    );
    await sources.tick();
    expect(origin.seen).toEqual([]);
    await expect(sources.update('games')).rejects.toMatchObject({ code: 'frozen' });
    now += hour;
    await sources.tick();
    expect(origin.seen).toHaveLength(1);
  });
});

describe('a source that somebody adds', () => {
  const act = { at: begin, actor: null, login: 'ann', action: 'lists.add', subject: null, detail: {} };

  test('is there after a restart, beside those of the configuration', async () => {
    origin.answer = file(hosts(10));
    const first = await house({});
    await first.sources.add('mine', { url: origin.url, category: 'games' }, act);
    await first.sources.update('mine');
    const { sources } = await house({ games: { url: origin.url, ...games } });
    expect(sources.all().map(({ name, configured }) => [name, configured])).toEqual([
      ['mine', false],
      ['games', true],
    ]);
    expect((await sources.read()).map(({ name }) => name)).toEqual(['mine/games']);
    await sources.remove('mine', { ...act, action: 'lists.remove' }, 'ann');
    expect(await sources.read()).toEqual([]);
    await expect(sources.remove('games', act, 'ann')).rejects.toThrow(/the configuration names `games`/);
    await expect(sources.update('mine')).rejects.toMatchObject({ code: 'unknown-source' });
  });
});
