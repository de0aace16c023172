/** Which records a command is about. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { BlocksFilter } from '../store/blocks.ts';
import { codeDigits } from '../store/blocks.ts';
import { CliError } from './errors.ts';
import type { PlaceOptions } from './place.ts';

export interface BlocksOptions extends PlaceOptions {
  readonly since?: string;
  readonly school?: string;
  readonly user?: string;
  readonly code?: string;
  readonly json?: true;
  readonly csv?: true;
}

export function withFilter(command: Command): Command {
  return command
    .option(
      '--since <time>',
      'only those at or after an ISO time, such as 2026-09-01 or 2026-09-01T08:00:00-06:00',
    )
    .option('--school <id>', 'only those of a school')
    .option('--user <login>', 'only those of a person, by login or immutable key');
}

/** @throws CliError `usage` */
export function filterOf({ since, school, user, code }: BlocksOptions): BlocksFilter {
  const at = since === undefined ? undefined : Date.parse(since);
  if (at !== undefined && Number.isNaN(at)) {
    throw new CliError('usage', `\`--since ${since ?? ''}\` is no time: write it as in 2026-09-01T08:00:00Z`);
  }
  const digits = code === undefined ? undefined : codeDigits(code);
  if (digits === null) {
    throw new CliError('usage', `\`--code ${code ?? ''}\` is no short code: write it as in 9F3C-21AB`);
  }
  return {
    ...(at === undefined ? {} : { since: at }),
    ...(school === undefined ? {} : { school }),
    ...(user === undefined ? {} : { user }),
    ...(digits === undefined ? {} : { code: digits }),
  };
}

/** The path of the journal. @throws CliError `not-found` */
export function journalOf(data: string): string {
  const journal = join(data, 'journal.db');
  if (existsSync(journal)) return journal;
  throw new CliError('not-found', `nothing is recorded in \`${data}\`: name the data folder by \`--data\``);
}
