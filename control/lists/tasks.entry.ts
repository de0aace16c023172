/** Entry of the thread that reads lists: does one task, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { ListSnapshots } from '../../store/lists/snapshots.ts';
import { searchLists } from './search.ts';
import { takeOver } from './take-over.ts';
import type { TakenList } from './take-over.ts';
import type { ImportedList, ImportResult, Results, SettleResult, Task, TaskAnswer } from './tasks.ts';

const say = (answer: TaskAnswer): void => parentPort?.postMessage(answer);

try {
  say({ ok: true, result: await run(workerData as Task) });
} catch (error) {
  say({ ok: false, message: error instanceof Error ? error.message : String(error) });
}

async function run(task: Task): Promise<Results[Task['kind']]> {
  if (task.kind === 'import') return importSource(task);
  if (task.kind === 'settle') return settle(task);
  return searchLists(task.host, task.lists);
}

async function importSource({ folder, input }: Task & { kind: 'import' }): Promise<ImportResult> {
  const { format, lists: taken, report } = await takeOver(input);
  const kept = new ListSnapshots(folder);
  const lists: ImportedList[] = [];
  let written = 0;
  const counted = function* (parts: readonly TakenList[]): Generator<Uint8Array> {
    for (const chunk of chained(parts)) {
      written += chunk.length;
      say({ progress: written });
      yield chunk;
    }
  };
  for (const [category, parts] of Map.groupBy(taken, (list) => list.category)) {
    const entries = parts.reduce((sum, part) => sum + part.entries, 0);
    lists.push({ category, entries, ...(await kept.add(counted(parts))) });
  }
  return { format, lists, report };
}

/** Several categories of theirs may be one of ours. Each text begins with its own directives. */
function* chained(parts: readonly TakenList[]): Generator<Uint8Array> {
  for (const { text } of parts) yield* text;
}

async function settle({ folder, successions, needed }: Task & { kind: 'settle' }): Promise<SettleResult> {
  const kept = new ListSnapshots(folder);
  const faults: string[] = [];
  let freed = 0;
  for (const succession of successions) {
    try {
      freed += await kept.shrink(succession);
    } catch (error) {
      faults.push(error instanceof Error ? error.message : String(error));
    }
  }
  return { freed, removed: await kept.purge(new Set(needed)), faults };
}
