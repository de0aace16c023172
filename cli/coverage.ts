/** `hallpass policy coverage`: whether the written policy and the rules cover each other, and what the law asks for. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { coverageOf } from '../policy/coverage.ts';
import type { ClauseCoverage, Coverage, TopicCoverage } from '../policy/coverage.ts';
import type { Count } from '../store/reading/counts.ts';
import type { Output } from './output.ts';
import { CliError } from './errors.ts';
import { dataFolder, withPlace } from './place.ts';
import type { PlaceOptions } from './place.ts';
import { aupHelp, policyNamed, readOrThrow } from './policy-documents.ts';
import type { DocumentOptions } from './policy-documents.ts';
import { runningServer, textOf } from './server.ts';
import { rowOf } from './table.ts';
import type { Column } from './table.ts';

interface CoverageOptions extends DocumentOptions {
  readonly days: string;
  readonly json?: true;
}

export function coverageCommand(policy: Command, output: Output): void {
  withPlace(policy.command('coverage'))
    .argument('[file]', 'policy document, or a version that was published (default: the one in force)')
    .summary('compare the rules with the written policy')
    .description(
      'Show clauses without rules, rules without clauses, rules that never fired, and which clause serves which topic that CIPA asks for.',
    )
    .option('--aup <files...>', aupHelp)
    .option('--days <n>', 'how far back records are asked for rules that never fired', '90')
    .option('--json', 'one JSON object: clauses, rulesWithoutClause, neverFired, unrecorded, topics')
    .addHelpText(
      'after',
      '\nExamples:\n  $ hallpass policy coverage\n  $ hallpass policy coverage policy.yaml --aup aup.md',
    )
    .action(async (file: string | undefined, options: CoverageOptions) => {
      const days = daysOf(options.days);
      const { policy: read, aup } = readOrThrow(await policyNamed(file, options));
      const coverage = coverageOf(read, aup, await firedLately(options, days));
      await output.write(options.json === true ? `${JSON.stringify(coverage)}\n` : inWords(coverage, days));
    });
}

/** @throws CliError `usage` */
export function daysOf(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= 3_650) return days;
  throw new CliError('usage', `\`--days ${text}\` is no number of days from 1 to 3650`);
}

/** How often each rule was recorded; null where nothing was recorded at all. */
async function firedLately(place: PlaceOptions, days: number): Promise<ReadonlyMap<string, number> | null> {
  const data = await dataFolder(place);
  const server = await runningServer(data);
  const counts =
    server === null
      ? await firedOffline(data, days)
      : (JSON.parse(
          await textOf(await server.get('/policy/fired', { days: String(days) })),
        ) as readonly Count[]);
  return counts === null ? null : new Map(counts.map(({ of, count }) => [of, count]));
}

async function firedOffline(data: string, days: number): Promise<readonly Count[] | null> {
  const path = join(data, 'journal.db');
  if (!existsSync(path)) return null;
  const { openJournalReader } = await import('../store/blocks.ts');
  const { firedRules } = await import('../store/reading/counts.ts');
  const database = openJournalReader(path);
  try {
    return firedRules(database, days, Date.now());
  } finally {
    database.close();
  }
}

const clauseColumns: readonly Column<ClauseCoverage>[] = [
  { title: '', width: 6, text: ({ number }) => `  ${number}` },
  { title: '', width: 36, text: ({ title }) => title },
  { title: '', width: 0, text: ({ rules }) => (rules.length === 0 ? '(no rule)' : rules.join(', ')) },
];
const topicColumns: readonly Column<TopicCoverage>[] = [
  { title: '', width: 9, text: ({ clauses }) => (clauses.length === 0 ? '  MISSING' : '  ok') },
  { title: '', width: 22, text: ({ topic }) => topic },
  { title: '', width: 0, text: servedBy },
];

function servedBy({ clauses, rules, title }: TopicCoverage): string {
  if (clauses.length === 0) return `no clause is about ${title}`;
  return `${clauses.join(', ')}${rules.length === 0 ? ', kept by people' : `, by the rules ${rules.join(', ')}`}`;
}

function inWords(
  { clauses, rulesWithoutClause, neverFired, unrecorded, topics }: Coverage,
  days: number,
): string {
  const never =
    neverFired === null
      ? '  nothing was recorded yet\n'
      : neverFired.map((id) => `  ${id}\n`).join('') || '  none: every one of them was met\n';
  const silent = unrecorded.length === 0 ? '' : `  (no record is made by: ${unrecorded.join(', ')})\n`;
  const without = rulesWithoutClause.map(({ rule, why }) => `  ${rule}: ${why}\n`).join('');
  return [
    `Clauses, and the rules that stand on them\n${clauses.map((clause) => rowOf(clauseColumns, clause)).join('')}`,
    `Rules that stand on no clause\n${without || '  none\n'}`,
    `Rules that never fired in ${String(days)} days\n${never}${silent}`,
    `What CIPA asks an Internet safety policy to be about (47 CFR 54.520)\n${topics.map((topic) => rowOf(topicColumns, topic)).join('')}`,
  ].join('\n');
}
