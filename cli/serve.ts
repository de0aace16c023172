/** `hallpass serve`: runs Hallpass until it is told to stop. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import type { Running } from '../main.ts';
import type { Log } from '../threads/log.ts';
import { exitCodes } from './errors.ts';

export function serveCommand(program: Command): void {
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

Examples:
  $ hallpass serve --config /etc/hallpass/hallpass.yaml
  $ HALLPASS_PROXY_LISTEN=127.0.0.1:3129 hallpass serve --config hallpass.yaml`,
    )
    .action(async ({ config }: { readonly config: string }) => {
      await serve(resolve(config));
    });
}

async function serve(file: string): Promise<void> {
  const { loadConfig } = await import('../config.ts');
  const { startHallpass } = await import('../main.ts');
  const { createLog } = await import('../threads/log.ts');
  const config = loadConfig({ file });
  const log = createLog({ thread: 'main', level: config.log.level });
  const running = await startHallpass(config, { log });
  writeFileSync(join(config.data, 'config.path'), `${file}\n`, { mode: 0o600 });
  await stopped(running, log, () => loadConfig({ file }));
}

/** Resolves when a signal has stopped it. */
function stopped(running: Running, log: Log, read: () => Config): Promise<void> {
  return new Promise((resolve, reject) => {
    process.on('SIGHUP', () => reload(running, log, read));
    let asked = false;
    const stop = (): void => {
      if (asked) process.exit(exitCodes.failed);
      asked = true;
      running.stop().then(resolve, reject);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });
}

/** A configuration that cannot be used changes nothing. */
function reload(running: Running, log: Log, read: () => Config): void {
  try {
    const waiting = running.reload(read());
    if (waiting.length > 0) log.warn({ sections: waiting }, 'changed, but only a restart puts it in force');
  } catch (error) {
    log.error(error, 'configuration not usable, the old one stays');
  }
}
