/** `hallpass serve`: runs Hallpass until it is told to stop. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { serve } from '../main.ts';
import { createLog } from '../threads/log.ts';
import type { Ending } from './errors.ts';

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
            onStarted: (running) => noteConfig(running.config, file),
          },
        ),
      );
    });
}

/** Commands that run beside it, or after it, find the configuration by the data folder alone. A full disk stops no proxy. */
function noteConfig({ data, log: { level } }: Config, file: string): void {
  const path = join(data, 'config.path');
  try {
    writeFileSync(path, `${file}\n`, { mode: 0o600 });
  } catch (error) {
    const log = createLog({ thread: 'main', level });
    log.warn({ err: error, path }, 'not written: commands need `--config` to find the configuration');
  }
}
