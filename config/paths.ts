/** Relative paths of the configuration, made absolute where they are written. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Overlay } from './environment.ts';

/** The options that name a file or a folder. A list holds several; `*` is every name of a mapping. */
export const pathOptions: readonly (readonly string[])[] = [
  ['data'],
  ['dns', 'hostsFile'],
  ['directory', 'ca'],
  ['directory', 'clientCertificate'],
  ['directory', 'clientKey'],
  ['directory', 'bindPasswordFile'],
  ['upstream', 'parent', 'passwordFile'],
  ['pages', 'folder'],
  ['admin', 'tls', 'certificate'],
  ['admin', 'tls', 'key'],
  ['policy', 'initial', 'policy'],
  ['policy', 'initial', 'aup'],
  ['policy', 'lists', 'folders'],
  ['policy', 'lists', 'sources', '*', 'file'],
  ['policy', 'lists', 'sources', '*', 'passwordFile'],
];

export interface Folders {
  /** Of the configuration file. */
  readonly file: string;
  /** Of the process: for the environment, and for `data` unless given. */
  readonly environment: string;
}

const hallpass = fileURLToPath(new URL('..', import.meta.url));

/**
 * A path in the file is below the file's folder, one of the environment below the working directory, a default below
 * Hallpass itself, save that of `data`: nobody's records belong into a checkout.
 */
export function resolvePaths<T extends object>(config: T, layer: Overlay, folders: Folders): T {
  const resolved = structuredClone(config);
  for (const path of pathOptions.flatMap((each) => placesOf(resolved, each))) {
    const base = baseOf(path, layer, folders);
    const parent = path.slice(0, -1).reduce((at, key) => at[key] as Tree, resolved as Tree);
    const key = path.at(-1) ?? '';
    const value = parent[key];
    if (typeof value === 'string') parent[key] = resolve(base, value);
    else if (Array.isArray(value)) parent[key] = value.map((item) => resolve(base, String(item)));
  }
  return resolved;
}

type Tree = Record<string, unknown>;

/** The places of a configuration that an option's path means: one, or one for each name. */
export function placesOf(config: object, path: readonly string[]): readonly (readonly string[])[] {
  const star = path.indexOf('*');
  if (star === -1) return [path];
  const names = path.slice(0, star).reduce((at, key) => at[key] as Tree, config as Tree);
  return Object.keys(names).flatMap((name) => placesOf(config, path.with(star, name)));
}

function baseOf(path: readonly string[], layer: Overlay, folders: Folders): string {
  if (layer.variableAt(path) !== undefined) return folders.environment;
  if (layer.isGiven(path)) return folders.file;
  return path[0] === 'data' ? folders.environment : hallpass;
}
