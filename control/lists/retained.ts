/** Which snapshots are needed, and which of them took the place of which: told by the publications. */
import type { Publication } from '../../store/repository/repository.ts';
import type { ListSourceState } from '../../store/repository/list-sources.ts';
import type { Succession } from '../../store/lists/snapshots.ts';

type Published = Pick<Publication, 'at' | 'lists'>;

/**
 * Digests of the lists of every edition that was in force at some time since `from`: a record of that time can be decided
 * again.
 * @param publications the last first, as the repository gives them
 */
export function neededSince(publications: readonly Published[], from: number): Set<string> {
  const needed = new Set<string>();
  for (const { at, lists } of publications) {
    for (const digest of Object.values(lists)) needed.add(digest);
    // What went before it was over by then.
    if (at <= from) break;
  }
  return needed;
}

/** What took the place of what, the oldest first. @param current whole in any case, by name of list */
export function successions(
  publications: readonly Published[],
  current: Readonly<Record<string, string>>,
): readonly Succession[] {
  const kept = new Set(Object.values(current));
  const newer: Record<string, string> = { ...current };
  const found: Succession[] = [];
  const seen = new Set<string>();
  for (const { lists } of publications)
    for (const [name, older] of Object.entries(lists)) {
      const next = newer[name];
      newer[name] = older;
      if (next === undefined || next === older || kept.has(older) || seen.has(older)) continue;
      seen.add(older);
      found.push({ older, newer: next });
    }
  return found.reverse();
}

/**
 * What is to be made smaller and what is to stay, after something has changed.
 * @param states of all sources @param since of records that are still kept
 */
export function settling(
  publications: readonly Published[],
  states: readonly Pick<ListSourceState, 'lists' | 'held'>[],
  since: number,
): { readonly successions: readonly Succession[]; readonly needed: readonly string[] } {
  const needed = neededSince(publications, since);
  const current: Record<string, string> = { ...publications[0]?.lists };
  for (const { lists, held } of states) {
    for (const [list, { digest }] of Object.entries(lists)) current[list] = digest;
    for (const version of Object.values(held)) if (version !== null) needed.add(version.digest);
  }
  for (const digest of Object.values(current)) needed.add(digest);
  return { successions: successions(publications, current), needed: [...needed] };
}
