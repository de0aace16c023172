/** `hallpass doctor`: looks at everything that a district needs, and says what to mend. */
import type { Command } from 'commander';
import { ConfigError } from '../config.ts';
import type { Config } from '../config.ts';
import { adminPages, clock, disk, limits, ports } from '../control/doctor/machine.ts';
import { directory, names, parent, policy, store } from '../control/doctor/district.ts';
import { lists } from '../control/doctor/lists.ts';
import { bad, failed, ok, warn } from '../control/doctor/finding.ts';
import type { Finding } from '../control/doctor/finding.ts';
import { exitCodes } from './errors.ts';
import type { Ending } from './errors.ts';
import type { Output } from './output.ts';
import { configOf, withPlace } from './place.ts';
import type { PlaceOptions } from './place.ts';
import { printable } from './table.ts';
import { runningServer, textOf } from './server.ts';
import type { Server } from './server.ts';
import type { Status } from '../control/routes.ts';

interface DoctorOptions extends PlaceOptions {
  readonly user?: string;
  readonly deep?: true;
  readonly json?: true;
}

export function doctorCommand(program: Command, output: Output, end: Ending): void {
  withPlace(program.command('doctor'))
    .summary('look at everything, and say what to mend')
    .description(
      'Look at configuration, names, directory, ports, limits, disk, clock, store, lists and policy, and say what to mend.',
    )
    .option('--user <login>', 'also say who this is in the directory, with groups and schools')
    .option('--deep', 'also read every page of the store')
    .option('--json', 'one JSON object a line: about, verdict, text, mend')
    .addHelpText(
      'after',
      '\nExits with 1 when something does not work.\n\nExamples:\n  $ hallpass doctor --user s.sample',
    )
    .action(async (options: DoctorOptions) => {
      let isWell = true;
      for await (const finding of findings(options)) {
        isWell &&= finding.verdict !== 'bad';
        await output.write(options.json === true ? `${JSON.stringify(finding)}\n` : lineOf(finding));
      }
      if (!isWell) end(exitCodes.failed);
    });
}

async function* findings(options: DoctorOptions): AsyncGenerator<Finding> {
  let config: Config;
  try {
    config = await configOf(options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) yield bad('configuration', problem);
    return;
  }
  yield ok('configuration', 'it is complete');
  const running = await runningServer(config.data);
  yield* await server(running);
  yield await names(config);
  yield* await parent(config);
  yield* await directory(config, options.user);
  yield* await ports(config, running !== null);
  yield adminPages();
  yield limits(config);
  yield* disk(config);
  yield* store(config, options.deep === true);
  yield clock(config);
  yield* await lists(config);
  yield* await policy(config);
}

const signs = { ok: 'ok  ', warn: 'WARN', bad: 'BAD ' } as const;

const lineOf = ({ about, verdict, text, mend }: Finding): string =>
  `${signs[verdict]}  ${about.padEnd(13)}  ${printable(text + (mend === null ? '' : `: ${mend}`))}\n`;

/** What the running server says of itself. */
async function server(running: Server | null): Promise<Finding[]> {
  if (running === null) return [ok('server', 'none runs on this data folder')];
  try {
    const { status, reasons, version } = JSON.parse(await textOf(await running.get('/status'))) as Status;
    if (reasons.length === 0) return [ok('server', `Hallpass ${version} runs, ${status}`)];
    return reasons.map((reason) =>
      status === 'unready' ? bad('server', reason) : warn('server', reason, 'see docs/operate.md'),
    );
  } catch (error) {
    return [failed('server', error)];
  }
}
