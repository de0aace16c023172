/** `hallpass serve` whose proxy and record threads measure acknowledgements: see samples.ts. */
import { serve } from '../../main.ts';

const file = process.argv[process.argv.indexOf('--config') + 1] ?? '';
const entries = {
  proxy: new URL('./proxy.entry.ts', import.meta.url),
  record: new URL('./record.entry.ts', import.meta.url),
};

process.exitCode = await serve({ file }, { entries });
