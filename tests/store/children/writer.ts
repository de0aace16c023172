/**
 * A process that records as fast as it is told and says on standard output what was acknowledged, one line each:
 * `<id> <acknowledged id>`. Killed by tests/store/kill.test.ts, traced by fsync.test.ts, starved by full.test.ts.
 *
 *     node writer.ts PATH RATE(records a second, or 0: each after the acknowledgement of the one before) COUNT
 */
import { writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { options } from '../../../store/options.ts';
import { startRecordThread } from '../../../store/record-thread.ts';
import { person, record } from '../samples.ts';

const [path = '', rate = '200', count = '1000'] = process.argv.slice(2);
// Without a handler a write beyond RLIMIT_FSIZE ends the process; with one it fails with EFBIG, like any other error.
process.on('SIGXFSZ', () => undefined);

const thread = startRecordThread({
  path,
  options: options.parse({ spool: 100 }),
  log: { info: () => undefined, error: () => undefined },
  onHealth: ({ ok, reason }) => writeSync(1, `health ${ok ? 'ok' : String(reason)}\n`),
});

async function appendOne(n: number): Promise<void> {
  const kind = n % 3 === 2 ? 'repeat' : 'page';
  const one = record({
    at: Date.now(),
    kind,
    person: person(n % 7),
    url: `http://games.demo.test/${String(n)}`,
  });
  const acknowledgement = await thread.api.append(one);
  writeSync(
    1,
    acknowledgement.kind === 'recorded' ? `${one.id} ${acknowledgement.id}\n` : `${one.id} unavailable\n`,
  );
}

const keepAlive = setInterval(() => undefined, 1_000);
const open: Promise<void>[] = [];
const begin = performance.now();
for (let n = 0; n < Number(count); n += 1) {
  if (rate === '0') await appendOne(n);
  else {
    while (performance.now() < begin + (n * 1_000) / Number(rate)) await pause(1);
    open.push(appendOne(n));
  }
}
await Promise.all(open);
thread.close();
clearInterval(keepAlive);
writeSync(1, 'done\n');
