/** `node benchmarks/decide.ts`: nanoseconds per decision over a list of 100,000 hosts. Printed, never asserted. */
import { readFileSync } from 'node:fs';
import { compileEdition } from '../policy/compile/edition.ts';
import { openImage } from '../policy/compile/image.ts';
import { decide } from '../policy/decide.ts';
import { requestFacts } from '../policy/facts.ts';
import type { RequestFacts } from '../policy/request.ts';
import type { Subject } from '../policy/subject.ts';

const HOSTS = 100_000;
const starter = (name: string) => readFileSync(new URL(`../rules/starter/${name}`, import.meta.url), 'utf8');
const names = Array.from({ length: HOSTS }, (_, i) => `site-${i}.example-${i % 997}.test`);
const list = { name: 'many', text: `@category games\n@source generated\n${names.join('\n')}` };

const started = performance.now();
const edition = compileEdition({ policy: starter('policy.yaml'), aup: [starter('aup.md')] }, [list]);
if (!edition.ok) throw new Error(JSON.stringify(edition.problems));
const compiled = performance.now();
const image = openImage(edition.image);
const opened = performance.now();
console.log(
  `compile ${Math.round(compiled - started)} ms, open ${Math.round(opened - compiled)} ms, ${edition.report.bytes} bytes`,
);

const person = {
  key: 'k',
  login: 'l',
  name: 'n',
  groups: [{ key: 'g', name: 'students-9-12', dn: 'cn=g' }],
  schools: [],
};
const subject: Subject = { ip: '10.9.9.9', identity: Object.freeze(person) };
const at = Date.parse('2026-10-13T14:00:00Z');
const target = { scheme: 'http', port: 80, method: 'GET', rawPath: '/a/page.html', rawQuery: '' } as const;

function factsOf(rawHost: string): RequestFacts {
  const result = requestFacts({ ...target, rawHost });
  if (!result.ok) throw new Error(result.code);
  return result.facts;
}

function measure(label: string, facts: readonly RequestFacts[], rounds: number): void {
  let blocked = 0;
  const begin = performance.now();
  for (let round = 0; round < rounds; round++)
    for (const each of facts) if (decide(image, each, subject, [], at).action === 'block') blocked++;
  const count = rounds * facts.length;
  console.log(
    `${label}: ${Math.round(((performance.now() - begin) * 1e6) / count)} ns per decide (${blocked} of ${count} blocked)`,
  );
}

const hits = names.slice(0, 40_000).map((name) => factsOf(`www.${name}`));
const misses = names.slice(0, 40_000).map((name) => factsOf(`www.no-${name}`));
measure('listed hosts, first asked', hits, 1);
measure('unlisted hosts, first asked', misses, 1);
measure('listed hosts, remembered', hits, 10);
measure('one host, remembered', hits.slice(0, 1), 2_000_000);

const begin = performance.now();
for (let i = 0; i < 1_000_000; i++) factsOf('www.site-7.example-7.test');
console.log(`facts of a plain request: ${Math.round(performance.now() - begin)} ns`);
