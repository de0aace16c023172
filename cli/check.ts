/** `hallpass check`: what a person would meet at a URL, and why. */
import type { Command } from 'commander';
import { Option } from 'commander';
import { isIP } from 'node:net';
import type { Answer } from '../control/check.ts';
import { CliError, exitCodes } from './errors.ts';
import type { Ending } from './errors.ts';
import type { Output } from './output.ts';
import { dataFolder, withPlace } from './place.ts';
import type { PlaceOptions } from './place.ts';
import { runningServer, textOf } from './server.ts';

interface CheckOptions extends PlaceOptions {
  readonly user?: string;
  readonly at?: string;
  readonly from?: string;
  readonly json?: true;
}

export function checkCommand(program: Command, output: Output, end: Ending): void {
  withPlace(program.command('check'))
    .argument('<url>', 'such as https://games.example/ or games.example')
    .summary('say what a person would meet at a URL, and why')
    .description(
      'Decide a request by the policy in force, as the proxy would, and show every rule that was looked at.',
    )
    .option('--user <login>', 'whose request it is; without it, somebody who is not signed in')
    .option('--at <time>', 'when, as an ISO time such as 2026-09-01T10:30:00-06:00 (default: now)')
    .addOption(new Option('--from <ip>', 'address of the client').default('127.0.0.1'))
    .option('--json', 'one JSON object: action, rule, clause, policyVersion, needs, trace')
    .addHelpText(
      'after',
      `
Exit codes: 0 allowed, 10 blocked, 11 warned of, 2 not understood, 1 no answer (standard error says why).

Examples:
  $ hallpass check http://games.example/ --user s.sample
  $ hallpass check https://library.example/ --from 10.20.0.7 --at 2026-09-01T10:30:00-06:00 --json`,
    )
    .action(async (url: string, options: CheckOptions) => {
      const asked = questionOf(url, options);
      const server = await runningServer(await dataFolder(options));
      const answer =
        server === null
          ? await (await import('./offline.ts')).checkOffline(options, asked)
          : (JSON.parse(await textOf(await server.get('/check', asked))) as Answer);
      await output.write(options.json === true ? `${JSON.stringify(answer)}\n` : await inWords(answer));
      end(codes[answer.action]);
    });
}

const codes = { allow: exitCodes.ok, block: exitCodes.block, warn: exitCodes.warn } as const;

type Asked = Readonly<Record<'url' | 'from', string>> & { readonly user?: string; readonly at?: string };

function questionOf(url: string, { user, at, from = '127.0.0.1' }: CheckOptions): Asked {
  if (at !== undefined && Number.isNaN(Date.parse(at))) {
    throw new CliError('usage', `\`--at ${at}\` is no time: write it as in 2026-09-01T10:30:00-06:00`);
  }
  if (isIP(from) === 0) throw new CliError('usage', `\`--from ${from}\` is no IP address`);
  const absolute = /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`;
  if (!URL.canParse(absolute) || !/^https?:/i.test(absolute)) {
    throw new CliError('usage', `\`${url}\` is no http or https URL`);
  }
  return {
    ...{ url: absolute, from },
    ...(user === undefined ? {} : { user }),
    ...(at === undefined ? {} : { at: new Date(at).toISOString() }),
  };
}

const verdicts = { allow: 'allowed', block: 'blocked', warn: 'warned of' } as const;

async function inWords({ action, rule, clause, policyVersion, needs, trace }: Answer): Promise<string> {
  const { formatTraceStep } = await import('../policy/explain.ts');
  const signIn = needs.includes('identity') ? 'asked to sign in first; for somebody who cannot: ' : '';
  const cited = clause === null ? 'no clause' : `clause ${clause}`;
  const steps = trace.map((step) => `  ${formatTraceStep(step)}\n`).join('');
  return `${signIn}${verdicts[action]} by rule ${rule}, ${cited}, policy ${policyVersion}\n${steps}`;
}
