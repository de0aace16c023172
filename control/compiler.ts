/** Compiles an edition in a thread of its own, which ends when it is done: nobody waits behind a long compilation. */
import { Worker } from 'node:worker_threads';
import type { EditionId, ListText, PolicyDocuments } from '../policy/edition.ts';
import type { Problem } from '../policy/errors.ts';
import { ControlError } from './errors.ts';

/** A list as a file: one of five million hosts does not travel between threads. */
export interface ListFile {
  readonly name: string;
  /** As in {@link EditionId.lists}. */
  readonly digest: string;
  /** Of the snapshot. */
  readonly path: string;
}

export type ListInput = ListText | ListFile;

export interface CompileTask {
  readonly documents: PolicyDocuments;
  /** How the documents are called in problems: the policy's file, then those of the AUP. */
  readonly files: { readonly policy: string; readonly aup: readonly string[] };
  readonly lists: readonly ListInput[];
}

export type Compiled =
  | {
      readonly ok: true;
      readonly image: SharedArrayBuffer;
      readonly id: EditionId;
      /** What may be a mistake and does not prevent publication: lines of lists that were left out. */
      readonly warnings: readonly Problem[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export type Compile = (task: CompileTask) => Promise<Compiled>;

/** @throws ControlError `compiler-failed` when the thread ends without a result */
export const compileInThread: Compile = (task) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./compiler.entry.ts', import.meta.url), {
      name: 'compiler',
      workerData: task,
    });
    worker.once('message', resolve);
    worker.once('error', (error: Error) => reject(failed(error.message, error)));
    worker.once('exit', (code) => reject(failed(`it ended with code ${String(code)}`)));
  });

const failed = (reason: string, cause?: unknown): ControlError =>
  new ControlError('compiler-failed', `the policy could not be compiled: ${reason}`, { cause });
