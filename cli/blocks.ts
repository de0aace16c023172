/** `hallpass blocks`: what was blocked, from the running server or, when none runs, from the store itself. */
import { Option } from 'commander';
import type { Command } from 'commander';
import type { Block, BlocksFilter } from '../store/blocks.ts';
import { csvHeader, csvRow } from '../store/csv.ts';
import { filterOf, journalOf, withFilter } from './blocks-asked.ts';
import type { BlocksOptions } from './blocks-asked.ts';
import type { Ending } from './errors.ts';
import type { Output } from './output.ts';
import { dataFolder, withPlace } from './place.ts';
import { replayCommand } from './replay.ts';
import { linesOf, runningServer } from './server.ts';
import { header, rowOf } from './table.ts';
import type { Column } from './table.ts';

export function blocksCommand(program: Command, output: Output, end: Ending): void {
  const command = withFilter(withPlace(program.command('blocks')))
    .summary('show what was blocked')
    .description('Show recorded blocks and warnings, oldest first.')
    .option('--code <code>', 'only the one whose page shows this short code, such as 9F3C-21AB')
    .addOption(new Option('--json', 'one JSON object a line').conflicts('csv'))
    .option('--csv', 'CSV for a spreadsheet, in which no cell is a formula')
    .addHelpText(
      'after',
      `
Examples:
  $ hallpass blocks --since 2026-09-01 --school north-high
  $ hallpass blocks --user s.sample --json | jq -r .url
  $ hallpass blocks --since 2026-09-01 --csv > september.csv`,
    )
    .action(async (options: BlocksOptions) => {
      const filter = filterOf(options);
      const data = await dataFolder(options);
      const print = options.json === true ? printJson : options.csv === true ? printCsv : printTable;
      await print(lines(data, filter), output);
    });
  replayCommand(command, output, end);
}

async function* lines(data: string, filter: BlocksFilter): AsyncGenerator<string> {
  const server = await runningServer(data);
  if (server !== null) {
    const { school, user, code } = filter;
    const since = filter.since === undefined ? undefined : new Date(filter.since).toISOString();
    yield* linesOf(await server.get('/blocks', { since, school, user, code }));
    return;
  }
  const journal = journalOf(data);
  const { viewOfBlocks } = await import('../control/views.ts');
  const { withBlocksOnRecord } = await import('./blocks-on-record.ts');
  yield* withBlocksOnRecord({ data, journal, filter, viewOf: viewOfBlocks }, async function* (batches) {
    for await (const text of batches) for (const line of text.split('\n')) if (line !== '') yield line;
  });
}

async function printJson(source: AsyncIterable<string>, output: Output): Promise<void> {
  for await (const line of source) if (!(await output.write(`${line}\n`))) return;
}

async function printCsv(source: AsyncIterable<string>, output: Output): Promise<void> {
  await output.exact(csvHeader());
  for await (const line of source) if (!(await output.exact(csvRow(JSON.parse(line) as Block)))) return;
}

const columns: readonly Column<Block>[] = [
  { title: 'AT', width: 20, text: ({ at }) => `${at.slice(0, 19)}Z` },
  { title: 'ACTION', width: 7, text: ({ action, enforced }) => (enforced ? action : `(${action})`) },
  { title: 'USER', width: 16, text: ({ user }) => user ?? '-' },
  { title: 'SCHOOLS', width: 14, text: ({ schools }) => schools.join(',') || '-' },
  { title: 'RULE', width: 20, text: ({ rule }) => rule },
  { title: 'CLAUSE', width: 12, text: ({ clause }) => clause ?? '-' },
  { title: 'COUNT', width: 5, text: ({ count }) => String(count) },
  { title: 'URL', width: 0, text: ({ url }) => url },
];

async function printTable(source: AsyncIterable<string>, output: Output): Promise<void> {
  let head = header(columns);
  for await (const line of source) {
    if (!(await output.write(head + rowOf(columns, JSON.parse(line) as Block)))) return;
    head = '';
  }
  await output.write(head);
}
