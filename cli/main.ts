/** Entry of the command line; one file a command. docs/cli.md describes it to its users. */
import process from 'node:process';
import { runCli } from './run.ts';

process.exitCode = await runCli(process.argv.slice(2));
