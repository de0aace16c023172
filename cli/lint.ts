/** `hallpass policy lint`: what a policy may say and probably should not. */
import type { Command } from 'commander';
import { lintContext } from '../control/linting.ts';
import type { Config } from '../config.ts';
import type { LintContext } from '../policy/lint/context.ts';
import { formatFinding } from '../policy/lint/finding.ts';
import type { LintFinding } from '../policy/lint/finding.ts';
import { lintPolicy } from '../policy/lint/lint.ts';
import { formatProblem } from '../policy/errors.ts';
import { CliError, exitCodes } from './errors.ts';
import type { Ending } from './errors.ts';
import type { Output } from './output.ts';
import { configOf, withPlace } from './place.ts';
import { aupHelp, policyNamed, readDocuments } from './policy-documents.ts';
import type { DocumentOptions, ReadPolicy } from './policy-documents.ts';

interface LintOptions extends DocumentOptions {
  readonly directory?: true;
  readonly strict?: true;
  readonly json?: true;
}

export function lintCommand(policy: Command, output: Output, end: Ending): void {
  withPlace(policy.command('lint'))
    .argument('[file]', 'policy document, or a version that was published (default: the one in force)')
    .summary('say what in a policy is probably a mistake')
    .description(
      'Say what in a policy is probably a mistake: rules that never decide, patterns that reach too much, clauses that nothing enforces.',
    )
    .option('--aup <files...>', aupHelp)
    .option('--directory', 'ask the directory whether it has the groups that audiences name')
    .option('--strict', 'fail for warnings too')
    .option('--json', 'one JSON object a line: code, severity, file, line, column, message, suggestion, rule')
    .addHelpText(
      'after',
      '\nExits with 1 when something is an error (with --strict: or a warning).\n\nExamples:\n  $ hallpass policy lint policy.yaml --aup aup.md aup.es.md',
    )
    .action(async (file: string | undefined, options: LintOptions) => {
      if (!(await lint(file, options, output))) end(exitCodes.failed);
    });
}

async function lint(file: string | undefined, options: LintOptions, output: Output): Promise<boolean> {
  const named = await policyNamed(file, options);
  const read = readDocuments(named);
  if (!('policy' in read)) {
    for (const problem of read) await output.write(`${formatProblem(problem)}\n`);
    return false;
  }
  const config = await configOf(options);
  const findings = await findingsOf(
    read,
    config,
    options.directory === true ? await groupsOf(config) : undefined,
  );
  for (const finding of findings)
    await output.write(`${options.json === true ? JSON.stringify(finding) : formatFinding(finding)}\n`);
  if (findings.length === 0 && options.json !== true)
    await output.write(`${named.files.policy}: nothing to say\n`);
  return !findings.some(
    ({ severity }) => severity === 'error' || (options.strict === true && severity === 'warning'),
  );
}

export async function findingsOf(
  read: ReadPolicy,
  config: Config,
  groupExists?: LintContext['groupExists'],
): Promise<readonly LintFinding[]> {
  const knowsBirthDates = config.directory.attributes.birthDate !== undefined;
  const context = await lintContext(config.policy.lists.folders, groupExists, Date.now(), knowsBirthDates);
  return lintPolicy(read, read.aup, context, read.clauses);
}

/** A group that stands there by its DN or key is not looked for: nobody mistypes those. */
async function groupsOf({ directory }: Config): Promise<LintContext['groupExists']> {
  if (directory.servers.length === 0)
    throw new CliError('usage', 'no directory is configured: leave `--directory` away');
  const { Survey } = await import('../directory/survey.ts');
  const options = structuredClone(directory) as Parameters<typeof Survey.open>[0];
  const survey = await Survey.open(options);
  try {
    const { names } = await survey.groups(directory.groups.base ?? directory.base, directory.preset);
    const known = new Set(names.map((name) => name.toLowerCase()));
    return (group) => {
      if (known.has(group.toLowerCase())) return true;
      return survey.limited || /=|^[0-9a-f-]{36}$/i.test(group) ? null : false;
    };
  } finally {
    survey.close();
  }
}
