/**
 * Block pages, and the acknowledgement that each waits for, alone, beside lists, and beside a process that keeps the
 * processors as busy as the lists did: what the control shows as well is the processors' doing and not that of the store.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { median, percentileOf } from '../table.ts';
import { processorTime } from './processor-time.ts';
import { samplesIn, untilTold } from './samples.ts';
import type { What } from './samples.ts';

export interface RoundsOptions {
  /** Of each situation, in turns. */
  readonly rounds: number;
  /** Milliseconds of a round. */
  readonly length: number;
  /** Of Hallpass. */
  readonly pid: number;
  /** What Hallpass has said on standard error. */
  readonly log: () => string;
  /** Asks for block pages until the work is done, and tells how long each took. */
  readonly pages: (work: () => Promise<void>) => Promise<number[]>;
  /** Reads the n-th list. */
  readonly list: (n: number) => Promise<void>;
}

type Times = Readonly<Record<'page' | What, number[]>>;

interface Round {
  readonly times: Times;
  /** Milliseconds of processor time of Hallpass and of who reads the lists. */
  readonly used: number;
  /** Processors that somebody else kept busy meanwhile. */
  readonly others: number;
}

/** Milliseconds between the beginnings of two lists. */
const loads = [
  ['ten lists a second', 100],
  ['lists without a pause', 0],
] as const;

const burner = fileURLToPath(new URL('./burn.ts', import.meta.url));

/** @returns the rows of a table, of medians over the half of the rounds in which others did least */
export async function acknowledgements(options: RoundsOptions): Promise<string[]> {
  const { rounds, length } = options;
  const all = new Map<string, Round[]>();
  const add = (name: string, round: Round): void => void all.set(name, [...(all.get(name) ?? []), round]);
  for (let n = 0; n < rounds; n += 1) {
    const alone = await roundOf(options, () => pause(length).then(() => 0));
    add('alone', alone);
    for (const [name, every] of loads) {
      let lists = 0;
      const beside = await roundOf(options, async () => {
        lists = await read(options, every);
        return 0;
      });
      add(name, beside);
      // What the pages themselves cost is known from the round without lists.
      const ofPages = (alone.used / alone.times.page.length) * beside.times.page.length;
      const burned = await roundOf(options, () => burn(length, lists, Math.max(0, beside.used - ofPages)));
      add(`as much processor time burned as by ${name}`, burned);
    }
  }
  return [...tableHead, ...[...all].map(([name, of]) => rowOf(name, quieterHalf(of)))];
}

const quieterHalf = (rounds: readonly Round[]): readonly Round[] =>
  rounds.toSorted((a, b) => a.others - b.others).slice(0, Math.ceil(rounds.length / 2));

/** @param work tells the milliseconds of processor time that it had others use */
async function roundOf({ pid, log, pages }: RoundsOptions, work: () => Promise<number>): Promise<Round> {
  const [begun, before] = [Date.now(), processorTime(pid)];
  let burned = 0;
  const page = await pages(async () => {
    burned = await work();
  });
  const [ended, after] = [Date.now(), processorTime(pid)];
  await pause(untilTold);
  const samples = samplesIn(log(), begun, ended);
  const of = (wanted: What): number[] => samples.flatMap(({ what, took }) => (what === wanted ? [took] : []));
  const used = after.ours - before.ours;
  const others = after.all - before.all - used - burned;
  return {
    times: {
      page,
      acknowledged: of('acknowledged'),
      committed: of('committed'),
      processor: of('processor'),
      disk: of('disk'),
    },
    used,
    others: others / (ended - begun),
  };
}

/** Lists one after another; the next begins when its time has come and the one before is there. */
async function read({ length, list }: RoundsOptions, every: number): Promise<number> {
  const end = performance.now() + length;
  let n = 0;
  for (; performance.now() < end; n += 1) await Promise.all([list(n), every > 0 ? pause(every) : null]);
  return n;
}

/** Keeps processors busy for so long in all, in as many pieces as there were lists; one process for each that it takes. */
async function burn(length: number, pieces: number, used: number): Promise<number> {
  const processes = Math.max(1, Math.ceil(used / length));
  const words = [burner, String((pieces / length) * 1_000), String(used / pieces / processes)];
  const children = Array.from({ length: processes }, () =>
    spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  await Promise.all(children.map(({ stdout }) => once(stdout, 'data')));
  await pause(length);
  const burned = children.map(({ pid }) => processorTime(pid ?? 0).theirs);
  for (const child of children) {
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  }
  return burned.reduce((sum, each) => sum + each, 0);
}

const tableHead = [
  '| milliseconds | pages | page p50 | p95 | acknowledged p50 | p95 | transaction p95 | without a processor p95 | asleep for the disk p95 | others |',
  '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
];

function rowOf(name: string, rounds: readonly Round[]): string {
  const of = (what: keyof Times, p: number): string =>
    median(
      rounds.map(({ times }) =>
        percentileOf(
          times[what].toSorted((a, b) => a - b),
          p,
        ),
      ),
    ).toFixed(1);
  const pages = rounds.reduce((sum, { times }) => sum + times.page.length, 0);
  const cells = [
    ...[name, String(pages), of('page', 0.5), of('page', 0.95)],
    ...[of('acknowledged', 0.5), of('acknowledged', 0.95)],
    ...[of('committed', 0.95), of('processor', 0.95), of('disk', 0.95)],
    median(rounds.map(({ others }) => others)).toFixed(1),
  ];
  return `| ${cells.join(' | ')} |`;
}
