/** What is known of publishers of lists, as data in rules/sources/: their address, and what their categories mean here. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';

const preset = z.strictObject({
  title: z.string(),
  url: z.url().optional(),
  format: z.string().optional(),
  schedule: z.string().optional(),
  categories: z.record(z.string(), z.string()),
});
export type ListPreset = z.output<typeof preset>;

const folder = new URL('../../rules/sources/', import.meta.url);

/** Null where nothing is known of that name. */
export function listPreset(name: string): ListPreset | null {
  if (!/^[a-z0-9-]+$/.test(name)) return null;
  const file = fileURLToPath(new URL(`${name}.yaml`, folder));
  return existsSync(file) ? preset.parse(parse(readFileSync(file, 'utf8'))) : null;
}
