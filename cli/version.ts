/** `hallpass version`. */
import type { Command } from 'commander';
import { hallpassVersion } from '../control/version.ts';
import type { Output } from './output.ts';

export function versionCommand(program: Command, output: Output): void {
  program
    .command('version')
    .summary('show which Hallpass and which Node this is')
    .description('Show the versions of Hallpass and of the Node that it runs on.')
    .action(async () => {
      await output.write(`hallpass ${hallpassVersion()} (node ${process.version})\n`);
    });
}
