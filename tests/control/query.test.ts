import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { QueryClient } from '../../control/query.ts';
import type { Block, BlocksFilter } from '../../store/blocks.ts';
import { Journal } from '../../store/journal/journal.ts';
import { Thread } from '../../threads/thread.ts';
import { person, record } from '../store/samples.ts';

const start = Date.UTC(2026, 8, 1, 9);
let folder: string;
let path: string;
let query: QueryClient;
let thread: Thread;

function startThread(): Thread {
  const entry = new URL('../../control/query.entry.ts', import.meta.url);
  const plan = { name: 'query', entry, data: { data: folder }, links: [], stopWithin: 5_000 };
  return new Thread(plan, 'silent');
}

function link(): void {
  const { port1, port2 } = new MessageChannel();
  thread.tell({ kind: 'link', peer: 'control', port: port2 }, [port2]);
  query.join(port1);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hallpass-query-'));
  path = join(folder, 'journal.db');
  query = new QueryClient();
  thread = startThread();
  link();
  await thread.ready;
});
afterEach(async () => {
  await thread.stop(5_000);
  await rm(folder, { recursive: true, force: true });
});

function write(count: number): void {
  const journal = Journal.open(path, { lockTimeout: 1_000 }, start);
  const records = Array.from({ length: count }, (_, n) => record({ at: start + n, person: person(n % 3) }));
  journal.append(records);
  journal.close();
}

async function read(filter: BlocksFilter = {}): Promise<Block[]> {
  const blocks: Block[] = [];
  for await (const lines of query.blocks(filter)) {
    for (const line of lines.trimEnd().split('\n')) blocks.push(JSON.parse(line) as Block);
  }
  return blocks;
}

describe('blocks through the query thread', () => {
  test('are none where nothing was recorded yet', async () => {
    expect(await read()).toEqual([]);
  });

  test('come in batches, in order of time, each once', async () => {
    write(1_203);
    const sizes: number[] = [];
    for await (const lines of query.blocks({})) sizes.push(lines.split('\n').length - 1);
    expect(sizes).toEqual([500, 500, 203]);
    const times = (await read()).map((block) => Date.parse(block.at));
    expect(times).toEqual(Array.from({ length: 1_203 }, (_, n) => start + n));
  });

  test('can be narrowed by time and by person', async () => {
    write(30);
    const blocks = await read({ since: start + 15, user: 'student1' });
    expect(blocks.map(({ user }) => user)).toEqual(Array(5).fill('student1'));
  });

  test('are read no further than they are asked for', async () => {
    write(1_203);
    for await (const lines of query.blocks({})) {
      expect(lines.split('\n')).toHaveLength(501);
      break;
    }
    expect(await read({ since: start + 1_200 })).toHaveLength(3);
  });

  test('are read side by side', async () => {
    write(700);
    const both = await Promise.all([read(), read({ user: 'student2' })]);
    expect(both.map((blocks) => blocks.length)).toEqual([700, 233]);
  });

  test('cannot be asked for while the thread is away, and can once it is back', async () => {
    write(1);
    await thread.stop(5_000);
    await expect.poll(() => query.isOpen()).toBe(false);
    await expect(read()).rejects.toMatchObject({ code: 'query-failed' });
    thread = startThread();
    link();
    expect(await read()).toHaveLength(1);
  });

  test('whose reading is broken off by the end of the thread end in an error, not short', async () => {
    write(1_203);
    const reading = query.blocks({});
    await reading.next();
    await thread.stop(5_000);
    await expect(reading.next()).rejects.toMatchObject({ code: 'thread-gone' });
  });
});

describe('what reviewers ask', () => {
  const scope = { students: 'all', staff: [], viewer: null } as const;

  test('has an answer before anything was recorded', async () => {
    expect(await query.remote.blocksPage(scope, {}, null, 10)).toEqual({ items: [], next: null });
    expect(await query.remote.counts(scope, 0, start)).toEqual({ bySchool: [], byHour: [], byRule: [] });
    expect(await query.remote.ownBlocks(person(1).key, null, 10)).toEqual({ items: [], next: null });
  });

  test('comes page by page, by one connection, with counts beside it', async () => {
    write(5);
    const first = await query.remote.blocksPage(scope, {}, null, 3);
    const second = await query.remote.blocksPage(scope, {}, first.next, 3);
    expect([first.items.length, second.items.length, second.next]).toEqual([3, 2, null]);
    const [newest] = first.items;
    expect(await query.remote.block(scope, newest?.id ?? '')).toEqual(newest);
    expect(
      await query.remote.block({ students: [], staff: 'all', viewer: null }, newest?.id ?? ''),
    ).toBeNull();
    const { byRule } = await query.remote.counts(scope, start, start + 10);
    expect(byRule).toEqual([{ of: 'no-games', count: 5 }]);
  });

  test('from a place that is none is refused', async () => {
    write(1);
    await expect(query.remote.blocksPage(scope, {}, 'x', 3)).rejects.toMatchObject({ code: 'bad-cursor' });
  });
});
