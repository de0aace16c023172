/** `hallpass policy preview`: what a draft would have done to the requests of the last days. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { protectedSubjects } from '../control/linting.ts';
import { Preview } from '../policy/preview.ts';
import type { AudienceChange, HostChange, PreviewReport } from '../policy/preview.ts';
import { readSample } from '../store/sample/sample.ts';
import { daysOf } from './coverage.ts';
import { CliError } from './errors.ts';
import { compiledPolicy } from './offline.ts';
import type { Output } from './output.ts';
import { configOf, dataFolder, withPlace } from './place.ts';
import type { PlaceOptions } from './place.ts';
import { aupHelp, policyNamed } from './policy-documents.ts';
import type { DocumentOptions } from './policy-documents.ts';
import { header, rowOf } from './table.ts';
import type { Column } from './table.ts';

interface PreviewOptions extends DocumentOptions {
  readonly days: string;
  readonly json?: true;
}

export function previewCommand(policy: Command, output: Output): void {
  withPlace(policy.command('preview'))
    .argument('<draft>', 'policy document, or a version that was published')
    .summary('say what a draft would have changed these days')
    .description(
      'Decide a sample of the last days under the policy in force and under a draft, and show which audiences and sites would meet something else. Nobody is named in it, and no query is.',
    )
    .option('--aup <files...>', aupHelp)
    .option('--days <n>', 'how many days back; the sample has 14', '14')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExamples:\n  $ hallpass policy preview draft.yaml')
    .action((draft: string, options: PreviewOptions) => preview(draft, options, output));
}

async function preview(draft: string, options: PreviewOptions, output: Output): Promise<void> {
  const days = daysOf(options.days);
  const after = await compiledPolicy(options, await policyNamed(draft, options));
  const before = await compiledPolicy(placeOf(options), null);
  const work = new Preview({ before: before.image, after: after.image, subjects: await protectedSubjects() });
  const path = join(await dataFolder(options), 'sample.db');
  for (const cell of readSample(path, Date.now() - days * 86_400_000)) work.add(cell);
  const report = work.report();
  if (report.cells === 0) throw new CliError('not-found', await whyEmpty(options, days));
  await output.write(options.json === true ? `${JSON.stringify(report)}\n` : inWords(draft, report, days));
}

const placeOf = ({ data, config }: PlaceOptions): PlaceOptions => ({
  ...(data === undefined ? {} : { data }),
  ...(config === undefined ? {} : { config }),
});

async function whyEmpty(options: PlaceOptions, days: number): Promise<string> {
  if (!(await configOf(options)).store.sample) return 'nothing is sampled: `store.sample` is off';
  return `nothing was sampled in ${String(days)} days: an hour is written when it is over, and of what at least five people asked for`;
}

const number = (value: number): string => value.toLocaleString('en');
const share = (part: number, of: number): string => `${((100 * part) / Math.max(1, of)).toFixed(1)} %`;
const setOf = (audiences: readonly string[]): string => audiences.join(' + ') || 'nobody’s audience';

const hostColumns: readonly Column<HostChange>[] = [
  { title: '  HOST', width: 36, text: ({ host }) => `  ${host}` },
  { title: 'WHO', width: 24, text: ({ audiences }) => setOf(audiences) },
  { title: 'REQUESTS', width: 9, text: ({ requests }) => number(requests) },
  { title: 'PEOPLE', width: 6, text: ({ people }) => `${String(people)}+` },
  {
    title: 'CHANGE',
    width: 0,
    text: ({ before, after, wrong }) =>
      `${before.action} (${before.rule}) → ${after.action} (${after.rule})${wrong === null ? '' : `: ${wrong}`}`,
  },
];
const audienceColumns: readonly Column<AudienceChange>[] = [
  { title: '  WHO', width: 36, text: ({ audiences }) => `  ${setOf(audiences)}` },
  { title: 'CLOSED', width: 9, text: ({ closed }) => number(closed) },
  { title: 'NOTICE', width: 9, text: ({ noticed }) => number(noticed) },
  { title: 'OPENED', width: 9, text: ({ opened }) => number(opened) },
  { title: 'OF REQUESTS', width: 0, text: ({ requests }) => number(requests) },
];

const shown = 40;

function inWords(draft: string, report: PreviewReport, days: number): string {
  const { cells, requests, changed, undecided, otherwise, hosts, audiences, more } = report;
  const lost = undecided.identity + undecided.request + undecided.response;
  const lacks = Object.entries({
    'who it was': undecided.identity,
    'the rest of the request': undecided.request,
    'the answer': undecided.response,
  }).flatMap(([what, count]) => (count === 0 ? [] : [`${what} ${share(count, requests)}`]));
  const wrong = hosts.filter((host) => host.wrong !== null);
  const others = hosts.filter((host) => host.wrong === null).slice(0, shown);
  const left = hosts.length + more - wrong.length - others.length;
  return [
    `${draft} over ${String(days)} days: ${number(requests)} requests in ${number(cells)} cells of at least five people\n`,
    `  ${number(changed)} (${share(changed, requests)}) would meet something else\n`,
    `  ${number(lost)} (${share(lost, requests)}) cannot be told${lacks.length === 0 ? '' : `: ${lacks.join(', ')}`}\n`,
    otherwise === 0
      ? ''
      : `  ${number(otherwise)} (${share(otherwise, requests)}) were decided otherwise then: by an older policy, or for somebody who had gone past a notice\n`,
    wrong.length === 0 ? '' : `\nLooks wrong\n${table(hostColumns, wrong)}`,
    audiences.length === 0 ? '' : `\nBy audience\n${table(audienceColumns, audiences)}`,
    others.length === 0 ? '' : `\nBy site\n${table(hostColumns, others)}`,
    left === 0 ? '' : `  and ${number(left)} more: see --json\n`,
  ].join('');
}

const table = <T>(columns: readonly Column<T>[], rows: readonly T[]): string =>
  header(columns) + rows.map((row) => rowOf(columns, row)).join('');
