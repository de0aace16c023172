/** How deeply a YAML document nests. */
import { isCollection, isNode, isPair } from 'yaml';

/**
 * Where the document first goes deeper than `most` levels, as an offset; null when it never does. Walks without
 * recursion, so that no document is too deep to be measured.
 */
export function deeperThan(root: unknown, most: number): number | null {
  let level: readonly unknown[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    const collections = level.filter(isCollection);
    if (depth === most && collections.length > 0) return collections[0]?.range?.[0] ?? 0;
    level = collections
      .flatMap(({ items }) => items)
      .flatMap((item) => (isPair(item) ? [item.key, item.value] : [item]))
      .filter(isNode);
  }
  return null;
}
