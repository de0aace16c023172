/** A zod issue in the words of somebody who wants to mend the document. */
import type { z } from 'zod';
import type { ProblemCode } from '../errors.ts';
import { knownKeys } from './known-keys.ts';
import { meant } from './nearest.ts';

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

export interface Finding {
  readonly code: ProblemCode;
  readonly path: Path;
  readonly message: string;
  readonly hint?: string;
  readonly at: 'key' | 'value';
}

export function describeIssues(issues: readonly Issue[], schema: z.ZodType): Finding[] {
  return issues.flatMap((issue) => describe(issue, schema));
}

/** For what came in a request, which has no positions: a sentence for each fault. Parse it with `reportInput`. */
export const issuesInWords = (issues: readonly Issue[], schema: z.ZodType): string[] =>
  describeIssues(issues, schema).map(({ message, hint }) =>
    hint === undefined ? message : `${message}: ${hint}`,
  );

function describe(issue: Issue, schema: z.ZodType): Finding[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, schema));
  if (issue.code === 'invalid_key') {
    const why = issue.issues.map((inner) => inner.message).join('; ');
    return [
      {
        code: 'bad-value',
        path,
        message: `\`${String(path.at(-1))}\` cannot be a name here`,
        hint: why,
        at: 'key',
      },
    ];
  }
  if (issue.code === 'invalid_union') return union(issue, schema);
  if (issue.code === 'invalid_type' && issue.input === undefined) return [missing(path, issue.expected)];
  if (issue.code === 'custom' && own(issue.message))
    return [
      { code: 'bad-value', path, message: `${nameOf(path)} needs mending`, hint: issue.message, at: 'value' },
    ];
  return [
    {
      code: 'bad-value',
      path,
      message: `${nameOf(path)} ${complaint(issue)}`,
      ...hintOf(issue),
      at: 'value',
    },
  ];
}

function unknownKey(path: Path, key: string, schema: z.ZodType): Finding {
  const hint = meant(key, knownKeys(schema, path));
  return { code: 'unknown-key', path: [...path, key], message: `unknown key \`${key}\``, hint, at: 'key' };
}

function missing(path: Path, expected: string): Finding {
  const key = String(path.at(-1) ?? 'the document');
  const parent = path.length > 1 ? ` in ${nameOf(path.slice(0, -1))}` : '';
  return {
    code: 'missing-key',
    path,
    message: `\`${key}\` is missing${parent}`,
    hint: `add it as ${word(expected)}`,
    at: 'value',
  };
}

/** The branch that got furthest is the one that was meant; when none got anywhere, all of them are named. */
function union(issue: Issue & { code: 'invalid_union' }, schema: z.ZodType): Finding[] {
  const deep = issue.errors.filter((branch) =>
    branch.some((inner) => inner.path.length > 0 || inner.code !== 'invalid_type'),
  );
  const [branch] = deep;
  if (deep.length === 1 && branch !== undefined)
    return branch.flatMap((inner) => describe({ ...inner, path: [...issue.path, ...inner.path] }, schema));
  if (issue.input === undefined && issue.path.length > 0)
    return [missing(issue.path, expectedOf(issue).join(' or '))];
  const wanted = expectedOf(issue).map(word).join(' or ');
  const hint = wanted === '' ? {} : { hint: `write ${wanted}` };
  return [
    {
      code: 'bad-value',
      path: issue.path,
      message: `${nameOf(issue.path)} has no known form`,
      ...hint,
      at: 'value',
    },
  ];
}

function expectedOf(issue: Issue & { code: 'invalid_union' }): string[] {
  const types = issue.errors
    .flat()
    .flatMap((inner) =>
      inner.code === 'invalid_type'
        ? [inner.expected]
        : inner.code === 'invalid_format' && inner.format in words
          ? [inner.format]
          : [],
    );
  return [...new Set(types)];
}

function complaint(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `is ${kindOf(issue.input)}`;
    case 'invalid_value':
      return typeof issue.input === 'string'
        ? `cannot be \`${issue.input.slice(0, 64)}\``
        : `is ${kindOf(issue.input)}`;
    case 'invalid_format':
      return 'does not have the right form';
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array' ? 'is too short' : 'is too small';
    case 'too_big':
      return issue.origin === 'string' || issue.origin === 'array' ? 'is too long' : 'is too large';
    default:
      return 'is not valid';
  }
}

function hintOf(issue: Issue): { hint?: string } {
  if (issue.code !== 'invalid_type' && own(issue.message))
    return { hint: isAdvice(issue.message) ? issue.message : `write ${issue.message}` };
  switch (issue.code) {
    case 'invalid_type':
      return { hint: `write ${word(issue.expected)}` };
    case 'invalid_value': {
      const values = issue.values.map(String);
      return {
        hint:
          typeof issue.input === 'string'
            ? meant(issue.input, values)
            : `write ${values.map((v) => `\`${v}\``).join(' or ')}`,
      };
    }
    case 'invalid_format':
      return issue.format === 'regex'
        ? {}
        : { hint: `write ${words[issue.format] ?? `a valid ${issue.format}`}` };
    case 'too_small':
      return { hint: `the least is ${String(issue.minimum)}${unitOf(issue.origin, issue.minimum)}` };
    case 'too_big':
      return { hint: `the most is ${String(issue.maximum)}${unitOf(issue.origin, issue.maximum)}` };
    case 'not_multiple_of':
      return { hint: `write a multiple of ${String(issue.divisor)}` };
    default:
      return {};
  }
}

const unitOf = (origin: string, count: number | bigint): string =>
  origin !== 'string' ? '' : Number(count) === 1 ? ' character' : ' characters';

/** Says by itself what to do. */
const isAdvice = (message: string) => /^(say|write|name|give)\b/.test(message);

/** zod's own messages begin with a capital; a schema's author wrote the others, by our grammar. */
const own = (message: string) => !/^(Invalid|Too|Unrecognized|Expected)\b/.test(message);

/** `rules[3].match.hosts[0]`, so that a problem is understood even without its position. */
function nameOf(path: Path): string {
  if (path.length === 0) return 'the document';
  const name = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return `\`${name.replace(/^\./, '')}\``;
}

const words: Readonly<Record<string, string>> = {
  object: 'a mapping of keys',
  record: 'a mapping of names',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: '`true` or `false`',
  date: 'an ISO date such as `2026-08-24`',
  datetime: 'a time with its offset, such as `2026-09-01T10:30:00-06:00`',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
};

const word = (expected: string): string => words[expected] ?? `a ${expected}`;

/** Says what kind of thing was written, never the value: it may be a secret of the configuration. */
function kindOf(input: unknown): string {
  if (input === null || input === undefined) return 'empty';
  if (Number.isNaN(input)) return 'no number';
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'object') return 'a mapping';
  return typeof input === 'string' ? 'a text' : `a ${typeof input}`;
}
