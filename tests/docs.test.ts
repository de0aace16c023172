import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { leavesOf } from '../config/leaves.ts';
import { schema } from '../config/schema.ts';
import { apiTypes, editorSchemas, optionsPage } from '../docs/generate.ts';

describe('docs/options.md', () => {
  it('is what `npm run docs` would write', () => {
    expect(readFileSync(new URL('../docs/options.md', import.meta.url), 'utf8')).toBe(optionsPage());
  });

  it('has a line with help, type and variable for every option', () => {
    const page = optionsPage();
    for (const { path, variable, help, type } of leavesOf(schema)) {
      const line = page.split('\n').find((row) => row.startsWith(`| \`${path.join('.')}\` |`));
      expect(line, path.join('.')).toContain(`\`${variable}\``);
      expect(help, path.join('.')).not.toBe('');
      expect(type, path.join('.')).not.toBe('');
    }
  });
});

describe('the JSON Schemas for editors', () => {
  const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
  const schemas = editorSchemas();
  const check = (name: string) =>
    z.fromJSONSchema(JSON.parse(schemas[name] ?? '') as Parameters<typeof z.fromJSONSchema>[0]);

  it.each(Object.keys(schemas))('%s is what `npm run docs` would write', (name) => {
    expect(read(`docs/schema/${name}`)).toBe(schemas[name]);
  });

  it.each([
    ['hallpass.schema.json', 'rules/demo/hallpass.yaml'],
    ['policy.schema.json', 'rules/starter/policy.yaml'],
  ])('%s accepts %s, which names it, and no unknown key', (name, file) => {
    const document = parse(read(file)) as Record<string, unknown>;
    expect(check(name).safeParse(document).error).toBeUndefined();
    expect(check(name).safeParse({ ...document, nothing: 1 }).success).toBe(false);
    expect(read(file).split('\n', 1)[0]).toBe(`# yaml-language-server: $schema=../../docs/schema/${name}`);
  });
});

describe('environment variables', () => {
  it('are one for each option', () => {
    const variables = leavesOf(schema).map((leaf) => leaf.variable);
    expect(new Set(variables).size).toBe(variables.length);
  });
});

it('the types of the admin pages are those of its interface', async () => {
  const types = readFileSync(new URL('../admin-ui/web/src/api/schema.d.ts', import.meta.url), 'utf8');
  expect(types).toBe(await apiTypes());
});
