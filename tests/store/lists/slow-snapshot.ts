/** A process that begins a snapshot and never ends it. */
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { ListSnapshots } from '../../../store/lists/snapshots.ts';

async function* endless(): AsyncGenerator<Uint8Array> {
  for (let i = 0; ; i++) {
    // What does not compress reaches the file.
    yield randomBytes(1024 * 1024);
    if (i === 3) process.send?.('writing');
    if (i >= 3) await pause(10_000);
  }
}

await new ListSnapshots(process.argv[2] ?? '').add(endless());
