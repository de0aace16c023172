/** Reads the tables of search engines and of what carries addresses (rules/search-engines.yaml, rules/inner-addresses.yaml). */
import { z } from 'zod';
import type { Problem } from '../errors.ts';
import { canonicalHost } from '../host.ts';
import { readYaml } from '../model/yaml-document.ts';
import type { YamlPositions } from '../model/yaml-document.ts';
import { Extractors } from './extractors.ts';
import { codings } from './source.ts';
import type { CarrierSource, EngineSource } from './source.ts';

export type ExtractorsResult =
  | { readonly ok: true; readonly extractors: Extractors }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const name = z.string().regex(/^[a-z][a-z0-9-]*$/, 'lower-case letters, digits and hyphens');
const path = z
  .string()
  .regex(
    /^\/(?:\*\*|(?:\*\*\/)?(?:(?:\*|\{scheme\}|\{id\}|\{words\}|[^*{}/?#\sA-Z]+)\/)*(?:\*\*|\*|\{words\}|\{url\}|\{absolute\}|[^*{}/?#\sA-Z]*))$/,
    'a path in lower case, as `/search`, `/wiki/*`, `/photos/{words}` or `/web/*/{url}`',
  );
const parameter = z.string().regex(/^[^&=?#\sA-Z]+$/, 'a name in lower case, as `q`');
const everywhere = ['/**'];
const host = z.string().refine(isPattern, 'a host, as `example.org`, `=example.org` or `example.*`');

const search = z.strictObject({
  paths: z.array(path).min(1).default(everywhere),
  parameters: z.array(parameter).default([]),
});
const engine = z.strictObject({
  hosts: z.array(host).min(1),
  searches: z.array(search).min(1),
});
const carrier = z.strictObject({
  hosts: z.array(host).default([]),
  paths: z.array(path).min(1).default(everywhere),
  parameters: z.array(parameter).default([]),
  fields: z.array(parameter).default([]),
  query: z.boolean().default(false),
  counters: z.boolean().default(false),
  bare: z.boolean().default(false),
  scheme: z.enum(['http', 'https']).default('http'),
  coding: z.enum(codings).default('any'),
});
const schema = z.strictObject({
  engines: z.record(name, engine).default({}),
  carriers: z.record(name, carrier).default({}),
});

/** Every file may hold engines and carriers; a later file's replace an earlier one's of the same name. */
export function compileExtractors(
  files: readonly { readonly name: string; readonly text: string }[],
): ExtractorsResult {
  const engines = new Map<string, EngineSource>();
  const carriers = new Map<string, CarrierSource>();
  const problems: Problem[] = [];
  for (const file of files) {
    const read = readYaml(file.text, file.name, schema);
    if (!read.ok) {
      problems.push(...read.problems);
      continue;
    }
    for (const [key, value] of Object.entries(read.value.engines)) engines.set(key, { name: key, ...value });
    for (const [key, value] of Object.entries(read.value.carriers)) {
      carriers.set(key, { name: key, ...value });
      problems.push(...faultsOf(key, value, read.positions));
    }
  }
  if (problems.length > 0) return { ok: false, problems };
  const source = { engines: [...engines.values()], carriers: [...carriers.values()] };
  return { ok: true, extractors: new Extractors(source) };
}

/** What would be found at every address there is must be told by something else. */
function faultsOf(key: string, value: z.output<typeof carrier>, positions: YamlPositions): Problem[] {
  const problem = (field: string, message: string, hint: string) =>
    positions.problem('bad-value', ['carriers', key, field], message, hint);
  const holding = value.paths.filter((each) => /\{(?:url|absolute)\}$/.test(each)).length;
  const elsewhere = value.parameters.length + value.fields.length + Number(value.query) > 0;
  if (value.coding === 'label' && value.hosts.some((each) => /^=|\*/.test(each)))
    return [problem('hosts', `\`${key}\` needs plain hosts`, '`label` reads the name before one host')];
  if (value.coding !== 'any' && value.coding !== 'cache') {
    if (value.hosts.length === 0 && value.coding !== 'xor')
      return [problem('coding', `\`${key}\` needs hosts`, 'this coding is one service’s own')];
  } else if (holding < value.paths.length && !elsewhere)
    return [
      problem('paths', `nothing says where \`${key}\` holds the address`, 'write `{url}`, or parameters'),
    ];
  if (value.hosts.length === 0 && (value.query || value.bare) && value.paths.includes('/**'))
    return [
      problem('paths', `\`${key}\` would be found on every host`, 'name hosts, or paths of the program'),
    ];
  return [];
}

function isPattern(text: string): boolean {
  const bare = text.replace(/^=/, '').replace(/\.\*$/, '.test');
  const found = canonicalHost(bare);
  return found.ok && found.host === bare && !(text.startsWith('=') && text.endsWith('.*'));
}
