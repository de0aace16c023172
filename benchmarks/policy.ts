/**
 * `npm run bench:policy`: whole decisions over a district's worth and more of invented lists, the indexes alone, and beside
 * them Ghostery's blocker and squidGuard in the same run. One core. Printed as Markdown, never asserted.
 *
 *     node benchmarks/policy.ts [domains]
 */
import { AbpVerdicts, build, buildAbp, checksum, factsOf, Indexes, shared } from './policy-indexes.ts';
import { Ghostery, hasSquidGuard, runHallpassCheck, runSquidGuard } from './policy-peers.ts';
import { quantile, time } from './policy-timing.ts';
import type { Timing } from './policy-timing.ts';
import { fullSize, World } from './policy-world.ts';
import type { WorldRequest } from './policy-world.ts';
import { asking, compile } from './policy-decide.ts';
import { machine } from './table.ts';

const ROUNDS = 5;
/** In each round other addresses: a million in all. */
const REQUESTS = 200_000;
const RULES = 60_000;
const SQUIDGUARD_DOMAINS = 300_000;

const domains = Number(process.argv[2] ?? fullSize.domains);
const n = (value: number): string => Math.round(value).toLocaleString('en');
const micro = (value: number): string => value.toFixed(1);
const row = (...cells: readonly string[]): void => console.log(`| ${cells.join(' | ')} |`);
const head = (...cells: readonly string[]): void => {
  row(...cells);
  row(...cells.map((_, i) => (i === 0 ? '---' : '--:')));
};
function seconds<T>(work: () => T): [T, string] {
  const begin = performance.now();
  const result = work();
  return [result, ((performance.now() - begin) / 1_000).toFixed(2)];
}
const median = (timings: readonly Timing[]): Timing => ({
  rate: quantile(
    timings.map(({ rate }) => rate),
    0.5,
  ),
  p50: quantile(
    timings.map(({ p50 }) => p50),
    0.5,
  ),
  p99: quantile(
    timings.map(({ p99 }) => p99),
    0.5,
  ),
});

const sizes = [1_000, 100_000, domains].map((count) =>
  count < fullSize.urls
    ? { ...fullSize, domains: count, urls: count, patterns: 50 }
    : { ...fullSize, domains: count },
);

console.log(`## Decisions\n\n${machine()}\n`);
decisions();
console.log('\n### The indexes alone\n');
ofSizes();
besideGhostery();
await besideSquidGuard();

function decisions(): void {
  const sizesAsked = sizes.map((size) => {
    const world = new World(size);
    world.categories.at(0);
    const compiled = compile(world);
    return { size, compiled, asked: asking(world, compiled, REQUESTS), timings: [] as Timing[] };
  });
  for (let round = 0; round < ROUNDS; round++)
    for (const { asked, timings } of sizesAsked) timings.push(asked.round(round));
  head(
    ...['domains', 'entries', 'compiled, s', 'bytes', 'checked and opened, s', 'decisions/s'],
    ...['median µs', 'p99 µs', 'blocked', 'warned'],
  );
  for (const { size, compiled, asked, timings } of sizesAsked) {
    const { rate, p50, p99 } = median(timings);
    const { allow, block, warn } = asked.counts;
    const share = (count: number) => `${((100 * count) / (allow + block + warn)).toFixed(1)} %`;
    row(
      ...[n(size.domains), n(compiled.entries), compiled.took.toFixed(1), n(compiled.image.byteLength)],
      ...[asked.opened.toFixed(2), n(rate), micro(p50), micro(p99), share(block), share(warn)],
    );
  }
  const [first, last] = [sizesAsked[0], sizesAsked.at(-1)].map((each) => median(each?.timings ?? []).rate);
  console.log(
    `\nFrom the smallest to the largest, the time of a decision grows ${((first ?? NaN) / (last ?? NaN)).toFixed(2)} times.`,
  );
}

function ofSizes(): void {
  const worlds = sizes.map((size) => {
    const world = new World(size);
    world.categories.at(0);
    const [sections, built] = seconds(() => build(world));
    const { image, sections: placed } = shared(sections);
    const [indexes, opened] = seconds(() => {
      checksum(image);
      return new Indexes(placed);
    });
    return {
      world,
      built,
      opened,
      bytes: image.byteLength,
      indexes,
      hosts: [] as Timing[],
      all: [] as Timing[],
      hits: [0, 0, 0],
    };
  });
  for (let round = 0; round < ROUNDS; round++)
    for (const { world, indexes, hosts, all, hits } of worlds) {
      const make = (i: number) => factsOf(world.request(round * REQUESTS + i));
      hosts.push(time(REQUESTS, make, ({ host }) => void indexes.hosts.lookup(host, indexes.hostHits)));
      all.push(
        time(REQUESTS, make, (facts) => {
          indexes.lookup(facts);
          hits[0]!++;
          if (indexes.hostHits.count > 0) hits[1]!++;
          if (indexes.urlHits.count > 0) hits[2]!++;
        }),
      );
    }
  head(
    'domains',
    'URL entries',
    'patterns',
    'built, s',
    'bytes',
    'checked and opened, s',
    'hosts/s',
    'addresses/s',
    'median µs',
    'p99 µs',
    'listed',
    'URL hits',
  );
  for (const {
    world: { size },
    built,
    bytes,
    opened,
    hosts,
    all,
    hits,
  } of worlds) {
    const [whole, alone] = [median(all), median(hosts)];
    const share = (i: number) => `${((100 * (hits[i] ?? 0)) / (hits[0] ?? 1)).toFixed(0)} %`;
    row(
      n(size.domains),
      n(size.urls),
      n(size.patterns),
      built,
      n(bytes),
      opened,
      n(alone.rate),
      n(whole.rate),
      micro(whole.p50),
      micro(whole.p99),
      share(1),
      share(2),
    );
  }
  const [first, last] = [worlds[0], worlds.at(-1)].map((each) => median(each?.all ?? []).rate);
  console.log(
    `\nFrom the smallest to the largest, the time of an address grows ${((first ?? NaN) / (last ?? NaN)).toFixed(2)} times.\n`,
  );
}

function besideGhostery(): void {
  const world = new World();
  const rules = Array.from({ length: RULES }, (_, i) => world.abp(i));
  const [ghostery, parsed] = seconds(() => new Ghostery(rules));
  const [verdicts, built] = seconds(() => new AbpVerdicts(shared(buildAbp(rules)).sections));
  const asked = (i: number) => world.adRequest(i, RULES);
  const [ours, theirs]: [Timing[], Timing[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    const number = (i: number) => (round * REQUESTS) / 4 + i;
    theirs.push(
      time(
        REQUESTS / 4,
        (i) => ghostery.request(asked(number(i))),
        (request) => void ghostery.blocks(request),
      ),
    );
    ours.push(
      time(
        REQUESTS / 4,
        (i) => factsOf(asked(number(i))),
        (facts) => void verdicts.blocks(facts),
      ),
    );
  }
  console.log(`### ${n(RULES)} rules of Adblock Plus, the same requests\n`);
  head('', 'ready, s', 'matches/s', 'median µs', 'p99 µs', '× Ghostery');
  const base = median(theirs);
  for (const [name, ready, timing] of [
    ['@ghostery/adblocker', parsed, base],
    ['Hallpass', built, median(ours)],
  ] as const)
    row(
      name,
      ready,
      n(timing.rate),
      micro(timing.p50),
      micro(timing.p99),
      (timing.rate / base.rate).toFixed(1),
    );
  differences(asked, ghostery, verdicts);
}

/** Every difference in verdict, with its reason. */
function differences(asked: (i: number) => WorldRequest, ghostery: Ghostery, verdicts: AbpVerdicts): void {
  const reasons = new Map<string, { count: number; example: string }>();
  let blocked = 0;
  for (let i = 0; i < REQUESTS / 2; i++) {
    const request = asked(i);
    const [ours, theirs] = [verdicts.blocks(factsOf(request)), ghostery.blocks(ghostery.request(request))];
    if (ours) blocked++;
    if (ours === theirs) continue;
    const reason = `${ours ? 'blocked here' : 'blocked there'}: ${reasonOf(request, ours)}`;
    const known = reasons.get(reason) ?? { count: 0, example: `${request.host}${request.rawPath}` };
    reasons.set(reason, { ...known, count: known.count + 1 });
  }
  console.log(`\nOf ${n(REQUESTS / 2)} requests ${n(blocked)} are blocked; the verdicts differ for:\n`);
  for (const [reason, { count, example }] of reasons) console.log(`- ${n(count)} ${reason} (\`${example}\`)`);
  if (reasons.size === 0) console.log('- none');
  console.log('');
}

function reasonOf({ rawPath }: WorldRequest, ours: boolean): string {
  if (ours && rawPath.includes('%')) return 'the rule matches the path once it is decoded';
  if (ours && rawPath.endsWith('/')) return 'the rule matches the path without the slash at its end';
  return 'not explained';
}

async function besideSquidGuard(): Promise<void> {
  if (!hasSquidGuard()) return console.log('squidGuard is not installed.');
  const world = new World({ ...fullSize, domains: SQUIDGUARD_DOMAINS, urls: 1_000, patterns: 0 });
  const requests = Array.from({ length: REQUESTS }, (_, i) => world.request(i));
  const listed = (function* () {
    for (let i = 0; i < SQUIDGUARD_DOMAINS; i++) yield world.listed(i);
  })();
  const domains = [...listed];
  const theirs = await runSquidGuard(domains, requests);
  const checked = await runHallpassCheck(domains, requests);
  const { sections } = shared(build(new World({ ...world.size, urls: 0 })));
  const indexes = new Indexes(sections);
  let blocked = 0;
  for (const request of requests) {
    indexes.lookup(factsOf(request));
    if (indexes.hostHits.count > 0) blocked++;
  }
  const ours = time(
    REQUESTS,
    (i) => factsOf(requests[i] as WorldRequest),
    (facts) => indexes.lookup(facts),
  );
  console.log(`### ${n(SQUIDGUARD_DOMAINS)} domains\n`);
  head('', 'requests/s', '× squidGuard', `blocked of ${n(REQUESTS)}`);
  const besideIt = (rate: number) => (rate / theirs.rate).toFixed(1);
  row('squidGuard, stdin and stdout', n(theirs.rate), '1.0', n(theirs.blocked));
  row(
    ...['`hallpass check --file -`, stdin and stdout', n(checked.rate)],
    ...[besideIt(checked.rate), n(checked.blocked)],
  );
  row('Hallpass, in process', n(ours.rate), besideIt(ours.rate), n(blocked));
}
