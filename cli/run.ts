/** The program as a whole: which commands there are, and how each of them ends. */
import process from 'node:process';
import { Command, CommanderError } from 'commander';
import { ControlError } from '../control/errors.ts';
import { hallpassVersion } from '../control/version.ts';
import { initCommand } from './init.ts';
import { auditCommand } from './audit.ts';
import { backupCommands } from './backup.ts';
import { blocksCommand } from './blocks.ts';
import { checkCommand } from './check.ts';
import { doctorCommand } from './doctor.ts';
import { CliError, exitCodes } from './errors.ts';
import type { Ending } from './errors.ts';
import { complain, harmless, outputTo } from './output.ts';
import type { Output } from './output.ts';
import { listsCommand } from './lists.ts';
import { policyCommand } from './policy.ts';
import { emergencyCommand } from './emergency.ts';
import { grantCommand } from './grant.ts';
import { secondFactorCommand } from './second-factor.ts';
import { serveCommand } from './serve.ts';
import { traceCommand } from './trace.ts';
import { versionCommand } from './version.ts';

/** Runs one command and answers with the exit code. */
export async function runCli(args: readonly string[]): Promise<number> {
  const output = outputTo(process.stdout);
  let code: number = exitCodes.ok;
  const program = programWith(output, (ending) => {
    code = ending;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    return explain(error);
  }
}

/** Every command there is. */
export function programWith(output: Output, end: Ending): Command {
  const program = new Command('hallpass')
    .description('K-12 acceptable-use compliance: a filtering proxy whose every block cites the AUP.')
    .version(hallpassVersion(), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show help')
    // `check --version` is the policy's.
    .enablePositionalOptions()
    .showHelpAfterError('(`hallpass --help` shows what there is)')
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(harmless(text.replace(/^error: /, 'hallpass: '))),
    });
  initCommand(program, output);
  serveCommand(program, end);
  checkCommand(program, output, end);
  blocksCommand(program, output, end);
  policyCommand(program, output, end);
  listsCommand(program, output, end);
  auditCommand(program, output, end);
  backupCommands(program, output);
  doctorCommand(program, output, end);
  emergencyCommand(program, output);
  grantCommand(program, output);
  traceCommand(program, output);
  secondFactorCommand(program, output);
  versionCommand(program, output);
  return program;
}

/** Says on standard error what went wrong, and how the process should end. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  const message = error instanceof Error ? error.message : String(error);
  complain(`${message.replace(/^/gm, 'hallpass: ')}\n`);
  const notUnderstood =
    (error instanceof CliError && error.code === 'usage') ||
    (error instanceof ControlError && error.code === 'bad-question');
  return notUnderstood ? exitCodes.usage : exitCodes.failed;
}
