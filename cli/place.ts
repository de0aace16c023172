/** Which district a command is about: its data folder and its configuration. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { loadConfig } from '../config.ts';
import type { Config } from '../config.ts';

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
export function dataFolder({ data, config }: PlaceOptions): string {
  return data === undefined ? loadConfig({ file: fileOf(config) }).data : resolve(data);
}

/** The configuration that a server would run by: the file named, else the one that last ran on this data, else the usual. */
export function configOf({ data, config }: PlaceOptions): Config {
  if (config !== undefined || data === undefined) {
    const own = loadConfig({ file: fileOf(config) });
    const file = config ?? (existsSync(usualFile) ? usualFile : rememberedConfig(own.data));
    return loadConfig({ file });
  }
  return loadConfig({ file: rememberedConfig(resolve(data)) ?? fileOf(undefined) });
}

function fileOf(config: string | undefined): string | undefined {
  return config ?? (existsSync(usualFile) ? usualFile : undefined);
}

function rememberedConfig(data: string): string | undefined {
  try {
    return readFileSync(join(data, configPath), 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}
