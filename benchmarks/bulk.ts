/** `node benchmarks/bulk.ts`: answers a second of `hallpass check --file`, in process. Printed, never asserted. */
import { readFileSync } from 'node:fs';
import { answersOf, Bulk } from '../control/bulk.ts';
import { compileEdition } from '../policy/compile/edition.ts';
import { openImage } from '../policy/compile/image.ts';

const [HOSTS, LINES, BATCH, ROUNDS] = [100_000, 500_000, 2_000, 3];
const starter = (name: string) => readFileSync(new URL(`../rules/starter/${name}`, import.meta.url), 'utf8');
const names = Array.from({ length: HOSTS }, (_, i) => `site-${i}.example-${i % 997}.test`);
const list = { name: 'many', text: `@category games\n@source generated\n${names.join('\n')}` };
const edition = compileEdition({ policy: starter('policy.yaml'), aup: [starter('aup.md')] }, [list]);
if (!edition.ok) throw new Error(JSON.stringify(edition.problems));
const image = openImage(edition.image);

const groups = ['students-9-12', 'students-6-8', 'students-k5', 'staff'];
const lines = Array.from({ length: LINES }, (_, i) => {
  const host = i % 5 === 0 ? `www.${names[(i * 7919) % HOSTS] ?? ''}` : `site-${String(i % 40_000)}.test`;
  const scheme = i % 2 === 0 ? 'http' : 'https';
  const url = `${scheme}://${host}/path/${String(i)}.html?q=${String(i % 97)}`;
  return JSON.stringify({ url, groups: [groups[i % 4]], at: '2026-10-13T10:00:00-04:00' });
});

for (let round = 0; round < ROUNDS; round++) {
  const bulk = new Bulk({
    ...{ image, policyVersion: edition.id.policyVersion },
    ...{ findPerson: async () => null, grants: async () => [] },
  });
  const begin = performance.now();
  const before = process.cpuUsage();
  let bytes = 0;
  for (let i = 0; i < LINES; i += BATCH)
    bytes += (await answersOf(bulk, lines.slice(i, i + BATCH), i + 1)).text.length;
  const seconds = (performance.now() - begin) / 1_000;
  const cpu = process.cpuUsage(before).user / 1e6;
  console.log(
    `${String(LINES)} lines in ${seconds.toFixed(2)} s: ${Math.round(LINES / seconds).toLocaleString('en')} a second (${Math.round(LINES / cpu).toLocaleString('en')} a second of processor), ${String(bulk.failed)} without answer, ${String(bytes)} bytes`,
  );
}
