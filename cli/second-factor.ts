/** `hallpass second-factor drop`: for who has lost the app that shows their codes. */
import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from './errors.ts';
import type { Output } from './output.ts';
import { operator } from './operator.ts';
import { dataFolder, withPlace } from './place.ts';
import type { PlaceOptions } from './place.ts';
import { runningServer } from './server.ts';

export function secondFactorCommand(program: Command, output: Output): void {
  const group = program.command('second-factor').summary('take away a lost second factor');
  group.description('The codes that some roles need for the admin pages besides their password.');
  withPlace(group.command('drop'))
    .argument('<login>', 'whose')
    .summary('take it away, so that a new one is set up at the next sign-in')
    .description(
      'Take the second factor of a person away. They set up a new one at their next sign-in: see first that it is they who ask.',
    )
    .addHelpText('after', '\nExamples:\n  $ hallpass second-factor drop p.sample')
    .action((login: string, options: PlaceOptions) => drop(login, options, output));
}

async function drop(login: string, options: PlaceOptions, output: Output): Promise<void> {
  const data = await dataFolder(options);
  const server = await runningServer(data);
  if (server === null) await dropOffline(data, login);
  else (await server.post('/second-factor/drop', { login })).resume();
  await output.write(`the second factor of ${login} is gone: a new one is set up at the next sign-in\n`);
}

async function dropOffline(data: string, login: string): Promise<void> {
  const path = join(data, 'hallpass.db');
  if (!existsSync(path))
    throw new CliError(
      'not-found',
      `\`${data}\` holds no store of Hallpass: name the data folder by \`--data\``,
    );
  const { Repository } = await import('../store/repository/repository.ts');
  const { actOfSecondFactor, atCommandLine, noSecondFactor } = await import('../control/views.ts');
  const repository = Repository.open(path);
  try {
    if (!(await repository.sessions.dropSecondFactor(login))) throw noSecondFactor(login);
    await repository.recordAct(actOfSecondFactor(login, atCommandLine(operator())));
  } finally {
    await repository.close();
  }
}
