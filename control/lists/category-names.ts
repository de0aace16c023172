/** What the categories of a source are called here: lower-case letters, digits, `-` and `.`. */
import type { ReportBuilder } from '../../policy/lists/report.ts';

const longest = 64;

/** Null where nothing is left of it. */
export function categorySlug(text: string): string | null {
  const slug = text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9.]+/g, '-')
    .slice(0, longest)
    .replaceAll(/^[-.]+|[-.]+$/g, '');
  return slug === '' ? null : slug;
}

/**
 * A folder of a tree, `/blacklists/adult`, is called by what tells it from the others: `adult`, and `hobby.games` where
 * there are folders in folders. Anything else has its name.
 */
export function nameTrees(
  keys: readonly string[],
  prefix: string | undefined,
  sourceName: string,
  notes: ReportBuilder,
): Map<string, string> {
  const trees = keys
    .filter((key) => key.startsWith('/'))
    .map((key) => key.split('/').filter((part) => part !== ''));
  const shared = sharedParts(trees);
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const key of keys) {
    const own = key.startsWith('/') ? treeName(key, shared) : key;
    const inTree = key.startsWith('/') && prefix !== undefined && own !== null;
    const wanted = inTree ? (trees.length === 1 ? prefix : `${prefix}.${own}`) : own;
    const name = categorySlug(wanted ?? prefix ?? sourceName.replace(/\..*$/s, '')) ?? 'list';
    let free = name;
    for (let n = 2; taken.has(free); n++) free = `${name}-${n}`;
    if (free !== name) notes.note(`\`${key}\` is called \`${free}\`, since \`${name}\` is another`);
    taken.add(free);
    names.set(key, free);
  }
  return names;
}

function treeName(key: string, shared: number): string | null {
  const parts = key.split('/').filter((part) => part !== '');
  const own = parts
    .slice(shared)
    .map(categorySlug)
    .filter((part) => part !== null);
  return own.length === 0 ? null : own.join('.');
}

/** How many folders all paths have in common; the last of a path is its own. */
function sharedParts(paths: readonly (readonly string[])[]): number {
  const [first = []] = paths;
  let shared = 0;
  while (
    paths.every((path) => path.length > shared + 1 && path[shared] === first[shared]) &&
    paths.length > 0
  )
    shared++;
  return shared;
}
