/**
 * `node benchmarks/publish.ts [domains]`: what a publication costs while people browse. An invented list of five million hosts
 * (policy-world.ts) is compiled, kept, opened again, and published three times to proxy threads under load; each time another
 * host is blocked to which tunnels are open. Real threads, sockets, store and compiler; no directory and no record thread.
 * Printed as Markdown, never asserted.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { compilerWith } from '../control/compiler.ts';
import type { Compile, ListInput } from '../control/compiler.ts';
import { Editions } from '../control/editions.ts';
import type { PublishRequest } from '../control/editions.ts';
import { Proxies } from '../control/proxies.ts';
import { withTables } from '../control/tables.ts';
import { FORMAT_VERSION } from '../policy/compile/layout.ts';
import type { ProxyControl } from '../proxy/protocol.ts';
import { imagesOf } from '../store/images.ts';
import { ListSnapshots } from '../store/lists/snapshots.ts';
import { Repository } from '../store/repository/repository.ts';
import { connect } from '../threads/rpc.ts';
import type { Remote } from '../threads/rpc.ts';
import { CATEGORIES, fullSize, listText, policyText, World } from './policy-world.ts';
import type { LoadApi, LoadCounts } from './publish-load.entry.ts';
import { now } from './publish-load.entry.ts';
import type { BenchProxyData, Held } from './publish-proxy.entry.ts';
import { machine, median } from './table.ts';

const THREADS = 2;
const ROUNDS = 3;
/** To each host that a round blocks, in each thread; and as many to a host that stays open. */
const TUNNELS = 500;
const QUIET = 15_000;

type BenchProxy = ProxyControl & { listen(): Promise<number>; held(): Promise<Held> };

interface Taken {
  readonly held: readonly Held[];
  readonly counts: LoadCounts;
}

/** Milliseconds since it was compiled, but for the first. */
interface Round {
  readonly compileMs: number;
  readonly stored: number;
  readonly acknowledged: number;
  readonly blocked: number;
  readonly closed: number;
  readonly strange: readonly string[];
  readonly compiling: Taken | null;
  readonly swapping: Taken;
}

const domains = Number(process.argv[2] ?? fullSize.domains);
const n = (value: number): string => Math.round(value).toLocaleString('en');
const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : n(value)} ms`;
const log = {
  info: () => undefined,
  warn: (fields: object, message: string) => console.error(message, fields),
  error: (fields: object, message: string) => console.error(message, fields),
};

const aup = `---
title: Acceptable use
adopted: 2026-06-01
language: en
---

# Acceptable use

## 1 School use {#school}

The network is for school work.
`;

const openHost = 'open.test';
const roundHost = (round: number): string => `round-${String(round)}.test`;
const hosts = [openHost, ...Array.from({ length: ROUNDS + 1 }, (_, i) => roundHost(i))];

/** The invented policy, with a rule for everyone in front. */
function request(world: World, blocked: string): PublishRequest {
  const rule = `  - { id: news, title: New, publicTitle: Closed, clause: school, match: { hosts: [${blocked}] }, action: block }`;
  const policy = policyText(world).replace('\nrules:\n', `\nrules:\n${rule}\n`);
  return { documents: { policy, aup: [aup] }, files: { policy: 'policy.yaml', aup: ['aup.md'] }, note: '' };
}

async function begun(entry: string, data: object, transfer: MessagePort[]): Promise<Worker> {
  const worker = new Worker(new URL(entry, import.meta.url), { workerData: data, transferList: transfer });
  await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  return worker;
}

async function remote<T extends object>(
  entry: string,
  data: object,
): Promise<{ worker: Worker; api: Remote<T> }> {
  const { port1, port2 } = new MessageChannel();
  const worker = await begun(entry, { ...data, port: port2 }, [port2]);
  return { worker, api: connect<T>(port1, {}).remote };
}

const folder = mkdtempSync(join(tmpdir(), 'hallpass-publish-'));
const workers: Worker[] = [];
try {
  await bench();
} finally {
  await Promise.all(workers.map((worker) => worker.terminate()));
  rmSync(folder, { recursive: true, force: true });
}

async function snapshotsOf(world: World): Promise<ListInput[]> {
  const snapshots = new ListSnapshots(join(folder, 'lists'));
  const lists: ListInput[] = [];
  for (let category = 0; category < CATEGORIES; category++) {
    const chunks = (function* () {
      for (const text of listText(world, category)) yield Buffer.from(text);
    })();
    const { digest } = await snapshots.add(chunks);
    lists.push({ name: `c${String(category)}`, digest, path: snapshots.pathOf(digest) });
  }
  return lists;
}

async function bench(): Promise<void> {
  const world = new World({ ...fullSize, domains });
  const lists = await snapshotsOf(world);
  const repository = Repository.open(join(folder, 'hallpass.db'));
  const images = imagesOf(folder);
  let compiledAt = 0;
  let compileMs = 0;
  const inThread = compilerWith({ folder: images, log });
  const compile: Compile = async (task) => {
    const begin = now();
    const compiled = await inThread(task);
    compiledAt = now();
    compileMs = compiledAt - begin;
    return compiled;
  };
  const proxies = new Proxies({ log });
  const parts = {
    ...{ store: repository, proxies, compile, log, firstEpoch: 1 },
    lists: withTables({ read: async () => ({ lists, faults: [] }) }),
  };
  const editions = new Editions(parts);
  const first = request(world, roundHost(ROUNDS));
  await editions.start(async () => first);
  const alone = compileMs;
  const bytes = editions.current()?.image.byteLength ?? 0;
  const kept = await written(images, editions.current()?.id.edition ?? '');

  const reopenings: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    await new Editions(parts).start(async () => first);
    reopenings.push(compileMs);
  }

  const load = await remote<LoadApi>('./publish-load.entry.ts', {});
  workers.push(load.worker);
  const originPort = await load.api.origin();
  const planes: Remote<BenchProxy>[] = [];
  const ports: number[] = [];
  for (let i = 0; i < THREADS; i++) {
    const name = `proxy-${String(i + 1)}`;
    const data: Omit<BenchProxyData, 'port'> = { name, originPort, hosts };
    const { worker, api } = await remote<BenchProxy>('./publish-proxy.entry.ts', data);
    workers.push(worker);
    planes.push(api);
    proxies.add(name, api);
    while (proxies.behind().length > 0) await pause(20);
    ports.push(await api.listen());
  }
  await load.api.begin(ports, openHost);
  for (const port of ports) {
    await load.api.tunnels(port, openHost, TUNNELS);
    for (let round = 0; round < ROUNDS; round++) await load.api.tunnels(port, roundHost(round), TUNNELS);
  }
  // The threads are warm then, and what opening the tunnels cost is not counted.
  await pause(3_000);
  const take = async (): Promise<Taken> => {
    const [held, counts] = await Promise.all([
      Promise.all(planes.map((plane) => plane.held())),
      load.api.counts(),
    ]);
    return { held, counts };
  };
  await take();
  await pause(QUIET);
  const quiet = await take();

  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const host = roundHost(round);
    const seen = load.api.blocked(ports, host);
    const taken: { compiling: Promise<Taken> | null } = { compiling: null };
    let storedAt = 0;
    const published = await editions.publish(request(world, host), ({ stage }) => {
      if (stage === 'storing') taken.compiling = take();
      if (stage === 'publishing' && storedAt === 0) storedAt = now();
    });
    const acknowledgedAt = now();
    if (!published.ok || published.late.length > 0) throw new Error(JSON.stringify(published));
    const { blocked, closed, strange } = await seen;
    await pause(1_000);
    rounds.push({
      ...{ compileMs, strange },
      stored: storedAt - compiledAt,
      acknowledged: acknowledgedAt - compiledAt,
      blocked: Math.max(...blocked) - compiledAt,
      closed: closed - compiledAt,
      compiling: await taken.compiling,
      swapping: await take(),
    });
  }
  const stillOpen = await load.api.open(openHost);
  await repository.close();
  report();

  function report(): void {
    const worst = (values: readonly number[]) => `${ms(Math.max(...values))} (median ${ms(median(values))})`;
    const row = (...cells: readonly string[]): void => console.log(`| ${cells.join(' | ')} |`);
    const all = rounds.flatMap(({ compiling, swapping }) => [compiling?.counts, swapping.counts]);
    const answers: Record<string, number> = {};
    for (const counts of all)
      for (const [status, count] of Object.entries(counts?.answers ?? {}))
        answers[status] = (answers[status] ?? 0) + count;
    const wanted = answers['200'] ?? 0;
    const other = Object.values(answers).reduce((sum, count) => sum + count, 0) - wanted;
    const strange = rounds.flatMap((round) => round.strange);
    const heldOf = (held: readonly Held[], what: keyof Held) => Math.max(...held.map((each) => each[what]));
    console.log(
      `# A publication of ${n(domains)} hosts under load\n\n${machine()}; ${String(THREADS)} proxy threads\n`,
    );
    row('', `worst of ${String(ROUNDS)}`);
    row('---', '---');
    row('compiled in a thread of its own, without load of ours', `${(alone / 1_000).toFixed(1)} s`);
    row('compiled in a thread of its own, under load', worst(rounds.map((round) => round.compileMs)));
    row('image', `${n(bytes)} bytes in memory; the same on disk, there ${ms(kept)} after it was in force`);
    row('opened from disk and checked instead of compiled', worst(reopenings));
    row('from compiled to stored', worst(rounds.map((round) => round.stored)));
    row(
      'from compiled to acknowledged by every thread, open tunnels decided again',
      worst(rounds.map((round) => round.acknowledged)),
    );
    row(
      'from compiled to a newly blocked host answered by 403 in every thread',
      worst(rounds.map((round) => round.blocked)),
    );
    row(
      `from compiled to the last of ${n(TUNNELS * THREADS)} open tunnels to it closed`,
      worst(rounds.map((round) => round.closed)),
    );
    row('tunnels to another host that stayed open', `${n(stillOpen)} of ${n(TUNNELS * THREADS)}`);
    row('requests under load meanwhile', n(wanted + other));
    row('failed, undecided or wrongly answered', n(other + strange.length));
    console.log('\nThe longest time that something held a proxy thread, by a timer of 1 ms in it:\n');
    row('', 'its own processor time', 'garbage collection', 'on the clock', 'longest answer');
    row('---', '---', '---', '---', '---');
    const line = (what: string, taken: readonly Taken[]): void =>
      row(
        what,
        ms(Math.max(...taken.map(({ held }) => heldOf(held, 'cpu')))),
        ms(Math.max(...taken.map(({ held }) => heldOf(held, 'gc')))),
        ms(Math.max(...taken.map(({ held }) => heldOf(held, 'wall')))),
        ms(Math.max(...taken.map(({ counts }) => counts.longest))),
      );
    line('load alone', [quiet]);
    line(
      'while it is compiled',
      rounds.flatMap(({ compiling }) => compiling ?? []),
    );
    line(
      'while it is published',
      rounds.map(({ swapping }) => swapping),
    );
  }
}

/** Milliseconds until the image of an edition is on disk. */
async function written(images: string, edition: string): Promise<number> {
  const begin = now();
  for (;;) {
    const files = statSync(join(images, `${edition}-${String(FORMAT_VERSION)}.img`), {
      throwIfNoEntry: false,
    });
    if (files !== undefined) return now() - begin;
    await pause(10);
  }
}
