/**
 * Everything that a district sets: one YAML file and `HALLPASS_*` variables, checked as a whole, then frozen. This file
 * is the only reader of the environment. Each section is declared by the folder that owns it.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { crossChecks } from './config/checks.ts';
import { overlay } from './config/environment.ts';
import type { Overlay } from './config/environment.ts';
import { resolvePaths } from './config/paths.ts';
import { schema } from './config/schema.ts';
import type { Config } from './config/schema.ts';
import { formatProblem, readYaml } from './policy/model/yaml-document.ts';
import type { YamlPositions } from './policy/model/yaml-document.ts';
import { describeIssues } from './policy/model/issues.ts';

export type { Config };

export interface ConfigSource {
  /** The YAML file; defaults and environment alone without one. */
  readonly file?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What relative paths of the environment, and `data` by default, are below. */
  readonly directory?: string;
}

/** What is wrong with the configuration: a line `where: what: how to mend it` for each problem. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'config';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/**
 * Reads and checks the configuration.
 * @throws ConfigError naming every problem by `file:line:column`, or by the variable that brought it
 */
export function loadConfig({ file, env = process.env, directory = process.cwd() }: ConfigSource): Config {
  const document = readDocument(file);
  const layer = overlay(document.value, env, schema);
  const report = reporter(document.positions, layer);
  if (layer.problems.length > 0) throw new ConfigError(layer.problems);
  const parsed = schema.safeParse(layer.value, { reportInput: true });
  if (!parsed.success) {
    const found = describeIssues(parsed.error.issues, schema);
    throw new ConfigError(found.map(({ path, message, hint, at }) => report(path, message, hint, at)));
  }
  const folders = { file: file === undefined ? directory : dirname(resolve(file)), environment: directory };
  const config = resolvePaths(parsed.data, layer, folders);
  const problems = crossChecks(config).map(({ path, message, hint }) => report(path, message, hint, 'value'));
  if (problems.length > 0) throw new ConfigError(problems);
  return freeze(config);
}

interface ReadDocument {
  readonly value: unknown;
  readonly positions: YamlPositions;
}

function readDocument(file: string | undefined): ReadDocument {
  const read = readYaml(file === undefined ? '' : readText(file), file ?? 'defaults', z.unknown());
  if (!read.ok) throw new ConfigError(read.problems.map(formatProblem));
  // A file that was cut off or not yet written must not turn a district into one with defaults.
  if (file !== undefined && (read.value === null || read.value === undefined))
    throw new ConfigError([
      `${file}:1:1: the configuration is empty: write options, or \`{}\` to run by the defaults alone`,
    ]);
  return { value: read.value, positions: read.positions };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new ConfigError([
      `${file}: the configuration cannot be read (${why}): name a readable file by \`--config\``,
    ]);
  }
}

type Report = (
  path: readonly PropertyKey[],
  message: string,
  hint: string | undefined,
  at: 'key' | 'value',
) => string;

/** A value that came by a variable is named by it; any other by its place in the file. */
function reporter(positions: YamlPositions, layer: Overlay): Report {
  return (path, message, hint, at) => {
    const variable = layer.variableAt(path);
    if (variable === undefined) return formatProblem(positions.problem('bad-value', path, message, hint, at));
    return [variable, message, ...(hint === undefined ? [] : [hint])].join(': ');
  };
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) freeze(inner);
    Object.freeze(value);
  }
  return value;
}
