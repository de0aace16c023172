/** `hallpass blocks replay`: records decided again, each under the edition of its time. */
import type { Command } from 'commander';
import type { Replay } from '../control/replays.ts';
import type { TraceStep } from '../policy/explain.ts';
import type { Used } from '../policy/replay/replay.ts';
import { codeDigits } from '../store/blocks.ts';
import type { BlocksFilter } from '../store/blocks.ts';
import { filterOf, journalOf, withFilter } from './blocks-asked.ts';
import type { BlocksOptions } from './blocks-asked.ts';
import { CliError, exitCodes } from './errors.ts';
import type { Ending } from './errors.ts';
import type { Output } from './output.ts';
import { dataFolder, withPlace } from './place.ts';
import { linesOf, runningServer } from './server.ts';
import { printable } from './table.ts';

interface ReplayOptions extends BlocksOptions {
  readonly all?: true;
}

/** @param blocks the command that it stands under */
export function replayCommand(blocks: Command, output: Output, end: Ending): void {
  withFilter(withPlace(blocks.command('replay')))
    .argument('[id]', 'reference of a record, or its short code such as 9F3C-21AB')
    .summary('decide a record again')
    .description(
      'Decide a record again under the policy and the lists of its time, and say whether it comes out the same.',
    )
    .option('--all', 'every record that --since, --school and --user leave; says how many come out the same')
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      `
Examples:
  $ hallpass blocks replay 0199f000-0000-7000-8000-00009f3c21ab
  $ hallpass blocks replay --all --since 2026-09-01`,
    )
    .action(async (id: string | undefined, options: ReplayOptions) => {
      const filter = askedFor(id, options);
      const data = await dataFolder(options);
      const found = replaysOf(data, filter, id !== undefined);
      const print = options.json === true ? asJson : id === undefined ? counted : inWords;
      const { records, same } = await print(found, output);
      if (id !== undefined && records === 0) throw new CliError('not-found', `there is no record \`${id}\``);
      if (same < records) end(exitCodes.failed);
    });
}

function askedFor(id: string | undefined, options: ReplayOptions): BlocksFilter {
  if ((id === undefined) === (options.all !== true))
    throw new CliError('usage', 'name one record by its reference, or all of them by `--all`');
  const filter = filterOf(options);
  if (id === undefined) return filter;
  const code = codeDigits(id);
  return code === null ? { ...filter, id } : { ...filter, code };
}

async function* replaysOf(data: string, filter: BlocksFilter, traced: boolean): AsyncGenerator<Replay> {
  const server = await runningServer(data);
  const lines =
    server === null
      ? offline(data, filter, traced)
      : linesOf(await server.get('/blocks/replay', { ...queryOf(filter), traced: traced ? 'yes' : 'no' }));
  for await (const text of lines)
    for (const line of text.split('\n')) if (line !== '') yield JSON.parse(line) as Replay;
}

function queryOf({ since, ...rest }: BlocksFilter): Record<string, string | undefined> {
  return { ...rest, since: since === undefined ? undefined : new Date(since).toISOString() };
}

/** Without a server nobody asks the directory: records that do not keep who somebody was cannot be decided again. */
async function* offline(data: string, filter: BlocksFilter, traced: boolean): AsyncGenerator<string> {
  const journal = journalOf(data);
  const [
    { withBlocksOnRecord },
    { viewOfReplay },
    { replays },
    { Retracer },
    { compilerWith },
    lists,
    images,
  ] = await Promise.all([
    import('./blocks-on-record.ts'),
    import('../control/views.ts'),
    import('../control/replays.ts'),
    import('../control/retrace.ts'),
    import('../control/compiler.ts'),
    import('../control/lists/compose.ts'),
    import('../store/images.ts'),
  ]);
  const compile = compilerWith({ folder: images.imagesOf(data), log: { warn: () => undefined } });
  const snapshots = lists.snapshotsOf(data);
  yield* withBlocksOnRecord({ data, journal, filter, viewOf: viewOfReplay }, (batches, repository) => {
    const retracer = new Retracer({
      ...{ current: () => null, repository },
      compile: (task) => compile({ ...task, draft: true }),
      listsOf: (digests) => lists.listsOfEdition(digests, repository, snapshots),
      person: () => Promise.reject(new Error('no server runs')),
    });
    return replays(retracer, batches, traced);
  });
}

interface Count {
  readonly records: number;
  readonly same: number;
}

const isSame = ({ again }: Replay): boolean => again.state === 'again' && again.agrees;

async function asJson(found: AsyncIterable<Replay>, output: Output): Promise<Count> {
  let [records, same] = [0, 0];
  for await (const each of found) {
    records += 1;
    same += isSame(each) ? 1 : 0;
    if (!(await output.write(`${JSON.stringify(each)}\n`))) break;
  }
  return { records, same };
}

/** A line for each that does not come out the same, and how many there are. */
async function counted(found: AsyncIterable<Replay>, output: Output): Promise<Count> {
  let [records, same, gone] = [0, 0, 0];
  for await (const each of found) {
    records += 1;
    if (isSame(each)) same += 1;
    else {
      if (each.again.state === 'gone') gone += 1;
      if (!(await output.write(`${printable(`${each.id}  ${each.rule}  ${outcomeOf(each)}`)}\n`))) break;
    }
  }
  const otherwise = records - same - gone;
  await output.write(
    `${count(records)} ${records === 1 ? 'record' : 'records'}: ${count(same)} come out the same, ` +
      `${count(otherwise)} otherwise, ${count(gone)} cannot be decided again\n`,
  );
  return { records, same };
}

const count = (n: number): string => n.toLocaleString('en-US');

async function inWords(found: AsyncIterable<Replay>, output: Output): Promise<Count> {
  // Loaded when needed: the engine is more than `hallpass blocks` takes.
  const { formatTraceStep } = await import('../policy/explain.ts');
  let [records, same] = [0, 0];
  for await (const each of found) {
    records += 1;
    same += isSame(each) ? 1 : 0;
    const { at, action, rule, clause, edition, url, again } = each;
    const cited = clause === null ? 'no clause' : `clause ${clause}`;
    const lines = [
      `${at.slice(0, 19)}Z  ${url}`,
      `recorded: ${action} by rule ${rule}, ${cited}, edition ${edition}`,
      `decided again: ${outcomeOf(each)}`,
      ...(again.state === 'gone' ? [] : details(again, formatTraceStep)),
    ];
    if (!(await output.write(lines.map((line) => `${printable(line)}\n`).join('')))) break;
  }
  return { records, same };
}

function details(
  again: Extract<Replay['again'], { state: 'again' }>,
  formatTraceStep: (step: TraceStep) => string,
): string[] {
  return [
    ...again.trace.map((step) => `  ${formatTraceStep(step)}`),
    ...again.used.map((each) => `kept: ${usedInWords(each)}`),
    ...again.unknown.map((what) => `not known: ${what}`),
  ];
}

function outcomeOf({ again }: Replay): string {
  if (again.state === 'gone') return `cannot be: ${again.reason}`;
  return again.agrees ? 'the same' : `otherwise, ${again.action} by rule ${again.rule}`;
}

function usedInWords({ rule, condition, held, inner }: Used): string {
  const where = inner === null ? '' : ` of ${inner}, the address inside`;
  const what = held === null ? 'could not be told' : held ? 'held' : 'did not hold';
  return `\`${condition}\` of rule \`${rule}\`${where} ${what}`;
}
