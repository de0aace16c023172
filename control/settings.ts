/** The configuration as the admin pages show it: each option by its name, and no secret. */
import type { Config } from '../config.ts';

const secrets = /password$|secret$/i;
const internal = new Set(['formKey']);

export interface Setting {
  /** Such as `proxy.listen`. */
  readonly name: string;
  readonly value: string;
}

export function settingsShown(config: Config): readonly Setting[] {
  return Object.entries(config).flatMap(([name, value]) => (internal.has(name) ? [] : shown(name, value)));
}

function shown(name: string, value: unknown): Setting[] {
  if (value === undefined || value === null) return [];
  if (secrets.test(name)) return [{ name, value: 'set, and not shown' }];
  if (Array.isArray(value)) return [{ name, value: value.map(inOneWord).join(', ') }];
  if (typeof value === 'object')
    return Object.entries(value).flatMap(([key, inner]) => shown(`${name}.${key}`, inner));
  return [{ name, value: inOneWord(value) }];
}

const inOneWord = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
