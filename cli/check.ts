/** `hallpass check`: what a person would meet at a URL, and why. */
import type { Command } from 'commander';
import { Option } from 'commander';
import { isIP } from 'node:net';
import { isInCalendar, notInCalendar } from '../admin-ui/api/common.ts';
import type { Answer } from '../control/check.ts';
import { CliError, exitCodes } from './errors.ts';
import type { Ending } from './errors.ts';
import type { Output } from './output.ts';
import { dataFolder, withPlace } from './place.ts';
import type { PlaceOptions } from './place.ts';
import type { Named } from '../control/documents.ts';
import { runningServer, textOf } from './server.ts';
import type { Server } from './server.ts';

interface CheckOptions extends PlaceOptions {
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly audience?: readonly string[];
  readonly at?: string;
  readonly from: string;
  readonly method?: string;
  readonly header?: readonly string[];
  readonly version?: string;
  readonly aup?: readonly string[];
  readonly file?: string;
  readonly json?: true;
}

export function checkCommand(program: Command, output: Output, end: Ending): void {
  const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
  withPlace(program.command('check'))
    .argument('[url]', 'such as https://games.example/ or games.example')
    .summary('say what a person would meet at a URL, and why')
    .description(
      'Decide a request by the policy in force, as the proxy would, and show every rule that was looked at.',
    )
    .option('--user <login>', 'whose request it is; without it, somebody who is not signed in')
    .option('--groups <name>', 'somebody in this group, who need not be there; may be repeated', several)
    .option('--audience <name>', 'somebody in exactly this audience of the policy; may be repeated', several)
    .option('--at <time>', 'when, as an ISO time such as 2026-09-01T10:30:00-06:00 (default: now)')
    .addOption(new Option('--from <ip>', 'address of the client').default('127.0.0.1'))
    .option('--method <method>', 'of a request over plain HTTP (default: GET)')
    .option('--header <field>', "a field of it, as 'Name: value'; may be repeated", several)
    .option('--version <policy>', 'by this policy document, or published version such as p-3f2a')
    .option('--aup <files...>', 'AUP that goes with a document (default: the one in force)')
    .option('--file <file>', 'many requests, one JSON object a line; `-` is standard input')
    .option('--json', 'one JSON object: action, rule, clause, policyVersion, needs, trace')
    .addHelpText(
      'after',
      `
Exit codes: 0 allowed, 10 blocked, 11 warned of, 2 not understood, 1 no answer (standard error says why).
With --file: 0 when every line was answered, else 1.

Examples:
  $ hallpass check http://games.example/ --user s.sample
  $ hallpass check https://library.example/ --from 10.20.0.7 --at 2026-09-01T10:30:00-06:00 --json
  $ hallpass check games.example --groups students-9-12 --version draft.yaml
  $ hallpass check --file requests.jsonl > answers.jsonl`,
    )
    .action(async (url: string | undefined, options: CheckOptions) => {
      end(options.file === undefined ? await one(url, options, output) : await many(url, options, output));
    });
}

async function one(url: string | undefined, options: CheckOptions, output: Output): Promise<number> {
  if (url === undefined) throw new CliError('usage', 'name a URL, or a file of requests by `--file`');
  const asked = questionOf(url, options);
  const server = await serverFor(options);
  const answer =
    server === null
      ? await (await import('./offline.ts')).checkOffline(options, await versionOf(options), asked)
      : (JSON.parse(await textOf(await server.post('/check', asked))) as Answer);
  await output.write(options.json === true ? `${JSON.stringify(answer)}\n` : await inWords(answer));
  return codes[answer.action];
}

async function many(url: string | undefined, options: CheckOptions, output: Output): Promise<number> {
  const { file = '-', user, groups, audience, at, method, header } = options;
  if ([url, user, groups, audience, at, method, header].some((each) => each !== undefined))
    throw new CliError(
      'usage',
      'with `--file` each line says what it asks: only `--version` and `--aup` go with it',
    );
  const { answerAll, atServer, inProcess } = await import('./bulk.ts');
  const server = await serverFor(options);
  if (server !== null)
    return (await answerAll(file, atServer(server), output)) ? exitCodes.ok : exitCodes.failed;
  const { withCheck } = await import('./offline.ts');
  const { Bulk } = await import('../control/bulk.ts');
  const done = await withCheck(options, await versionOf(options), (parts) =>
    answerAll(file, inProcess(new Bulk(parts)), output),
  );
  return done ? exitCodes.ok : exitCodes.failed;
}

/** A version is decided by in this process: the server has only the one in force. */
async function serverFor(options: CheckOptions): Promise<Server | null> {
  if (options.version !== undefined) return null;
  if (options.aup !== undefined) throw new CliError('usage', '`--aup` goes with `--version`');
  return runningServer(await dataFolder(options));
}

async function versionOf({ version, ...options }: CheckOptions): Promise<Named | null> {
  return version === undefined ? null : (await import('./policy-documents.ts')).policyNamed(version, options);
}

const codes = { allow: exitCodes.ok, block: exitCodes.block, warn: exitCodes.warn } as const;

function questionOf(url: string, options: CheckOptions): object {
  const { user, groups, audience, at, from, method, header } = options;
  if (at !== undefined && Number.isNaN(Date.parse(at))) {
    throw new CliError('usage', `\`--at ${at}\` is no time: write it as in 2026-09-01T10:30:00-06:00`);
  }
  if (at !== undefined && !isInCalendar(Date.parse(at)))
    throw new CliError('usage', `\`--at ${at}\` ${notInCalendar}`);
  if (isIP(from) === 0) throw new CliError('usage', `\`--from ${from}\` is no IP address`);
  const absolute = /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`;
  if (!URL.canParse(absolute) || !/^https?:/i.test(absolute)) {
    throw new CliError('usage', `\`${url}\` is no http or https URL`);
  }
  return {
    ...{ url: absolute, from },
    ...(user === undefined ? {} : { user }),
    ...(groups === undefined ? {} : { groups }),
    ...(audience === undefined ? {} : { audience }),
    ...(method === undefined ? {} : { method }),
    ...(header === undefined ? {} : { headers: header.map(fieldOf) }),
    ...(at === undefined ? {} : { at: new Date(at).toISOString() }),
  };
}

function fieldOf(text: string): readonly [string, string] {
  const colon = text.indexOf(':');
  if (colon > 0) return [text.slice(0, colon), text.slice(colon + 1).trim()];
  throw new CliError('usage', `\`--header ${text}\` is no field: write it as in 'Name: value'`);
}

const verdicts = { allow: 'allowed', block: 'blocked', warn: 'warned of' } as const;

async function inWords({ action, rule, clause, policyVersion, needs, trace }: Answer): Promise<string> {
  const { formatTraceStep } = await import('../policy/explain.ts');
  const signIn = needs.includes('identity') ? 'asked to sign in first; for somebody who cannot: ' : '';
  const cited = clause === null ? 'no clause' : `clause ${clause}`;
  const steps = trace.map((step) => `  ${formatTraceStep(step)}\n`).join('');
  return `${signIn}${verdicts[action]} by rule ${rule}, ${cited}, policy ${policyVersion}\n${steps}`;
}
