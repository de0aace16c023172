/** Worker thread: reads a whole database and posts the damage found, or null. `workerData` is its path. */
import { parentPort, workerData } from 'node:worker_threads';
import { findDamage, openReader } from '../sqlite.ts';

const database = openReader(String(workerData));
try {
  parentPort?.postMessage(findDamage(database));
} finally {
  database.close();
}
