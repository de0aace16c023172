/** `hallpass lists`: where lists come from, what came, and what they say. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ListHit } from '../control/lists/search.ts';
import type { ListsView, ListView } from '../control/lists/views.ts';
import { CliError, exitCodes } from './errors.ts';
import type { Ending } from './errors.ts';
import { add, importOnce, remove, update } from './lists-change.ts';
import type { AddOptions, UpdateOptions } from './lists-change.ts';
import { stats } from './lists-stats.ts';
import type { Output } from './output.ts';
import { configOf, dataFolder, withPlace } from './place.ts';
import type { PlaceOptions } from './place.ts';
import { runningServer, textOf } from './server.ts';
import { header, rowOf } from './table.ts';
import type { Column } from './table.ts';

type ShowOptions = PlaceOptions & { readonly json?: true };

export function listsCommand(program: Command, output: Output, end: Ending): void {
  const lists = program.command('lists').summary('show, add, update and search lists');
  lists.description(
    'Show the lists in force, where they come from and what they say; add, update and remove sources.',
  );
  withPlace(lists.command('show', { isDefault: true }))
    .summary('show the lists in force (also `hallpass lists` alone)')
    .description(
      'Show the lists in force: how many entries each has, how old it is, and where it comes from.',
    )
    .option('--json', 'one JSON object a line')
    .addHelpText('after', '\nExamples:\n  $ hallpass lists\n  $ hallpass lists show --json')
    .action((options: ShowOptions) => show(options, output));
  const ending = (isDone: boolean): void => (isDone ? undefined : end(exitCodes.failed));
  addCommands(lists, output, ending);
  withPlace(lists.command('update'))
    .argument('[name]', 'source (default: all that have a schedule)')
    .summary('look at sources now')
    .description('Look at sources now; what has changed is in force when this returns.')
    .option('--accept', 'take over lists that are held back since they have lost many entries')
    .addHelpText('after', '\nExamples:\n  $ hallpass lists update\n  $ hallpass lists update ut1 --accept')
    .action(async (name: string | undefined, options: UpdateOptions) =>
      ending(await update(name, options, output)),
    );
  withPlace(lists.command('remove'))
    .argument('<name>', 'source that was added by `lists add` or `lists import`')
    .summary('remove a source with its lists')
    .description('Remove a source with its lists. Those of the configuration are removed there.')
    .addHelpText('after', '\nExamples:\n  $ hallpass lists remove ut1')
    .action((name: string, options: PlaceOptions) => remove(name, options, output));
  withPlace(lists.command('stats'))
    .argument('[name]', 'source (default: all)')
    .summary('show what an import took and what it left out')
    .description(
      'Show what became of each line of a source, the lines that were refused, and what is kept on disk.',
    )
    .option('--json', 'one JSON object a source')
    .addHelpText('after', '\nExamples:\n  $ hallpass lists stats ut1')
    .action((name: string | undefined, options: ShowOptions) => stats(name, options, output));
  withPlace(lists.command('search'))
    .argument('<host>', 'such as `example.org`')
    .summary('find which lists say something of a host')
    .description('Find which lists say something of a host or what it is under, with file and line.')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', '\nExamples:\n  $ hallpass lists search www.example.org')
    .action((host: string, options: ShowOptions) => search(host, options, output));
}

function addCommands(lists: Command, output: Output, ending: (isDone: boolean) => void): void {
  const described = (command: Command): Command =>
    withPlace(command)
      .option('--format <name>', 'how it is written (default: told by its content)')
      .option('--category <name>', 'category of what names none itself; stands before those of a tree')
      .option(
        '--map <theirs=ours...>',
        'which of its categories become which of ours; the others are left out',
      )
      .option(
        '--checksum <sha256>',
        'SHA-256 that it must have, or the address of a file that begins with it',
      )
      .option('--max-size <size>', 'how large it may be as it comes (default: 200MB)');
  described(lists.command('add'))
    .argument('<name>', 'how it is called; `ut1` brings address and categories along')
    .argument('[place]', 'address, file, folder or archive')
    .summary('add a source, and fetch it')
    .description('Add a source of lists, fetch it, and look at it again each day.')
    .option('--every <when>', 'duration such as `24h`, or time of day such as `03:30` (default: 24h)')
    .option('--user <name>', 'name to sign in with')
    .option('--password-file <file>', 'file with the password of `--user`')
    .addHelpText(
      'after',
      '\nExamples:\n  $ hallpass lists add ut1\n' +
        '  $ hallpass lists add games https://lists.example.org/games.txt --category games --every 03:30',
    )
    .action(async (name: string, place: string | undefined, options: AddOptions) =>
      ending(await add(name, place, options, output)),
    );
  described(lists.command('import'))
    .argument('<path>', 'file, folder or archive')
    .summary('take over a list once')
    .description('Take over a list once; its place is not looked at again.')
    .option('--name <name>', 'how it is called (default: as its file)')
    .addHelpText('after', '\nExamples:\n  $ hallpass lists import blocked.csv --category games')
    .action(async (path: string, options: AddOptions & { readonly name?: string }) =>
      ending(await importOnce(resolve(path), options, output)),
    );
}

const columns: readonly Column<ListView>[] = [
  { title: 'LIST', width: 24, text: ({ name }) => name },
  { title: 'CATEGORY', width: 14, text: ({ category }) => category ?? '-' },
  { title: 'ENTRIES', width: 10, text: ({ entries }) => entries?.toLocaleString('en-US') ?? '-' },
  { title: 'AGE', width: 5, text: ({ at }) => (at === null ? '-' : age(Date.now() - at)) },
  { title: 'STATE', width: 15, text: ({ state }) => state },
  { title: 'FROM', width: 0, text: ({ from }) => from },
];

const minute = 60_000;

function age(ms: number): string {
  if (ms < 60 * minute) return `${String(Math.max(0, Math.floor(ms / minute)))}m`;
  if (ms < 48 * 60 * minute) return `${String(Math.floor(ms / 60 / minute))}h`;
  return `${String(Math.floor(ms / 24 / 60 / minute))}d`;
}

async function show(options: ShowOptions, output: Output): Promise<void> {
  const server = await runningServer(await dataFolder(options));
  const { lists, sources, snapshots } =
    server === null
      ? await offlineView(options)
      : (JSON.parse(await textOf(await server.get('/lists'))) as ListsView);
  if (options.json === true) {
    for (const { at, ...list } of lists) {
      const since = at === null ? null : new Date(at).toISOString();
      await output.write(`${JSON.stringify({ ...list, at: since })}\n`);
    }
    return;
  }
  await output.write(header(columns));
  for (const list of lists) await output.write(rowOf(columns, list));
  for (const trouble of sources.flatMap(({ troubles }) => troubles)) await output.write(`! ${trouble}\n`);
  const { whole, deltas } = snapshots;
  if (whole.files + deltas.files > 0)
    await output.write(
      `on disk: ${megabytes(whole.bytes)} in ${String(whole.files)} lists, ` +
        `${megabytes(deltas.bytes)} in ${String(deltas.files)} older ones\n`,
    );
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

async function search(host: string, options: ShowOptions, output: Output): Promise<void> {
  const server = await runningServer(await dataFolder(options));
  const hits =
    server === null
      ? await offlineSearch(host, options)
      : (JSON.parse(await textOf(await server.get('/lists/search', { host }))) as readonly ListHit[]);
  for (const hit of hits)
    await output.write(options.json === true ? `${JSON.stringify(hit)}\n` : lineOf(hit));
  if (hits.length === 0 && options.json !== true) await output.write(`no list says anything of ${host}\n`);
}

function lineOf({ list, category, entry, except, file, line, source }: ListHit): string {
  const place = file === null ? `${list}:${String(line)}` : `${list}: ${file}:${String(line)}`;
  const known = source === null ? '' : `  (${source})`;
  return `${except ? 'not ' : ''}${category}  by \`${entry}\`  ${place}${known}\n`;
}

async function offlineView(options: PlaceOptions): Promise<ListsView> {
  const { readLists } = await import('../control/lists/compose.ts');
  const { viewOf } = await import('../control/lists/views.ts');
  const { withReader } = await import('./offline.ts');
  const config = await configOf(options);
  const view = async (reader: Parameters<typeof readLists>[1]) => viewOf(await readLists(config, reader));
  return (await withReader(config.data, view)) ?? view(null);
}

async function offlineSearch(host: string, options: PlaceOptions): Promise<readonly ListHit[]> {
  const { searchLists } = await import('../control/lists/search.ts');
  const { listsNow } = await import('./offline.ts');
  const lists = await listsNow(await configOf(options));
  try {
    return searchLists(host, lists);
  } catch (error) {
    throw new CliError('usage', (error as Error).message, { cause: error });
  }
}
