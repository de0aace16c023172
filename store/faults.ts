/** What is wrong with a file of the store, in words for an operator, and what to do about it. */
import { StoreError } from './errors.ts';
import type { Fault } from './errors.ts';
import { faultOf } from './sqlite.ts';

const words: Readonly<Record<Fault, { readonly wrong: string; readonly mend: string }>> = {
  full: { wrong: 'the disk is full', mend: 'make space' },
  locked: { wrong: 'another program holds it', mend: 'close that program' },
  io: {
    wrong: 'it cannot be read or written',
    mend: 'look at its owner and mode, and at the log of the system for errors of the disk',
  },
  damaged: {
    wrong: 'it is damaged',
    mend:
      'stop Hallpass and keep the file, then restore a backup, or move it aside with its `-wal` and `-shm` ' +
      'to begin anew without what it holds',
  },
  replaced: {
    wrong: 'it was taken away, replaced or cut short while Hallpass used it',
    mend:
      'records may be missing from the file that stands there now: stop Hallpass and restore a backup, ' +
      'or restart it to go on without',
  },
  other: { wrong: 'it does not take what is to be written', mend: 'report the error that is in the log' },
};

/** @param detail what SQLite or the file system said */
export function explain(fault: Fault, file: string, detail: string | null = null): string {
  const { wrong, mend } = words[fault];
  return `\`${file}\`: ${wrong}${detail === null ? '' : ` (${detail})`}: ${mend}`;
}

/** A StoreError that says what to do; the error itself where it is not the file that is at fault. */
export function explained(error: unknown, file: string): unknown {
  const fault = faultOf(error);
  if (fault === 'other') return error;
  const detail = error instanceof Error ? error.message : null;
  return new StoreError(`store-${fault}`, explain(fault, file, detail), { cause: error });
}
