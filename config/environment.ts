/** `HALLPASS_*` variables laid over what the file says. */
import { z } from 'zod';
import { meant } from '../policy/model/nearest.ts';
import { readYaml } from '../policy/model/yaml-document.ts';
import { leavesOf } from './leaves.ts';
import type { Leaf } from './leaves.ts';

export interface Overlay {
  /** The file's value with the variables' over it; not yet checked against the schema. */
  readonly value: unknown;
  /** Lines `variable: what: how to mend it`. */
  readonly problems: readonly string[];
  /** The variable that set the value at a path, or one that the value is part of. */
  variableAt(path: readonly PropertyKey[]): string | undefined;
  /** Whether the file or a variable says anything at the path. */
  isGiven(path: readonly string[]): boolean;
}

type Mapping = Record<string, unknown>;

/** For the tests of Hallpass itself; the name that docs/deploy/hallpass has. */
const ignored = /^HALLPASS_(?:TEST_|COMMAND$)/;

export function overlay(
  base: unknown,
  env: Readonly<Record<string, string | undefined>>,
  schema: z.ZodType,
): Overlay {
  const leaves = new Map(leavesOf(schema).map((leaf) => [leaf.variable, leaf]));
  const problems: string[] = [];
  const set: Leaf[] = [];
  let value = withoutEmptySections(base);
  for (const [variable, text] of Object.entries(env)) {
    if (text === undefined || !variable.startsWith('HALLPASS_') || ignored.test(variable)) continue;
    const leaf = leaves.get(variable);
    if (leaf === undefined) {
      problems.push(`${variable}: no option has this name: ${meant(variable, [...leaves.keys()])}`);
      continue;
    }
    const read = leaf.isText ? { value: text } : readValue(text, variable);
    if ('why' in read) problems.push(`${variable}: the value cannot be read as YAML: ${read.why}`);
    else {
      value = withValue(value, leaf.path, read.value);
      set.push(leaf);
    }
  }
  return {
    value,
    problems,
    variableAt: (path) => set.find((leaf) => leaf.path.every((key, depth) => path[depth] === key))?.variable,
    isGiven: (path) => valueAt(value, path) !== undefined,
  };
}

/** `proxy:` with nothing below is an empty section, not a wrong one. Without any file there are no sections. */
function withoutEmptySections(base: unknown): unknown {
  if (base === null || base === undefined) return {};
  if (!isMapping(base)) return base;
  return Object.fromEntries(Object.entries(base).filter(([, section]) => section !== null));
}

function readValue(text: string, variable: string): { readonly value: unknown } | { readonly why: string } {
  const read = readYaml(text, variable, z.unknown());
  return read.ok ? { value: read.value } : { why: read.problems[0]?.message ?? 'no YAML' };
}

/** A copy with the value at the path. A parent that is no mapping stays: the schema complains about it. */
function withValue(base: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (base !== undefined && !isMapping(base)) return base;
  return { ...base, [key]: withValue(base?.[key], rest, value) };
}

function valueAt(base: unknown, path: readonly string[]): unknown {
  return path.reduce((at: unknown, key) => (isMapping(at) ? at[key] : undefined), base);
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
