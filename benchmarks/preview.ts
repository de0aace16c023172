/**
 * `node benchmarks/preview.ts [cells]`: how long a preview takes over a million cells, from the file and from memory. Printed,
 * never asserted.
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { protectedSubjects } from '../control/linting.ts';
import { compileEdition } from '../policy/compile/edition.ts';
import { openImage } from '../policy/compile/image.ts';
import { Preview } from '../policy/preview.ts';
import type { SampleCell } from '../policy/sample.ts';
import { readSample, SampleStore } from '../store/sample/sample.ts';

const CELLS = Number(process.argv[2] ?? 1_000_000);
const [HOSTS, HOURS, SETS] = [20_000, 140, 200];
const start = Date.parse('2026-10-05T11:00:00Z');
const starter = (name: string) => readFileSync(new URL(`../rules/starter/${name}`, import.meta.url), 'utf8');
const names = Array.from({ length: HOSTS }, (_, i) => `site-${String(i)}.example-${String(i % 997)}.test`);
const categories = ['games', 'social', 'video', 'shopping', 'education'];
const list = {
  name: 'many',
  text: categories
    .map((category, k) => `@category ${category}\n${names.filter((_, i) => i % 20 === k).join('\n')}`)
    .join('\n'),
};
const compile = (policy: string) => {
  const edition = compileEdition({ policy, aup: [starter('aup.md')] }, [list]);
  if (!edition.ok) throw new Error(JSON.stringify(edition.problems));
  return openImage(edition.image);
};
const policy = starter('policy.yaml');
const draft = policy
  .replace(
    'for: [k-5, grades-6-8]\n    match: { categories: [social] }',
    'for: [k-5, grades-6-8, staff]\n    match: { categories: [social] }',
  )
  .replace(
    'rules:\n',
    "rules:\n  - { id: clips, title: Clips, publicTitle: Clips, clause: video, match: { urls: ['*.example-7.test/p/1/**'], methods: [GET] }, action: block }\n",
  );
const [before, after] = [compile(policy), compile(draft)];
const audiences = ['staff', 'k-5', 'grades-6-8', 'grades-9-12'];
const sets = Array.from({ length: SETS }, (_, i) =>
  audiences.filter((_each, bit) => ((i + 1) >> bit) & 1).join(' '),
);

/** Hosts as often as they are in a school: the second half as often, the third a third as often. */
function* generate(): Generator<SampleCell, void, undefined> {
  let seed = 1;
  const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let i = 0; i < CELLS; i++) {
    const tunnel = random() < 0.85;
    yield {
      at: start + Math.floor((i * HOURS) / CELLS) * 3_600_000,
      host: names[Math.floor(HOSTS ** random()) - 1] ?? '',
      audiences: sets[Math.floor(random() * SETS)] ?? '',
      known: random() < 0.9,
      scheme: tunnel ? 'https' : 'http',
      port: tunnel ? 443 : 80,
      method: tunnel ? 'CONNECT' : 'GET',
      path: tunnel ? '' : `/p/${String(i % 50)}/${String(i % 3_000)}.html`,
      action: 'allow',
      count: 1 + Math.floor(random() * 50),
      people: 5,
    };
  }
}

const subjects = await protectedSubjects();
function measure(label: string, cells: Iterable<SampleCell>): void {
  const cpu = process.cpuUsage();
  const begin = performance.now();
  const preview = new Preview({ before, after, subjects });
  for (const cell of cells) preview.add(cell);
  const { cells: seen, requests, changed, hosts } = preview.report();
  const took = (performance.now() - begin) / 1_000;
  const spent = process.cpuUsage(cpu).user / 1e6;
  console.log(
    `${label}: ${seen.toLocaleString('en')} cells in ${took.toFixed(2)} s (${spent.toFixed(2)} s of processor); ${changed.toLocaleString('en')} of ${requests.toLocaleString('en')} requests change, ${String(hosts.length)} hosts`,
  );
}

const all = [...generate()];
for (let round = 0; round < 2; round++) measure('from memory', all);
const folder = mkdtempSync(join(tmpdir(), 'hallpass-preview-'));
try {
  const path = join(folder, 'sample.db');
  const store = new SampleStore(path);
  for (let i = 0; i < all.length; i += 10_000) store.add(all.slice(i, i + 10_000));
  store.close();
  console.log(`sample.db: ${(statSync(path).size / 1e6).toFixed(0)} MB`);
  for (let round = 0; round < 2; round++) measure('from the file', readSample(path, 0));
} finally {
  rmSync(folder, { recursive: true });
}
