/** `hallpass trace`: what is decided for one client, as it happens. */
import type { Command } from 'commander';
import { formatWatchedLine } from './watched-line.ts';
import { CliError } from './errors.ts';
import type { Output } from './output.ts';
import { dataFolder, withPlace } from './place.ts';
import type { PlaceOptions } from './place.ts';
import { linesOf, runningServer } from './server.ts';

interface TraceOptions extends PlaceOptions {
  readonly user?: string;
  readonly ip?: string;
  readonly minutes: string;
  readonly json?: true;
}

export function traceCommand(program: Command, output: Output): void {
  withPlace(program.command('trace'))
    .summary('watch what is decided for one client')
    .description(
      'Show the decisions of one client as they happen, for the help desk. Nothing is stored, help in a crisis is never in it, and that you looked is on the audit trail.',
    )
    .option('--user <login>', 'of this person, on whatever device they sign in')
    .option('--ip <address>', 'of this device, whoever is signed in')
    .option('--minutes <n>', 'for how long, 60 at most', '5')
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      '\nExamples:\n  $ hallpass trace --user s.sample --minutes 10\n  $ hallpass trace --ip 10.20.3.4',
    )
    .action((options: TraceOptions) => trace(options, output));
}

async function trace({ user, ip, minutes, json, ...place }: TraceOptions, output: Output): Promise<void> {
  if ((user === undefined) === (ip === undefined))
    throw new CliError('usage', 'name either a person by `--user` or a device by `--ip`');
  const data = await dataFolder(place);
  const server = await runningServer(data);
  if (server === null)
    throw new CliError('not-running', `no server runs on \`${data}\`: there is nothing to watch`);
  const who = user === undefined ? { ip } : { user };
  const response = await server.get('/trace', { ...who, minutes });
  for await (const line of linesOf(response)) {
    if (line === '') continue;
    if (!(await output.write(json === true ? `${line}\n` : formatWatchedLine(line)))) return;
  }
}
