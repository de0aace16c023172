/** The behaviour cases under rules/cases: what is written there (case-schema.ts) becomes questions to decide. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { z } from 'zod';
import { tableList, tableNames } from '../../policy/compile/tables.ts';
import type { Grant } from '../../policy/decision.ts';
import type { ListText, PolicyDocuments } from '../../policy/edition.ts';
import { emergencyAt, noEmergency } from '../../policy/emergency.ts';
import type { Emergency } from '../../policy/emergency.ts';
import { noExtractors } from '../../policy/extract/extractors.ts';
import type { Extractors } from '../../policy/extract/extractors.ts';
import {
  canonicalAddress,
  canonicalHost,
  requestFacts,
  tunnelFacts,
  withAliases,
  withResponse,
} from '../../policy/facts.ts';
import type { FactsResult } from '../../policy/facts.ts';
import { formatProblem, readYaml } from '../../policy/model/yaml-document.ts';
import type { YamlPositions } from '../../policy/model/yaml-document.ts';
import type { Identity, Person, Subject } from '../../policy/subject.ts';
import type { HeadView } from '../../policy/url-facts.ts';
import { Fields } from '../../proxy/wire/fields.ts';
import { casePolicy, caseAup } from './case-policy.ts';
import { fileSchema, isKey, subjectsSchema } from './case-schema.ts';
import type { Expectation, WrittenCase, WrittenGrant } from './case-schema.ts';
import { extractors } from './extract/fixture.ts';

/** One case, ready to be decided. */
export interface Case {
  readonly name: string;
  readonly facts: FactsResult;
  readonly subject: Subject;
  readonly grants: readonly Grant[];
  readonly emergency: Emergency;
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
    Object.entries(value).map(([name, { groups, born = null, ...person }]) => [
      name,
      Object.freeze({ ...person, born, groups: groups.map(groupOf) }),
    ]),
  );
}

const groupKey = (name: string): string => `key-${name}`;
const groupOf = (name: string) => ({
  key: groupKey(name),
  name,
  dn: `cn=${name},ou=groups,dc=demo,dc=test`,
});

/** The cases of one file; the paths in it are relative to `folder`. Throws with the position of what is wrong. */
export function readCases(text: string, file: string, folder: string, subjects: Subjects): CaseFile {
  const { value, positions } = read(text, file, fileSchema);
  const at = (path: string) => resolve(folder, path);
  const { policy, aup, lists, tables } = value;
  return {
    documents: {
      policy: typeof policy === 'string' ? readFileSync(at(policy), 'utf8') : casePolicy(policy),
      aup: aup.length === 0 ? [caseAup] : aup.map((path) => readFileSync(at(path), 'utf8')),
    },
    lists: [
      ...(Array.isArray(lists) ? lists.flatMap((path) => listsAt(at(path))) : inlineLists(lists)),
      ...(tables ? tableTexts() : []),
    ],
    cases: readyCases(value.cases, ['cases'], { positions, subjects, tables }),
  };
}

export const inlineLists = (lists: Readonly<Record<string, string>>): ListText[] =>
  Object.entries(lists).map(([name, text]) => ({ name, text }));

/** The product's own, as they are shipped. */
export const tableTexts = (): ListText[] =>
  tableNames.map((name) => ({
    name: tableList(name),
    text: readFileSync(join(import.meta.dirname, `../../rules/${name}.yaml`), 'utf8'),
  }));

/** A folder of lists, or one of them. */
export function listsAt(path: string): ListText[] {
  const files = path.endsWith('.list') ? [path] : listsIn(path);
  return files.map((each) => ({ name: basename(each, '.list'), text: readFileSync(each, 'utf8') }));
}

const listsIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.list'))
    .sort()
    .map((name) => join(folder, name));

export function read<S extends z.ZodType>(
  text: string,
  file: string,
  schema: S,
): { readonly value: z.output<S>; readonly positions: YamlPositions } {
  const found = readYaml(text, file, schema);
  if (!found.ok) throw new Error(found.problems.map(formatProblem).join('\n'));
  return found;
}

interface Around {
  readonly positions: YamlPositions;
  readonly subjects: Subjects;
  readonly tables: boolean;
}

/** @param path where the cases stand in the document */
export function readyCases(
  cases: readonly WrittenCase[],
  path: readonly PropertyKey[],
  { positions, subjects, tables }: Around,
): Case[] {
  const names = cases.map(({ name }) => name);
  return cases.map((each, i): Case => {
    const fail = (key: string, message: string): never => {
      throw new Error(formatProblem(positions.problem('bad-value', [...path, i, key], message)));
    };
    if (names.indexOf(each.name) < i) fail('name', `two cases are called \`${each.name}\``);
    const facts = factsOf(each, tables ? extractors : noExtractors);
    const { expect } = each;
    if (!facts.ok && expect.refused === undefined)
      fail('request', `\`${each.request}\` has no canonical form: ${facts.code}`);
    if (expect.refused !== undefined && Object.keys(expect).length > 4)
      fail('expect', 'of what is refused nothing else is decided');
    const identity = identityOf(each, subjects) ?? fail('as', `unknown subject \`${each.as}\``);
    const at = Date.parse(each.at);
    const keyOf = (grant: WrittenGrant): string =>
      grantee(grant, subjects) ?? fail('grants', `unknown subject \`${grant.subject}\``);
    return {
      name: each.name,
      facts,
      subject: { ip: canonicalAddress(each.from) ?? each.from, identity },
      grants: each.grants.map((grant) => liveGrant(grant, keyOf(grant), at)),
      emergency: emergencyOf(each, at),
      at,
      expect,
    };
  });
}

function identityOf({ as: name, born }: WrittenCase, subjects: Subjects): Identity | undefined {
  if (name === 'signed-out') return 'unknown';
  if (name === 'unidentified') return 'unidentified';
  const person = subjects.get(name);
  return person === undefined || born === undefined ? person : { ...person, born };
}

function grantee(grant: WrittenGrant, subjects: Subjects): string | undefined {
  const { subject } = grant;
  if (grant.kind === 'override' && grant.subjectKind === 'group') return groupKey(subject);
  return subjects.get(subject)?.key ?? (isKey(subject) ? subject : undefined);
}

const hour = 3_600_000;

function liveGrant(grant: WrittenGrant, subject: string, at: number): Grant {
  const expires = grant.expires === undefined ? at + hour : Date.parse(grant.expires);
  return { ...grant, subject, expires };
}

function emergencyOf({ emergency }: WrittenCase, at: number): Emergency {
  if (emergency === undefined) return noEmergency;
  const until = emergency.until === undefined ? null : Date.parse(emergency.until);
  const floorOnly = emergency.floorOnly ? { id: 'floor', began: -Infinity, until: until ?? Infinity } : null;
  return emergencyAt({ floorOnly, closed: emergency.closed.map((host) => ({ id: host, host, until })) }, at);
}

function factsOf(each: WrittenCase, known: Extractors): FactsResult {
  const found = targetOf(each, known);
  if (!found.ok) return found;
  const aliases = each.aliases.map((alias) => {
    const host = canonicalHost(alias);
    return host.ok ? host.host : alias;
  });
  const facts = withAliases(found.facts, aliases);
  const { response } = each;
  if (response === undefined) return { ok: true, facts };
  if (response === 'unobtainable') return { ok: true, facts: { ...facts, response } };
  return { ok: true, facts: withResponse(facts, { mediaType: response.type, size: response.size }) };
}

/** The target is split here and not by `URL`, which would mend what the cases mean to try. */
function targetOf(each: WrittenCase, known: Extractors): FactsResult {
  const [, method = '', scheme = 'http', target = ''] =
    /^(\S+) (?:(https?):\/\/)?(.*)$/.exec(each.request) ?? [];
  const [, authority = '', path = '', query = ''] = /^([^/?]*)([^?]*)(?:\?(.*))?$/.exec(target) ?? [];
  const [, rawHost = '', port] = /^(\[.*\]|[^:]*)(?::(\d+))?$/.exec(authority) ?? [];
  if (method === 'CONNECT') return tunnelFacts(rawHost, Number(port), each.url ?? 'unobtainable', known);
  const https = scheme === 'https';
  return requestFacts(
    {
      scheme: https ? 'https' : 'http',
      rawHost,
      port: Number(port ?? (https ? 443 : 80)),
      method,
      rawPath: path === '' ? '/' : path,
      rawQuery: query,
    },
    headOf(each),
    known,
  );
}

function headOf({ headers, body }: WrittenCase): HeadView | null {
  const written = Object.entries(headers);
  if (written.length === 0 && body === undefined) return null;
  const fields = new Fields();
  for (const [name, value] of written) fields.add(name, value);
  if (body === undefined) return { fields };
  return { fields, body: body === 'unknown' ? null : body === 'none' ? 0 : body };
}
