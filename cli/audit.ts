/** `hallpass audit`: who did what, and whether the trail is as it was written. */
import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordedEntry, TrailFilter } from '../store/audit/trail.ts';
import type { Finding, Tampering } from '../store/audit/chain.ts';
import type { Repository } from '../store/repository/repository.ts';
import { CliError, exitCodes } from './errors.ts';
import type { Ending } from './errors.ts';
import type { Output } from './output.ts';
import { dataFolder, withPlace } from './place.ts';
import type { PlaceOptions } from './place.ts';
import { header, rowOf } from './table.ts';
import type { Column } from './table.ts';

interface ListOptions extends PlaceOptions {
  readonly since?: string;
  readonly about?: string;
  readonly json?: true;
}
interface VerifyOptions extends PlaceOptions {
  readonly expect?: string;
}

export function auditCommand(program: Command, output: Output, end: Ending): void {
  const audit = program.command('audit').summary('show and verify who did what');
  audit.description('Show and verify the audit trail: who published, and who looked at whose records.');
  withPlace(audit.command('list'))
    .summary('show who did what')
    .description('Show the entries of the audit trail, newest first.')
    .option('--since <time>', 'only those at or after an ISO time, such as 2026-09-01')
    .option('--about <person>', 'only those about a person, by login or key')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', '\nExamples:\n  $ hallpass audit list --about s.sample --since 2026-09-01')
    .action((options: ListOptions) => list(options, output));
  withPlace(audit.command('verify'))
    .summary('check that nobody changed the trail')
    .description(
      'Follow the chain of the audit trail from its first entry to its seal, and name the entries that are not as they were written.',
    )
    .option(
      '--expect <head>',
      'a head that an earlier `verify` printed, such as 120:9f3c…: the trail must still hold it',
    )
    .addHelpText(
      'after',
      `
Note the printed head in another place from time to time: a trail and its seal that were both put back to an older
state can be told by that alone.

Examples:
  $ hallpass audit verify`,
    )
    .action(async (options: VerifyOptions) => {
      if (!(await verify(options, output))) end(exitCodes.failed);
    });
}

const columns: readonly Column<RecordedEntry>[] = [
  { title: 'SEQ', width: 6, text: ({ seq }) => String(seq) },
  { title: 'AT', width: 20, text: ({ at }) => `${new Date(at).toISOString().slice(0, 19)}Z` },
  { title: 'WHO', width: 24, text: ({ login }) => login },
  { title: 'DID', width: 16, text: ({ action }) => action },
  { title: 'ABOUT', width: 16, text: ({ subject }) => subject ?? '-' },
  { title: 'DETAIL', width: 0, text: ({ detail }) => told(detail) },
];

const told = (detail: RecordedEntry['detail']): string =>
  Object.entries(detail)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ');

async function list(options: ListOptions, output: Output): Promise<void> {
  const filter = await named(options, filterOf(options));
  await withTrail(options, async ({ audit }) => {
    let head = header(columns);
    for await (const entry of audit.entries(filter)) {
      const line = options.json === true ? `${JSON.stringify(entry)}\n` : head + rowOf(columns, entry);
      if (!(await output.write(line))) return;
      head = '';
    }
    if (options.json !== true) await output.write(head);
  });
}

function filterOf({ since, about }: ListOptions): TrailFilter {
  const at = since === undefined ? undefined : Date.parse(since);
  if (at !== undefined && Number.isNaN(at)) {
    throw new CliError('usage', `\`--since ${since ?? ''}\` is no time: write it as in 2026-09-01T08:00:00Z`);
  }
  return { ...(at === undefined ? {} : { since: at }), ...(about === undefined ? {} : { subject: about }) };
}

/** Entries name people by their keys: a login stands for those who have it in the journal, too. */
async function named(place: PlaceOptions, filter: TrailFilter): Promise<TrailFilter> {
  const { subject } = filter;
  const journal = join(await dataFolder(place), 'journal.db');
  if (typeof subject !== 'string' || !existsSync(journal)) return filter;
  const { keysNamed, openJournalReader } = await import('../store/blocks.ts');
  const database = openJournalReader(journal);
  try {
    return { ...filter, subject: [subject, ...keysNamed(database, subject)] };
  } finally {
    database.close();
  }
}

const whatIsWrong: Readonly<Record<Tampering, string>> = {
  missing: 'is missing: somebody deleted it, or put an older database in its place',
  content: 'is not what was written: somebody changed it',
  chain: 'does not follow from the one before: somebody inserted, moved or rewrote it',
  dropped: 'has lost its content, and no purge accounts for that',
  seal: 'is not the one that was sealed: somebody rewrote the end of the trail',
  unsealed: 'was written without a seal of those before it: somebody may have deleted entries there',
};

/** Findings that are told one by one. */
const mostTold = 20;

function wrongs(findings: readonly Finding[]): string {
  const told = findings
    .slice(0, mostTold)
    .map(({ seq, tampering }) => `entry ${String(seq)} ${whatIsWrong[tampering]}\n`);
  const more = findings.length - told.length;
  return told.join('') + (more > 0 ? `and ${String(more)} more\n` : '');
}

async function verify(options: VerifyOptions, output: Output): Promise<boolean> {
  const expected = options.expect === undefined ? null : headOf(options.expect);
  return withTrail(options, async ({ audit }) => {
    const { last, findings, held } = await audit.verify(expected);
    if (findings.length > 0) {
      await output.write(wrongs(findings));
      return false;
    }
    if (!held) {
      await output.write(
        `the trail does not hold ${options.expect ?? ''}: it was put back to an older state or rewritten\n`,
      );
      return false;
    }
    await output.write(
      `${String(last.seq)} entries, each as it was written; head ${String(last.seq)}:${last.mac}\n`,
    );
    return true;
  });
}

function headOf(text: string): { readonly seq: number; readonly mac: string } {
  const [, seq, mac] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq === undefined || mac === undefined)
    throw new CliError('usage', `\`--expect ${text}\` is no head: give it as \`audit verify\` printed it`);
  return { seq: Number(seq), mac };
}

async function withTrail<T>(place: PlaceOptions, work: (repository: Repository) => Promise<T>): Promise<T> {
  const data = await dataFolder(place);
  const { withReader } = await import('./offline.ts');
  const done = await withReader(data, async (repository) => ({ value: await work(repository) }));
  if (done === null) {
    throw new CliError(
      'not-found',
      `there is no audit trail in \`${join(data, 'hallpass.db')}\`: name the data folder by \`--data\``,
    );
  }
  return done.value;
}
