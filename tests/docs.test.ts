import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { leavesOf } from '../config/leaves.ts';
import { schema } from '../config/schema.ts';
import { optionsPage } from '../docs/generate.ts';

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

describe('environment variables', () => {
  it('are one for each option', () => {
    const variables = leavesOf(schema).map((leaf) => leaf.variable);
    expect(new Set(variables).size).toBe(variables.length);
  });
});
