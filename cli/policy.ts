/** `hallpass policy`: try, publish and list policies. */
import { resolve } from 'node:path';
import process from 'node:process';
import cliProgress from 'cli-progress';
import type { Command } from 'commander';
import { compileInThread } from '../control/compiler.ts';
import { readText } from '../control/documents.ts';
import type { Progress, Published } from '../control/editions.ts';
import type { Config } from '../config.ts';
import type { Submission } from '../control/routes.ts';
import { formatProblem } from '../policy/errors.ts';
import { formatFinding } from '../policy/lint/finding.ts';
import type { Problem } from '../policy/errors.ts';
import type { Publication } from '../store/repository/repository.ts';
import { coverageCommand } from './coverage.ts';
import { diffCommand } from './diff.ts';
import { CliError, exitCodes } from './errors.ts';
import type { Ending } from './errors.ts';
import { findingsOf, lintCommand } from './lint.ts';
import { complain } from './output.ts';
import type { Output } from './output.ts';
import { configOf, dataFolder, withPlace } from './place.ts';
import type { PlaceOptions } from './place.ts';
import { aupHelp, aupOf, publishedPolicy, readDocuments } from './policy-documents.ts';
import type { DocumentOptions } from './policy-documents.ts';
import type { Named } from '../control/documents.ts';
import { previewCommand } from './preview.ts';
import { linesOf, runningServer, textOf } from './server.ts';
import { header, rowOf } from './table.ts';
import type { Column } from './table.ts';

interface PublishOptions extends DocumentOptions {
  readonly note?: string;
  readonly duringFreeze?: string;
}

export function policyCommand(program: Command, output: Output, end: Ending): void {
  const policy = program.command('policy').summary('try, publish and list policies');
  policy.description('Try, publish and list policies.');
  withPlace(policy.command('validate'))
    .argument('<file>', 'policy document')
    .summary('try a policy without a server')
    .description('Compile a policy and print every problem as file:line:column.')
    .option('--aup <files...>', aupHelp)
    .addHelpText('after', '\nExamples:\n  $ hallpass policy validate policy.yaml --aup aup.md aup.es.md')
    .action(async (file: string, options: DocumentOptions) => {
      if (!(await validate(file, options, output))) end(exitCodes.failed);
    });
  lintCommand(policy, output, end);
  coverageCommand(policy, output);
  diffCommand(policy, output);
  previewCommand(policy, output);
  withPlace(policy.command('publish'))
    .argument('<file>', 'policy document')
    .summary('put a policy in force')
    .description(
      'Put a policy in force on the running server; one with problems is refused, and the old one serves.',
    )
    .option('--aup <files...>', aupHelp)
    .option('--note <text>', 'why, for those who read the history')
    .option(
      '--during-freeze <reason>',
      'publish though the policy in force is frozen; the audit trail keeps why',
    )
    .addHelpText(
      'after',
      `\nExamples:\n  $ hallpass policy publish policy.yaml --note 'games open after 15:00'`,
    )
    .action(async (file: string, options: PublishOptions) => {
      if (!(await publish(file, options, output))) end(exitCodes.failed);
    });
  withPlace(policy.command('show'))
    .argument(
      '[version]',
      'beginning of a policy version as `policy list` shows it (default: the one in force)',
    )
    .summary('print a policy as it was published')
    .description('Print a policy document as it was published, or the AUP that it enforces.')
    .option('--aup', 'the AUP instead, all its languages one after another')
    .addHelpText(
      'after',
      '\nExamples:\n  $ hallpass policy show > policy.yaml\n  $ hallpass policy show p-3f2a --aup',
    )
    .action((version: string | undefined, options: PlaceOptions & { readonly aup?: true }) =>
      show(version, options, output),
    );
  withPlace(policy.command('list'))
    .summary('show which policies were published')
    .description('Show what was published, newest first; `*` marks what is in force.')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', '\nExamples:\n  $ hallpass policy list')
    .action((options: PlaceOptions & { readonly json?: true }) => list(options, output));
}

async function validate(file: string, options: DocumentOptions, output: Output): Promise<boolean> {
  const policy = await readText(file);
  const { texts, names } = await aupOf(options);
  const config = await configOf(options);
  const lists = await (await import('./offline.ts')).listsNow(config);
  const named = { documents: { policy, aup: texts }, files: { policy: file, aup: names } };
  const compiled = await compileInThread({ ...named, lists });
  await printProblems(compiled.ok ? compiled.warnings : compiled.problems, output);
  if (compiled.ok) await printFindings(named, config, output);
  if (compiled.ok) await output.write(`${file}: no problems, policy ${compiled.id.policyVersion}\n`);
  return compiled.ok;
}

async function publish(file: string, options: PublishOptions, output: Output): Promise<boolean> {
  const data = await dataFolder(options);
  const aup = options.aup?.map(async (name) => ({ file: name, text: await readText(name) }));
  const submission: Submission = {
    policy: { file, text: await readText(file) },
    ...(aup === undefined ? {} : { aup: await Promise.all(aup) }),
    ...(options.note === undefined ? {} : { note: options.note }),
    ...(options.duringFreeze === undefined ? {} : { duringFreeze: options.duringFreeze }),
  };
  const server = await runningServer(data);
  if (server === null) {
    const where = resolve(data);
    throw new CliError(
      'not-running',
      `publishing needs the running server, and none runs on \`${where}\`: start \`hallpass serve\` first`,
    );
  }
  const result = await followed(linesOf(await server.post('/policy/publish', submission)));
  for (const problem of result.ok ? result.warnings : result.problems) {
    complain(`${formatProblem(problem)}\n`);
  }
  if (!result.ok) {
    complain('hallpass: not published; the policy in force stays\n');
    return false;
  }
  await output.write(`published: policy ${result.id.policyVersion}, edition ${result.id.edition}\n`);
  if (result.late.length > 0) {
    throw new CliError(
      'server',
      `published, but not yet in force everywhere: ${result.late.join(', ')} did not answer`,
    );
  }
  return true;
}

type Line = Progress | { readonly result: Published } | { readonly error: string };

/** Shows how far it is, on a terminal only, and answers with the end of it. */
async function followed(lines: AsyncIterable<string>): Promise<Published> {
  const bar = progressBar();
  try {
    for await (const text of lines) {
      const line = JSON.parse(text) as Line;
      if ('result' in line) return line.result;
      if ('error' in line) throw new CliError('server', line.error);
      bar.show(line);
    }
  } finally {
    bar.stop();
  }
  throw new CliError('server', 'the server broke off its answer: see its log');
}

const steps = { compiling: 1, storing: 2, publishing: 3 } as const;

function progressBar(): { show: (progress: Progress) => void; stop: () => void } {
  if (!process.stderr.isTTY) return { show: () => undefined, stop: () => undefined };
  const bar = new cliProgress.SingleBar({
    format: '{stage} {bar} {value}/{total}',
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
  });
  bar.start(steps.publishing, 0, { stage: 'reading' });
  return {
    show: (progress) => {
      const counted = progress.stage === 'publishing';
      const stage = counted
        ? `in ${String(progress.acknowledged)} of ${String(progress.of)} threads`
        : progress.stage;
      bar.update(steps[progress.stage], { stage });
    },
    stop: () => bar.stop(),
  };
}

async function printProblems(problems: readonly Problem[], output: Output): Promise<void> {
  for (const problem of problems) await output.write(`${formatProblem(problem)}\n`);
}

/** What lint says, but for what only somebody with time wants to know. */
async function printFindings(named: Named, config: Config, output: Output): Promise<void> {
  const read = readDocuments(named);
  if (!('policy' in read)) return;
  for (const finding of await findingsOf(read, config))
    if (finding.severity !== 'hint') await output.write(`${formatFinding(finding)}\n`);
}

async function show(
  version: string | undefined,
  options: PlaceOptions & { readonly aup?: true },
  output: Output,
): Promise<void> {
  const { documents } = await publishedPolicy(options, version);
  const texts = options.aup === true ? documents.aup : [documents.policy];
  for (const text of texts) await output.exact(text.endsWith('\n') ? text : `${text}\n`);
}

interface Listed extends Publication {
  readonly inForce: boolean;
}

const columns: readonly Column<Listed>[] = [
  { title: ' ', width: 1, text: ({ inForce }) => (inForce ? '*' : ' ') },
  { title: 'PUBLISHED', width: 20, text: ({ at }) => `${new Date(at).toISOString().slice(0, 19)}Z` },
  { title: 'POLICY', width: 18, text: ({ policyVersion }) => policyVersion },
  { title: 'EDITION', width: 18, text: ({ edition }) => edition },
  { title: 'BECAUSE OF', width: 10, text: ({ cause }) => (cause === 'lists' ? 'new lists' : 'the policy') },
  { title: 'NOTE', width: 0, text: ({ note }) => note },
];

async function list(options: PlaceOptions & { readonly json?: true }, output: Output): Promise<void> {
  const server = await runningServer(await dataFolder(options));
  const publications =
    server === null
      ? await (await import('./offline.ts')).storedPublications(options)
      : (JSON.parse(await textOf(await server.get('/policy/versions'))) as readonly Publication[]);
  const listed = publications.map((publication, index) => ({ ...publication, inForce: index === 0 }));
  if (options.json === true) {
    for (const { at, ...rest } of listed) {
      await output.write(`${JSON.stringify({ at: new Date(at).toISOString(), ...rest })}\n`);
    }
    return;
  }
  await output.write(header(columns));
  for (const publication of listed) await output.write(rowOf(columns, publication));
}
