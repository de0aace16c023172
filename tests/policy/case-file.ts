/** The behaviour cases under rules/cases: their form (rules/README.md), and how they become questions to decide. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import type { Grant } from '../../policy/decision.ts';
import type { ListText, PolicyDocuments } from '../../policy/edition.ts';
import { canonicalAddress, requestFacts, tunnelFacts } from '../../policy/facts.ts';
import type { FactsResult } from '../../policy/facts.ts';
import { formatProblem, readYaml } from '../../policy/model/yaml-document.ts';
import type { YamlPositions } from '../../policy/model/yaml-document.ts';
import type { RequestFacts } from '../../policy/request.ts';
import type { Identity, Person, Subject } from '../../policy/subject.ts';

const instant = z.iso.datetime({ offset: true });

const grant = z.strictObject({
  id: z.string().min(1),
  kind: z.literal('continue'),
  subject: z.string().min(1),
  rule: z.string().min(1),
  host: z.string().min(1),
  expires: instant,
});

const expectation = z.strictObject({
  action: z.enum(['allow', 'block', 'warn']).optional(),
  tier: z.enum(['crisis', 'testing', 'locked', 'grant', 'ordered', 'default']).optional(),
  rule: z.string().optional(),
  clause: z.string().nullable().optional(),
  log: z.boolean().optional(),
  enforced: z.boolean().optional(),
  needs: z.array(z.enum(['identity', 'url'])).default([]),
});

const caseSchema = z
  .strictObject({
    name: z.string().min(1),
    request: z
      .string()
      .regex(
        /^(CONNECT [^/\s]+:\d+|[!-~]+ http:\/\/[^/\s]+\/\S*)$/,
        '`GET http://host/path` or `CONNECT host:443`',
      ),
    as: z.string().min(1),
    from: z.union([z.ipv4(), z.ipv6()]).default('127.0.0.1'),
    at: instant.default('2026-10-13T10:00:00-04:00'),
    url: z.enum(['unknown', 'unobtainable']).optional(),
    grants: z.array(grant).default([]),
    expect: expectation,
  })
  .refine((each) => each.url === undefined || each.request.startsWith('CONNECT '), {
    message: 'only a CONNECT has `url`: leave it away',
    path: ['url'],
  });

const fileSchema = z.strictObject({
  policy: z.string().min(1),
  aup: z.array(z.string().min(1)).min(1),
  lists: z.array(z.string().min(1)).default([]),
  cases: z.array(caseSchema).min(1),
});

const subjectsSchema = z.record(
  z.string(),
  z.strictObject({
    key: z.string().min(1),
    login: z.string().min(1),
    name: z.string().min(1),
    groups: z.array(z.string().min(1)),
    schools: z.array(z.string().min(1)),
  }),
);

export type Expectation = z.output<typeof expectation>;

/** One case, ready to be decided. */
export interface Case {
  readonly name: string;
  readonly facts: RequestFacts;
  readonly subject: Subject;
  readonly grants: readonly Grant[];
  /** Epoch milliseconds. */
  readonly at: number;
  readonly expect: Expectation;
}

export interface CaseFile {
  readonly documents: PolicyDocuments;
  readonly lists: readonly ListText[];
  readonly cases: readonly Case[];
}

export type Subjects = ReadonlyMap<string, Person>;

/** People by the name that cases call them. */
export function readSubjects(text: string, file: string): Subjects {
  const { value } = read(text, file, subjectsSchema);
  return new Map(
    Object.entries(value).map(([name, { groups, ...person }]) => [
      name,
      Object.freeze({
        ...person,
        groups: groups.map((group) => ({
          key: `key-${group}`,
          name: group,
          dn: `cn=${group},ou=groups,dc=demo,dc=test`,
        })),
      }),
    ]),
  );
}

/** The cases of one file; the paths in it are relative to `folder`. Throws with the position of what is wrong. */
export function readCases(text: string, file: string, folder: string, subjects: Subjects): CaseFile {
  const { value, positions } = read(text, file, fileSchema);
  const at = (path: string) => resolve(folder, path);
  const names = value.cases.map(({ name }) => name);
  for (const [i, name] of names.entries())
    if (names.indexOf(name) < i) fail(positions, ['cases', i, 'name'], `two cases are called \`${name}\``);
  return {
    documents: {
      policy: readFileSync(at(value.policy), 'utf8'),
      aup: value.aup.map((path) => readFileSync(at(path), 'utf8')),
    },
    lists: value.lists.flatMap((path) => listsOf(at(path))),
    cases: value.cases.map((each, i): Case => {
      const facts = factsOf(each.request, each.url ?? 'unobtainable');
      if (!facts.ok)
        fail(positions, ['cases', i, 'request'], `\`${each.request}\` has no canonical form: ${facts.code}`);
      const identity =
        identityOf(each.as, subjects) ??
        fail(positions, ['cases', i, 'as'], `unknown subject \`${each.as}\``);
      return {
        name: each.name,
        facts: facts.facts,
        subject: { ip: canonicalAddress(each.from) ?? each.from, identity },
        grants: each.grants.map((live) => ({ ...live, expires: Date.parse(live.expires) })),
        at: Date.parse(each.at),
        expect: each.expect,
      };
    }),
  };
}

function read<S extends z.ZodType>(
  text: string,
  file: string,
  schema: S,
): { readonly value: z.output<S>; readonly positions: YamlPositions } {
  const found = readYaml(text, file, schema);
  if (!found.ok) throw new Error(found.problems.map(formatProblem).join('\n'));
  return found;
}

function fail(positions: YamlPositions, path: readonly PropertyKey[], message: string): never {
  throw new Error(formatProblem(positions.problem('bad-value', path, message)));
}

function listsOf(folder: string): ListText[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.list'))
    .sort()
    .map((name) => ({ name: basename(name, '.list'), text: readFileSync(join(folder, name), 'utf8') }));
}

function identityOf(name: string, subjects: Subjects): Identity | undefined {
  if (name === 'signed-out') return 'unknown';
  if (name === 'unidentified') return 'unidentified';
  return subjects.get(name);
}

/** The target is split here and not by `URL`, which would mend what the cases mean to try. */
function factsOf(request: string, url: 'unknown' | 'unobtainable'): FactsResult {
  const [, method = '', target = ''] = /^(\S+) (?:http:\/\/)?(.*)$/.exec(request) ?? [];
  const slash = target.indexOf('/');
  const authority = slash < 0 ? target : target.slice(0, slash);
  const [, rawHost = '', port] = /^(\[.*\]|[^:]*)(?::(\d+))?$/.exec(authority) ?? [];
  if (method === 'CONNECT') return tunnelFacts(rawHost, Number(port), url);
  const [, rawPath = '', rawQuery = ''] = /^([^?]*)(?:\?(.*))?$/.exec(target.slice(slash)) ?? [];
  return requestFacts({ scheme: 'http', rawHost, port: Number(port ?? 80), method, rawPath, rawQuery });
}
