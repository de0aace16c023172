/** The single options of the configuration's schema: for environment variables and for docs/options.md. */
import { stringify } from 'yaml';
import type { z } from 'zod';
import { duration, formatDuration } from '../policy/model/duration.ts';

export interface Leaf {
  /** Such as `['proxy', 'connect', 'ports']`. */
  readonly path: readonly string[];
  /** The environment variable that sets it. */
  readonly variable: string;
  /** In words: `duration`, `list of text`, `` `debug`, `info` … ``. */
  readonly type: string;
  /** As it would be written in YAML; null when there is none. */
  readonly default: string | null;
  /** In words; empty when there are none. */
  readonly bounds: string;
  readonly help: string;
  /** A plain text: an environment variable's value is taken as it is, not read as YAML. */
  readonly isText: boolean;
}

interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly innerType?: z.ZodType;
  readonly defaultValue?: unknown;
  readonly in?: z.ZodType;
  readonly out?: z.ZodType;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly entries?: Readonly<Record<string, string>>;
  readonly format?: string;
  readonly checks?: readonly { readonly _zod: { readonly def: CheckDefinition } }[];
}

interface CheckDefinition {
  readonly check: string;
  readonly error?: (issue: object) => unknown;
  readonly value?: number;
  readonly inclusive?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
}

const defOf = (schema: z.ZodType): Definition => schema.def as unknown as Definition;

/** Every option of the schema, in its order. */
export function leavesOf(schema: z.ZodType, path: readonly string[] = []): Leaf[] {
  const { shape } = defOf(bare(schema));
  if (shape === undefined) return [leaf(schema, path)];
  return Object.entries(shape).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}

/** `HALLPASS_PROXY_MAX_HEAD_BYTES` of `proxy.maxHeadBytes`. */
export const variableOf = (path: readonly string[]): string =>
  ['HALLPASS', ...path.map((key) => key.replace(/[A-Z]/g, '_$&').toUpperCase())].join('_');

function leaf(schema: z.ZodType, path: readonly string[]): Leaf {
  const inner = bare(schema);
  return {
    path,
    variable: variableOf(path),
    type: typeOf(inner),
    default: defaultOf(schema),
    bounds: [...boundsOf(inner)].join(', '),
    help: helpOf(schema),
    isText: defOf(inner).type === 'string',
  };
}

/** Without defaults and optionality. */
function bare(schema: z.ZodType): z.ZodType {
  const { innerType } = defOf(schema);
  return innerType === undefined ? schema : bare(innerType);
}

/** The outermost description. */
function helpOf(schema: z.ZodType): string {
  const { innerType, in: input } = defOf(schema);
  const next = innerType ?? input;
  return schema.description ?? (next === undefined ? '' : helpOf(next));
}

function defaultOf(schema: z.ZodType): string | null {
  const { innerType, defaultValue } = defOf(schema);
  if (defaultValue === undefined) return innerType === undefined ? null : defaultOf(innerType);
  const value =
    isDuration(bare(schema)) && typeof defaultValue === 'number'
      ? formatDuration(defaultValue)
      : defaultValue;
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
}

/** `duration` itself, or one that was refined or bounded. */
function isDuration(schema: z.ZodType): boolean {
  const { in: input } = defOf(schema);
  return input !== undefined && (input === duration.in || isDuration(input));
}

function typeOf(schema: z.ZodType): string {
  if (isDuration(schema)) return 'duration';
  const { type, format, in: input, innerType, element, valueType, options, entries } = defOf(schema);
  const next = input ?? innerType;
  if (next !== undefined) return typeOf(next);
  if (element !== undefined) return `list of ${typeOf(element)}`;
  if (valueType !== undefined)
    return defOf(bare(valueType)).shape === undefined
      ? `mapping of names to ${typeOf(valueType)}`
      : 'mapping of names to sections';
  if (options !== undefined) return [...new Set(options.map(typeOf))].join(' or ');
  if (entries !== undefined)
    return Object.values(entries)
      .map((value) => `\`${value}\``)
      .join(', ');
  if (format === 'safeint') return 'whole number';
  return names[type] ?? type;
}

const names: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: '`true` or `false`',
  number: 'number',
};

function* boundsOf(schema: z.ZodType): Generator<string> {
  const isSpan = isDuration(schema);
  for (let at: z.ZodType | undefined = schema; at !== undefined; at = defOf(at).in) {
    yield* checksOf(at, isSpan);
    const { out } = defOf(at);
    if (out !== undefined) yield* checksOf(out, isSpan);
  }
}

/** What a check without words of its own means. */
function* checksOf(schema: z.ZodType, isSpan: boolean): Generator<string> {
  const write = (value: number) => (isSpan ? formatDuration(value) : value.toLocaleString('en-US'));
  for (const { _zod } of defOf(schema).checks ?? []) {
    const { check, value, inclusive, minimum, maximum, error } = _zod.def;
    const words = error?.({});
    if (typeof words === 'string') yield words;
    else if (check === 'greater_than' && value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER)
      yield `${inclusive === true ? 'at least' : 'more than'} ${write(value)}`;
    else if (check === 'less_than' && value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER)
      yield `${inclusive === true ? 'at most' : 'less than'} ${write(value)}`;
    else if (check === 'min_length' && minimum !== undefined)
      yield minimum === 1 ? 'not empty' : `at least ${minimum} long`;
    else if (check === 'max_length' && maximum !== undefined) yield `at most ${maximum} long`;
  }
}
