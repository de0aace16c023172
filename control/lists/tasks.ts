/**
 * What takes seconds for a list of five million hosts, in a thread of its own that ends when it is done: control answers
 * sign-ins meanwhile.
 */
import type { ListReport } from '../../policy/lists/entry.ts';
import type { Succession } from '../../store/lists/snapshots.ts';
import { startWorker } from '../../threads/worker.ts';
import { ListError } from './errors.ts';
import type { ListHit, SearchedList } from './search.ts';
import type { TakeOver } from './take-over.ts';

export type Task =
  /** Reads a source, and keeps what comes of it as snapshots. */
  | { readonly kind: 'import'; readonly folder: string; readonly input: TakeOver }
  /** Older snapshots become deltas; what nobody needs goes. */
  | {
      readonly kind: 'settle';
      readonly folder: string;
      readonly successions: readonly Succession[];
      readonly needed: readonly string[];
    }
  | { readonly kind: 'search'; readonly host: string; readonly lists: readonly SearchedList[] };

export interface ImportedList {
  readonly category: string;
  readonly digest: string;
  readonly entries: number;
  readonly bytes: number;
}

export interface ImportResult {
  readonly format: string;
  /** Each category once. */
  readonly lists: readonly ImportedList[];
  readonly report: ListReport;
}

export interface SettleResult {
  /** Bytes. */
  readonly freed: number;
  readonly removed: number;
  /** What could not be made smaller, and why. */
  readonly faults: readonly string[];
}

export interface Results {
  readonly import: ImportResult;
  readonly settle: SettleResult;
  readonly search: readonly ListHit[];
}

export type TaskAnswer =
  | { readonly ok: true; readonly result: Results[Task['kind']] }
  | { readonly ok: false; readonly message: string }
  /** Bytes that were written of snapshots so far. */
  | { readonly progress: number };

export type RunTask = <K extends Task['kind']>(
  task: Task & { readonly kind: K },
  onProgress?: (bytes: number) => void,
) => Promise<Results[K]>;

/** @throws ListError `source-not-a-list` when the task says no, `importer-failed` when it ends without a result */
export const runTask: RunTask = (task, onProgress) =>
  new Promise((resolve, reject) => {
    const worker = startWorker(new URL('./tasks.entry.ts', import.meta.url), {
      name: 'lists',
      workerData: task,
    });
    worker.on('message', (answer: TaskAnswer) => {
      if ('progress' in answer) onProgress?.(answer.progress);
      else if (answer.ok) resolve(answer.result as never);
      else reject(new ListError('source-not-a-list', answer.message));
    });
    worker.once('error', (error: Error) => reject(failed(error.message, error)));
    worker.once('exit', (code) => reject(failed(`the thread ended with code ${String(code)}`)));
  });

const failed = (why: string, cause?: unknown): ListError =>
  new ListError('importer-failed', `the list could not be read: ${why}`, { cause });
