/** What a look at a source makes of its state. */
import type {
  ListSourceFailure,
  ListSourceState,
  ListVersions,
} from '../../store/repository/list-sources.ts';
import type { Looked } from './look.ts';
import { acceptHeld, sift } from './shrink.ts';
import type { KnownSource } from './known-source.ts';

/** @param accept whether what is held back is taken over */
export function stateAfter(
  { name, source, state }: KnownSource,
  looked: Looked,
  accept: boolean,
  at: number,
): ListSourceState {
  const seen = { checkedAt: at, seenAt: at, failure: null };
  if (looked.kind === 'same') {
    return accept ? { ...state, ...seen, lists: acceptHeld(state), held: {} } : { ...state, ...seen };
  }
  const came: ListVersions = Object.fromEntries(
    looked.imported.lists.map(({ category, digest, entries, bytes }) => [
      `${name}/${category}`,
      { digest, entries, bytes, at },
    ]),
  );
  const { etag, lastModified, fingerprint } = looked;
  const { lists, held } = sift(state.lists, came, source.shrink, accept);
  return { ...seen, etag, lastModified, fingerprint, lists, held };
}

/** Names of lists of which another text is in force. */
export const changesOf = (before: ListVersions, after: ListVersions): readonly string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => before[name]?.digest !== after[name]?.digest)
    .sort();

/** After a look that gave nothing. */
export function stateFailed(
  { state }: KnownSource,
  error: unknown,
  at: number,
): ListSourceState & { failure: ListSourceFailure } {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  const { since = at, count = 0 } = state.failure ?? {};
  return { ...state, checkedAt: at, failure: { code, message, since, count: count + 1 } };
}
