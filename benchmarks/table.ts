/** Medians and ratios, as one Markdown table. */
import { cpus, totalmem } from 'node:os';

export interface Row {
  readonly name: string;
  /** Requests a second of each round, by what was fetched. */
  readonly rounds: Readonly<Record<string, readonly number[]>>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** @param sorted ascending */
export const percentileOf = (sorted: readonly number[], p: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? NaN;

/** @param reference name of the row that the ratios are against */
export function table(rows: readonly Row[], fetched: readonly string[], reference: string): string {
  const base = rows.find((row) => row.name === reference);
  const head = ['proxy', ...fetched.flatMap((what) => [`${what} req/s`, `× ${reference}`])];
  const lines = rows.map((row) => [
    row.name,
    ...fetched.flatMap((what) => {
      const here = median(row.rounds[what] ?? []);
      const there = median(base?.rounds[what] ?? []);
      return [Math.round(here).toLocaleString('en'), Number.isNaN(there) ? '–' : (here / there).toFixed(2)];
    }),
  ]);
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ` +
  `${process.platform}, Node ${process.versions.node}`;
