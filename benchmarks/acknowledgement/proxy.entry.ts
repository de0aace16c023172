/** A proxy thread that measures from the moment in which a page asks for its record until it has the acknowledgement. */
import { Journal } from '../../proxy/journal.ts';
import type { Occasion } from '../../proxy/journal.ts';
import type { Acknowledgement } from '../../store/record.ts';
import { Samples } from './samples.ts';

const samples = new Samples();
// eslint-disable-next-line @typescript-eslint/unbound-method -- called with `this` below
const { append } = Journal.prototype;

Journal.prototype.append = async function (this: Journal, occasion: Occasion): Promise<Acknowledgement> {
  const before = performance.now();
  const acknowledgement = await append.call(this, occasion);
  samples.add('acknowledged', performance.now() - before);
  return acknowledgement;
};

await import('../../proxy/proxy.entry.ts');
