/** Compiles an edition in a thread of its own, which ends when it is done: nobody waits behind a long compilation. */
import type { EditionId, ListText, PolicyDocuments } from '../policy/edition.ts';
import type { Problem } from '../policy/errors.ts';
import { startWorker } from '../threads/worker.ts';
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
  /** Not to be kept on disk: nobody starts by it. */
  readonly draft?: boolean;
}

export type Compiled =
  | {
      readonly ok: true;
      /** Checked as a whole; nobody has to do it again. */
      readonly image: SharedArrayBuffer;
      readonly id: EditionId;
      /** What may be a mistake and does not prevent publication: lines of lists that were left out. */
      readonly warnings: readonly Problem[];
      /** Whether the image was kept from before; what is left out is no different. */
      readonly reopened?: boolean;
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export type Compile = (task: CompileTask) => Promise<Compiled>;

/** An image on disk that could not be used or written; the edition is compiled and served all the same. */
export interface ImageFault {
  readonly edition: string;
  readonly what: 'not opened' | 'not kept';
  readonly reason: string;
}

export type CompilerMessage = { readonly compiled: Compiled } | { readonly fault: ImageFault };

/** What the thread begins with. */
export interface CompilerData {
  readonly task: CompileTask;
  /** Null where no image is kept. */
  readonly folder: string | null;
}

/** Where images are kept (store/images.ts). */
export interface ImageFolder {
  readonly folder: string;
  readonly log: { warn(fields: object, message: string): void };
}

/** @param images null where none is kept */
export const compilerWith =
  (images: ImageFolder | null): Compile =>
  (task) =>
    new Promise((resolve, reject) => {
      const worker = startWorker(new URL('./compiler.entry.ts', import.meta.url), {
        name: 'compiler',
        workerData: { task, folder: images?.folder ?? null } satisfies CompilerData,
      });
      worker.on('message', (message: CompilerMessage) => {
        if ('fault' in message) {
          const { what, ...fields } = message.fault;
          images?.log.warn(fields, `the image of an edition was ${what}`);
        } else resolve(message.compiled);
      });
      worker.once('error', (error: Error) => reject(failed(error.message, error)));
      worker.once('exit', (code) => reject(failed(`it ended with code ${String(code)}`)));
    });

/** @throws ControlError `compiler-failed` when the thread ends without a result */
export const compileInThread: Compile = compilerWith(null);

const failed = (reason: string, cause?: unknown): ControlError =>
  new ControlError('compiler-failed', `the policy could not be compiled: ${reason}`, { cause });
