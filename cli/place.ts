/** Which district a command is about: its data folder and its configuration. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { createLog } from '../threads/log.ts';

export interface PlaceOptions {
  readonly data?: string;
  readonly config?: string;
}

const usualFile = 'hallpass.yaml';
/** In the data folder: the absolute path of the configuration file of the server that last ran there. */
const configPath = 'config.path';

export function withPlace(command: Command): Command {
  return command
    .option(
      '--data <dir>',
      'data folder (default: HALLPASS_DATA, else `data` of the configuration, else ./data)',
    )
    .option('--config <file>', `configuration file (default: ./${usualFile} where there is one)`);
}

/** The absolute path of the data folder. @throws ConfigError */
export async function dataFolder({ data, config }: PlaceOptions): Promise<string> {
  return data === undefined ? (await load(fileOf(config))).data : resolve(data);
}

/**
 * The configuration that a server would run by: of the file named, else of the one that last ran on this data, else of
 * the usual one, else the defaults.
 * @throws ConfigError
 */
export async function configOf(place: PlaceOptions): Promise<Config> {
  const file = place.config ?? rememberedConfig(await dataFolder(place)) ?? fileOf(undefined);
  return load(file);
}

/** Loaded when needed: reading every option's schema takes longer than most commands do. */
async function load(file: string | undefined): Promise<Config> {
  const { loadConfig } = await import('../config.ts');
  return loadConfig({ file });
}

function fileOf(config: string | undefined): string | undefined {
  return config ?? (existsSync(usualFile) ? usualFile : undefined);
}

function rememberedConfig(data: string): string | undefined {
  try {
    const file = readFileSync(join(data, configPath), 'utf8').trim();
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

/** Commands that run beside it, or after it, find the configuration by the data folder alone. A full disk stops no proxy. */
export function rememberConfig({ data, log: { level } }: Pick<Config, 'data' | 'log'>, file: string): void {
  const path = join(data, configPath);
  try {
    writeFileSync(path, `${file}\n`, { mode: 0o600 });
  } catch (error) {
    const log = createLog({ thread: 'main', level });
    log.warn({ err: error, path }, 'not written: commands need `--config` to find the configuration');
  }
}
