/**
 * Worker thread: for each message moves the WAL into the database, as far as no reader needs it, and posts null or what
 * went wrong. It opens a connection for each pass, so that none is left behind when the writer closes or opens anew.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { checkpoint, openCheckpointer } from '../sqlite.ts';
import type { CheckpointerData } from './checkpointer.ts';

const { path, busy } = workerData as CheckpointerData;

function pass(): string | null {
  try {
    const database = openCheckpointer(path);
    try {
      checkpoint(database, 'PASSIVE', 0);
    } finally {
      database.close();
    }
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

parentPort?.on('message', () => {
  const failure = pass();
  Atomics.store(busy, 0, 0);
  Atomics.notify(busy, 0);
  parentPort?.postMessage(failure);
});
