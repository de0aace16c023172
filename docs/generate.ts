/**
 * Writes docs/options.md, the JSON Schemas under docs/schema/ and the types of the admin API from the schemas of the code:
 * `npm run docs`. A test compares them, so that they cannot fall behind.
 */
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import type { OpenAPI3 } from 'openapi-typescript';
import { z } from 'zod';
import { describeApi } from '../admin-ui/api/openapi.ts';
import { leavesOf } from '../config/leaves.ts';
import type { Leaf } from '../config/leaves.ts';
import { schema } from '../config/schema.ts';
import { sourceOptions } from '../control/lists/options.ts';
import { policy } from '../policy/model/policy.ts';

const introduction = `# Options

Hallpass reads one YAML file, \`hallpass serve --config hallpass.yaml\`. Every option can be set by an environment
variable instead, which wins over the file: a text is taken as it is, everything else is read as YAML
(\`HALLPASS_PROXY_CONNECT_PORTS='[443, 8443]'\`). An unknown key, an unknown variable or a bad value stops the start with
its place in the file, or the name of its variable, what is wrong and how to mend it.

A **duration** is a number with a unit, such as \`500ms\`, \`30s\`, \`5m\`, \`12h\` or \`90d\`. A relative **path** in the file
is below the folder of the file; one in a variable is below the working directory; a default is below Hallpass itself,
but for \`data\`, which is below the working directory. A **listener** is \`address:port\`, an IPv6 address in brackets.

This page is generated from the code (\`npm run docs\`).
`;

/** The text of docs/options.md. */
export function optionsPage(): string {
  const sections = Object.entries(schema.shape).map(([name, section]) => {
    const leaves = leavesOf(section, [name]);
    const more = name === 'policy' ? `\n${sourceTable()}` : '';
    return `## ${name}\n\n${section.description ?? ''}.\n\n${table(leaves)}\n${more}`;
  });
  return [introduction, ...sections].join('\n');
}

/** What stands under each name of `policy.lists.sources`; no variable sets a part of it. */
function sourceTable(): string {
  const rows = leavesOf(sourceOptions).map((leaf) => {
    const cells = [
      `\`${leaf.path.join('.')}\``,
      leaf.type,
      leaf.default === null ? '' : `\`${leaf.default}\``,
    ];
    return `| ${[...cells, leaf.bounds, capital(leaf.help)].map(escaped).join(' | ')} |`;
  });
  const head = ['| Key | Type | Default | Bounds | What it is |', '|---|---|---|---|---|'];
  return `A source, under its name in \`policy.lists.sources\` ([lists.md](lists.md)):\n\n${[...head, ...rows].join('\n')}\n`;
}

function table(leaves: readonly Leaf[]): string {
  const rows = leaves.map((leaf) => {
    const key = `\`${leaf.path.join('.')}\``;
    const preset = leaf.default === null ? '' : `\`${leaf.default}\``;
    const cells = [key, leaf.type, preset, leaf.bounds, capital(leaf.help), `\`${leaf.variable}\``];
    return `| ${cells.map(escaped).join(' | ')} |`;
  });
  return [
    '| Key | Type | Default | Bounds | What it is | Variable |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** JSON Schemas (draft 2020-12) by the name of their file: what an editor needs to help with hallpass.yaml and a policy. */
export function editorSchemas(): Readonly<Record<string, string>> {
  const of = (title: string, from: z.ZodType): string => {
    const generated = z.toJSONSchema(from, { io: 'input', unrepresentable: 'any' });
    return `${JSON.stringify({ title, ...generated }, null, 2)}\n`;
  };
  return {
    'hallpass.schema.json': of('Configuration of Hallpass (hallpass.yaml)', schema),
    'policy.schema.json': of('Policy of Hallpass', policy),
  };
}

const apiTypesHeader = '/* Generated from admin-ui/api by `npm run docs`. */\n';

/** Text of admin-ui/web/src/api/schema.d.ts. */
export async function apiTypes(): Promise<string> {
  const document = JSON.parse(JSON.stringify(describeApi('0'))) as OpenAPI3;
  return `${apiTypesHeader}${astToString(await openapiTS(document))}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const escaped = (cell: string): string => cell.replaceAll('|', '\\|');

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('./options.md', import.meta.url), optionsPage());
  writeFileSync(new URL('../admin-ui/web/src/api/schema.d.ts', import.meta.url), await apiTypes());
  for (const [name, text] of Object.entries(editorSchemas())) {
    writeFileSync(new URL(`./schema/${name}`, import.meta.url), text);
  }
}
