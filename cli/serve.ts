/** `hallpass serve`: runs Hallpass until it is told to stop. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { serve } from '../main.ts';
import type { Ending } from './errors.ts';
import { rememberConfig } from './place.ts';

export function serveCommand(program: Command, end: Ending): void {
  program
    .command('serve')
    .summary('run the proxy')
    .description('Run the proxy, the admin listener and everything behind them, until SIGTERM or SIGINT.')
    .requiredOption('--config <file>', 'configuration file')
    .addHelpText(
      'after',
      `
Signals: SIGTERM and SIGINT let requests under way finish and stop; a second one stops at once.
SIGHUP reads the configuration's policy section and the lists again.
Exit codes: 0 stopped; 78 the configuration is wrong; 75 data folder or port in use; 70 it could not go on.

Examples:
  $ hallpass serve --config /etc/hallpass/hallpass.yaml
  $ HALLPASS_PROXY_LISTEN=127.0.0.1:3129 hallpass serve --config hallpass.yaml`,
    )
    .action(async ({ config }: { readonly config: string }) => {
      const file = resolve(config);
      end(
        await serve(
          { file },
          {
            onStarted: (running) => rememberConfig(running.config, file),
          },
        ),
      );
    });
}
