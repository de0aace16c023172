/**
 * Services that obligations are about, as data (rules/services.yaml): which hosts they are, and what a request to
 * them is given so that a search leaves out what is explicit, or an account of the district alone can sign in.
 */
import { z } from 'zod';
import { parseHostPattern } from './model/patterns.ts';
import { readYaml } from './model/yaml-document.ts';
import type { Problem } from './errors.ts';

const token = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/);
const host = z.string().refine((text) => parseHostPattern(text).ok, 'a host such as `=www.example.org`');
const common = {
  id: z.string().regex(/^[a-z0-9-]+$/),
  hosts: z.array(host).min(1),
};

const service = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('safe-search'),
    ...common,
    /** Parameters of the query: all others of these names are dropped. */
    set: z.record(z.string(), z.string()).default({}),
    drop: z.array(z.string()).default([]),
    /** Cookies that would switch it off again. */
    dropCookies: z.array(token).default([]),
  }),
  z.strictObject({ kind: z.literal('youtube'), ...common }),
  z.strictObject({ kind: z.literal('google-accounts'), ...common }),
  z.strictObject({ kind: z.literal('microsoft-tenants'), ...common }),
]);

export type Service = z.output<typeof service>;

const table = z.strictObject({ services: z.array(service) });

export type ServicesResult =
  | { readonly ok: true; readonly services: readonly Service[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export function readServices(text: string, file: string): ServicesResult {
  const read = readYaml(text, file, table);
  return read.ok ? { ok: true, services: read.value.services } : read;
}
