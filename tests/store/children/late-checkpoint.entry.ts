/** A checkpointer's worker that fails in its first life: the folder of the journal notes that it had one. */
import { existsSync, writeFileSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

const note = `${(workerData as { path: string }).path}.first-life`;
if (!existsSync(note)) {
  writeFileSync(note, '');
  throw new Error('the first life ends');
}
await import('../../../store/journal/checkpoint.entry.ts');
