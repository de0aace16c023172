/**
 * What a list may say, in one form whatever it was written in. A reader of any format gives its entries to a sink; what
 * keeps them as text is the snapshot (snapshot.ts), and only snapshots are compiled.
 */

import type { Reach } from '../model/patterns.ts';

export type { Reach } from '../model/patterns.ts';

/** Where an entry stands, and whose it is. */
export interface Place {
  readonly category: string;
  /** Where the knowledge comes from, for people. */
  readonly source: string | null;
  /** The file of the source; null where the snapshot itself is the source. */
  readonly file: string | null;
  /** Of `file`, or of the snapshot where that is null. Counts from 1. */
  readonly line: number;
  /** What matches this is not in the category, by this list. */
  readonly except: boolean;
}

/** Canonical; a name without a dot and with `subtree` is a whole top-level domain. An address is always `exact`. */
export interface HostPattern {
  readonly kind: 'host';
  readonly host: string;
  readonly reach: Reach;
}

export type OtherPattern =
  | {
      readonly kind: 'path';
      readonly host: string;
      /** The host alone; false: its sub-domains too. */
      readonly exact: boolean;
      /**
       * Canonical path in lower case, begins with `/` and is not `/` alone; perhaps with `?query` in lower case as it is
       * written. Means what begins with it and ends there, or goes on with `/`, `?`, `&` or `=`.
       */
      readonly path: string;
    }
  | { readonly kind: 'glob'; readonly glob: string }
  /** JavaScript, over `host/path?query`. */
  | { readonly kind: 'regex'; readonly regex: string }
  /** As `parseAbpRule` reads it. */
  | { readonly kind: 'abp'; readonly rule: string }
  /** Both ends, in the canonical form of one family. */
  | { readonly kind: 'ip'; readonly from: string; readonly to: string }
  /** A search that holds all of these, in any order. */
  | { readonly kind: 'term'; readonly words: readonly string[] }
  /** Without a dot. */
  | { readonly kind: 'extension'; readonly extension: string }
  /** `video/mp4` or `video/*`. */
  | { readonly kind: 'type'; readonly type: string };

export type Pattern = HostPattern | OtherPattern;
export type ListEntry = Place & Pattern;

/**
 * Takes entries as they are read. Hosts are nearly all of a list, and so come without an object of their own.
 * `place` is one object that the reader changes from entry to entry: whoever keeps it, copies it.
 */
export interface ListSink {
  host(host: string, reach: Reach, place: Place): void;
  other(pattern: OtherPattern, place: Place): void;
}

/** A sink for those who would rather have an object for each entry. */
export function entrySink(take: (entry: ListEntry) => void): ListSink {
  return {
    host: (host, reach, { category, source, file, line, except }) =>
      take({ category, source, file, line, except, kind: 'host', host, reach }),
    other: (pattern, { category, source, file, line, except }) =>
      take({ category, source, file, line, except, ...pattern }),
  };
}

export interface Rejected {
  /** The file of the source that was read. */
  readonly file: string;
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  readonly why: string;
}

export interface ListReport {
  readonly accepted: number;
  /** The same entry stood there before. */
  readonly duplicate: number;
  /** An entry for a parent domain covers it already. */
  readonly subsumed: number;
  /** The first of them; `rejectedCount` has them all. */
  readonly rejected: readonly Rejected[];
  readonly rejectedCount: number;
  /** What is understood and cannot be used, by kind. */
  readonly skipped: Readonly<Record<string, number>>;
  /** What was changed or lost on the way, one sentence each. */
  readonly notes: readonly string[];
}
