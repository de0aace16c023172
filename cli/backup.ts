/** `hallpass backup` and `hallpass restore`. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import cliProgress from 'cli-progress';
import type { Command } from 'commander';
import { hallpassVersion } from '../control/version.ts';
import type { Output } from './output.ts';
import { operator } from './operator.ts';
import { dataFolder, withPlace } from './place.ts';
import type { PlaceOptions } from './place.ts';
import { runningServer } from './server.ts';

export function backupCommands(program: Command, output: Output): void {
  withPlace(program.command('backup'))
    .argument('<folder>', 'folder to write, which must not be there yet')
    .summary('copy everything that is kept, while it runs')
    .description('Copy the store as it is at one moment, with or without a running server.')
    .option(
      '--with-keys',
      'also the key of the audit trail; keep such a backup where nobody else can read it',
    )
    .addHelpText('after', '\nExamples:\n  $ hallpass backup /backup/hallpass-2026-09-01')
    .action((folder: string, options: PlaceOptions & { readonly withKeys?: true }) =>
      backup(resolve(folder), options, output),
    );
  withPlace(program.command('restore'))
    .argument('<folder>', 'a backup')
    .summary('put a backup into the data folder')
    .description(
      'Put a backup into the data folder, after looking whether it is whole. No server may run on it.',
    )
    .option('--force', 'move aside what stands there')
    .addHelpText(
      'after',
      '\nExamples:\n  $ hallpass restore /backup/hallpass-2026-09-01 --data /var/lib/hallpass',
    )
    .action((folder: string, options: PlaceOptions & { readonly force?: true }) =>
      restore(resolve(folder), options, output),
    );
}

async function backup(
  folder: string,
  options: PlaceOptions & { readonly withKeys?: true },
  output: Output,
): Promise<void> {
  const data = await dataFolder(options);
  const { makeBackup } = await import('../store/backup.ts');
  await recordBackup(data, folder);
  const bar = progressBar();
  try {
    const { files } = await makeBackup(data, folder, {
      ...{ version: hallpassVersion(), withKeys: options.withKeys === true, at: Date.now() },
      onProgress: (file, done) => bar.show(file, done),
    });
    bar.stop();
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    await output.write(`${folder}: ${String(files.length)} files, ${(bytes / 1e6).toFixed(1)} MB\n`);
    if (options.withKeys !== true)
      await output.write(
        'the key of the audit trail (audit.key) is not in it: keep a copy of that file somewhere else\n',
      );
  } finally {
    bar.stop();
  }
}

async function restore(
  folder: string,
  options: PlaceOptions & { readonly force?: true },
  output: Output,
): Promise<void> {
  const data = await dataFolder(options);
  const { restoreBackup } = await import('../store/restore.ts');
  const { actOfBackup, atCommandLine } = await import('../control/views.ts');
  const { manifest, aside, unrecorded } = await restoreBackup(folder, data, {
    force: options.force === true,
    at: Date.now(),
    act: actOfBackup('backup.restore', folder, atCommandLine(operator())),
  });
  await output.write(`${data}: restored the backup of ${manifest.at}\n`);
  if (aside !== null) await output.write(`what stood there is in ${aside}\n`);
  // The restore is done; what is missing is named before the next start would name it.
  for (const { message } of unrecorded) await output.write(`not on the audit trail: ${message}\n`);
}

/** Whoever copies all records is on the audit trail before a byte is copied. */
async function recordBackup(data: string, folder: string): Promise<void> {
  const server = await runningServer(data);
  if (server !== null) {
    (await server.post('/backup', { folder })).resume();
    return;
  }
  // Nothing is made where nothing is: that would be a store of its own.
  if (!existsSync(join(data, 'hallpass.db'))) return;
  const { Repository } = await import('../store/repository/repository.ts');
  const { actOfBackup, atCommandLine } = await import('../control/views.ts');
  const repository = Repository.open(join(data, 'hallpass.db'));
  try {
    await repository.recordAct(actOfBackup('backup.make', folder, atCommandLine(operator())));
  } finally {
    await repository.close();
  }
}

function progressBar(): {
  readonly show: (file: string, done: number) => void;
  readonly stop: () => void;
} {
  if (!process.stderr.isTTY) return { show: () => undefined, stop: () => undefined };
  const bar = new cliProgress.SingleBar({
    format: '{file} {bar} {percentage} %',
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
  });
  bar.start(100, 0, { file: '' });
  return {
    show: (file, done) => bar.update(Math.round(done * 100), { file }),
    stop: () => bar.stop(),
  };
}
