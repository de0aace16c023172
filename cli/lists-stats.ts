/** `hallpass lists stats`: what an import took, and what it left out. */
import type { ListReport } from '../policy/lists/entry.ts';
import type { ListsStats, SourceStats } from '../control/lists/views.ts';
import { CliError } from './errors.ts';
import type { Output } from './output.ts';
import { configOf, dataFolder } from './place.ts';
import type { PlaceOptions } from './place.ts';
import { runningServer, textOf } from './server.ts';

/** Refused lines that are shown to people; `--json` has the first thousand. */
const shown = 20;

export async function stats(
  name: string | undefined,
  options: PlaceOptions & { readonly json?: true },
  output: Output,
): Promise<void> {
  const server = await runningServer(await dataFolder(options));
  const { sources, snapshots } =
    server === null
      ? await offline(name, options)
      : (JSON.parse(await textOf(await server.get('/lists/stats', { name }))) as ListsStats);
  for (const source of sources)
    await output.write(options.json === true ? `${JSON.stringify(source)}\n` : told(source));
  if (options.json === true) return;
  if (sources.length === 0)
    await output.write('no source is named or added: `hallpass lists add` adds one\n');
  const { whole, deltas } = snapshots;
  await output.write(
    `on disk: ${megabytes(whole.bytes)} in ${count(whole.files)} lists, ` +
      `${megabytes(deltas.bytes)} in ${count(deltas.files)} older ones\n`,
  );
}

function told({ name, from, lists, entries, bytes, report, troubles }: SourceStats): string {
  const lines = [
    `${name}  ${from}`,
    `  in force: ${count(entries)} entries in ${count(lists)} lists, ${megabytes(bytes)} on disk`,
  ];
  if (report !== null) lines.push(...reported(report));
  return [...lines, ...troubles.map((trouble) => `  ! ${trouble}`), ''].join('\n');
}

function reported(report: ListReport & { readonly format?: string }): string[] {
  const skipped = Object.entries(report.skipped).map(([kind, times]) => `    ${kind}: ${count(times)}`);
  const rejected = report.rejected
    .slice(0, shown)
    .map(({ file, line, column, why }) => `    ${file}:${String(line)}:${String(column)}: ${why}`);
  const more = report.rejectedCount - Math.min(report.rejected.length, shown);
  return [
    `  the last import (${report.format ?? 'own'}): ${count(report.accepted)} accepted, ${count(report.duplicate)} twice, ` +
      `${count(report.subsumed)} covered by another, ${count(report.rejectedCount)} refused`,
    ...(skipped.length === 0 ? [] : ['  understood, and of no use to a proxy:', ...skipped]),
    ...(rejected.length === 0 ? [] : ['  refused:', ...rejected]),
    ...(more > 0 ? [`    … and ${count(more)} more`] : []),
    ...report.notes.map((note) => `  ${note}`),
  ];
}

const count = (value: number): string => value.toLocaleString('en-US');
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

async function offline(name: string | undefined, options: PlaceOptions): Promise<ListsStats> {
  const { readLists } = await import('../control/lists/compose.ts');
  const { statsOf } = await import('../control/lists/views.ts');
  const { withReader } = await import('./offline.ts');
  const config = await configOf(options);
  const read = async (reader: Parameters<typeof readLists>[1]) =>
    statsOf(await readLists(config, reader), name);
  const found = (await withReader(config.data, read)) ?? (await read(null));
  if (name !== undefined && found.sources.length === 0)
    throw new CliError('not-found', `there is no source \`${name}\`: \`hallpass lists\` shows them`);
  return found;
}
