/**
 * The guard against lists that shrink: a list that loses more of its entries than it may stays as it was, and what came is
 * held back until somebody says yes. A source that breaks off half way, a publisher's mistake or an error page in a place
 * where nobody looks would otherwise open what the list closes, silently and everywhere.
 */
import type { ListSourceState, ListVersions } from '../../store/repository/list-sources.ts';

export interface Sifted extends Pick<ListSourceState, 'lists' | 'held'> {
  /** What is held back, for messages. */
  readonly losses: readonly Loss[];
}

export interface Loss {
  readonly list: string;
  readonly from: number;
  /** 0 where the list is gone. */
  readonly to: number;
}

/** @param shrink what part of its entries a list may lose, 0 to 1 @param accept whether somebody has said yes */
export function sift(before: ListVersions, came: ListVersions, shrink: number, accept: boolean): Sifted {
  const lists: Record<string, ListVersions[string]> = {};
  const held: Record<string, ListVersions[string] | null> = {};
  const losses: Loss[] = [];
  for (const name of [...new Set([...Object.keys(before), ...Object.keys(came)])].sort()) {
    const [old, next] = [before[name], came[name]];
    const to = next?.entries ?? 0;
    if (old !== undefined && !accept && losesTooMuch(old.entries, to, shrink)) {
      lists[name] = old;
      held[name] = next ?? null;
      losses.push({ list: name, from: old.entries, to });
    } else if (next !== undefined) lists[name] = old?.digest === next.digest ? old : next;
  }
  return { lists, held, losses };
}

/** What was held back is taken over. */
export function acceptHeld({ lists, held }: Pick<ListSourceState, 'lists' | 'held'>): ListVersions {
  const all = Object.entries({ ...lists, ...held });
  return Object.fromEntries(all.filter((pair): pair is [string, ListVersions[string]] => pair[1] !== null));
}

/** In the state as it is kept. */
export function lossesOf({ lists, held }: Pick<ListSourceState, 'lists' | 'held'>): readonly Loss[] {
  return Object.entries(held).map(([list, next]) => ({
    ...{ list, from: lists[list]?.entries ?? 0, to: next?.entries ?? 0 },
  }));
}

const losesTooMuch = (from: number, to: number, shrink: number): boolean => from - to > from * shrink;
