/** What a URL glob says of its host and what text it needs. */
import type { Reach } from '../model/patterns.ts';

/** Null where only the glob itself can tell. */
export function hostOfGlob(host: string): { host: string; reach: Reach } | null {
  const [, stars = '', rest = ''] = /^(\*\*?\.)?([^*]+)$/.exec(host) ?? [];
  if (rest === '') return null;
  return { host: rest, reach: stars === '**.' ? 'subtree' : stars === '*.' ? 'children' : 'exact' };
}

/**
 * Texts that are in every address which the glob matches. Beside `**`, which may stand for nothing, the mark between
 * segments may be missing.
 * @param glob both halves, or the path alone
 */
export function literalsOfGlob(glob: string): string[] {
  return glob
    .replaceAll(/[./]?(?<![^./])\*\*(?![^./])/g, '*')
    .split(/\*+/)
    .filter((text) => text !== '');
}
