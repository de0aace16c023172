/** A record thread that measures each of its transactions, and what it waited for in them. Linux alone tells that. */
import { readFileSync } from 'node:fs';
import { Journal } from '../../store/journal/journal.ts';
import type { BlockRecord } from '../../store/record.ts';
import { Samples } from './samples.ts';

const samples = new Samples();
// eslint-disable-next-line @typescript-eslint/unbound-method -- called with `this` below
const { append } = Journal.prototype;

/** Milliseconds for which this thread was ready to run and had no processor. */
const waited = (): number =>
  Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[1]) / 1_000_000;

Journal.prototype.append = function (this: Journal, records: readonly BlockRecord[]): string[] {
  const [begun, ready, cpu] = [performance.now(), waited(), process.threadCpuUsage()];
  const ids = append.call(this, records);
  const took = performance.now() - begun;
  const processor = waited() - ready;
  const { user, system } = process.threadCpuUsage(cpu);
  samples.add('committed', took);
  samples.add('processor', processor);
  samples.add('disk', Math.max(0, took - processor - (user + system) / 1_000));
  return ids;
};

await import('../../store/record.entry.ts');
