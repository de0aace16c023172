import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { QueryThread } from '../../control/query.ts';
import type { Block, BlocksFilter } from '../../store/blocks.ts';
import { Journal } from '../../store/journal/journal.ts';
import { person, record } from '../store/samples.ts';

const start = Date.UTC(2026, 8, 1, 9);
let folder: string;
let path: string;
let query: QueryThread;
const crashes: unknown[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hallpass-query-'));
  path = join(folder, 'journal.db');
  query = new QueryThread(path, (error) => crashes.push(error));
});
afterEach(async () => {
  await query.close();
  await rm(folder, { recursive: true, force: true });
  expect(crashes).toEqual([]);
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

  test('can be asked for again after the thread was closed', async () => {
    write(1);
    expect(await read()).toHaveLength(1);
    await query.close();
    expect(await read()).toHaveLength(1);
  });
});
