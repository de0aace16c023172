/**
 * A process that does nothing with Hallpass: so many times a second it keeps a processor busy for so many milliseconds.
 * `node benchmarks/acknowledgement/burn.ts TIMES MILLISECONDS`
 */
import { setTimeout as pause } from 'node:timers/promises';

const [times = 1, busy = 0] = process.argv.slice(2).map(Number);

process.stdout.write('burning\n');
for (let due = performance.now(); ; due = Math.max(due + 1_000 / times, performance.now())) {
  await pause(Math.max(0, due - performance.now()));
  const until = performance.now() + busy;
  while (performance.now() < until);
}
