/**
 * What a record keeps so that its decision can be made again, besides the address without its query, the client's address
 * and the edition: never the query, the words of a search, or what a field of the request holds. Where a condition read one of
 * these, its truth value is kept instead.
 */
import type { UnkeptCondition } from '../request.ts';

/** `place`: whether the address was in a place of the rule, which a query or a field told. */
export type KeptCondition = UnkeptCondition | 'place';

/** By the id of the rule; null where it could not be told (an answer that nobody had). */
export type KeptTruths = Readonly<Record<string, Readonly<Partial<Record<KeptCondition, boolean | null>>>>>;

export interface KeptAddress {
  /** Where the request was not seen; absent where it was. */
  readonly url?: 'unknown' | 'unobtainable';
  /** What was known of the answer: its media type. */
  readonly response: 'unknown' | 'unobtainable' | { readonly type: string };
  /** Other names in DNS; only where they counted. */
  readonly aliases?: readonly string[];
  readonly mixedScript?: true;
  readonly truths?: KeptTruths;
  /** Ids of the overrides whose pages brought the request along. */
  readonly broughtBy?: readonly string[];
}

/** The address inside that decided. */
export interface KeptInner extends KeptAddress {
  readonly method: string;
  /** Without its query. */
  readonly address: string;
}

export type KeptGrant =
  | { readonly kind: 'continue'; readonly id: string; readonly rule: string; readonly host: string }
  | { readonly kind: 'override'; readonly id: string; readonly host: string; readonly path: string | null }
  | { readonly kind: 'research'; readonly id: string };

export interface Kept {
  /** Of this form; another one is of another Hallpass. */
  readonly v: 1;
  readonly identity: 'known' | 'unknown' | 'unidentified';
  /** Names of the audiences that they were in for certain. */
  readonly audiences: readonly string[];
  /** Name of the network that they were on. */
  readonly network: string | null;
  readonly grants?: readonly KeptGrant[];
  /** What was put over the policy, as far as it was about this. */
  readonly emergency?: { readonly floorOnly?: true; readonly closed?: readonly string[] };
  /** Which entry of which list or of the policy matched, in the words of the trace. */
  readonly entry?: string;
  readonly asked: KeptAddress;
  readonly inner?: KeptInner;
  /** What there was no room for, in words. */
  readonly left?: readonly string[];
}

/** Bytes of one record at most; nearly always some 200. */
export const mostKept = 4_000;

const longest = { entry: 400, address: 1_000 } as const;

/** As text for the record; null where not even the least of it has room. */
export function keptText(kept: Kept): string | null {
  for (const less of [same, shorter, withoutWords, withoutTruths]) {
    const text = JSON.stringify(less(kept));
    if (Buffer.byteLength(text) <= mostKept) return text;
  }
  return null;
}

const same = (kept: Kept): Kept => {
  const { entry } = kept;
  return entry === undefined || entry.length <= longest.entry
    ? kept
    : { ...kept, entry: `${entry.slice(0, longest.entry)}…` };
};

const missing = (kept: Kept, what: string): readonly string[] => [...(kept.left ?? []), what];

function shorter(kept: Kept): Kept {
  const { inner } = kept;
  if (inner === undefined || inner.address.length <= longest.address) return same(kept);
  const address = /^https?:\/\/[^/]*/.exec(inner.address)?.[0] ?? '';
  return {
    ...same(kept),
    inner: { ...inner, address },
    left: missing(kept, 'the path of the address inside'),
  };
}

function withoutWords(kept: Kept): Kept {
  const { entry: _, ...rest } = shorter(kept);
  return { ...rest, left: missing(rest, 'the entry that matched') };
}

function withoutTruths(kept: Kept): Kept {
  const less = withoutWords(kept);
  const { truths: _, ...asked } = less.asked;
  const count = Object.keys(kept.asked.truths ?? {}).length + Object.keys(kept.inner?.truths ?? {}).length;
  const left = missing(less, `what held of ${String(count)} rules`);
  if (less.inner === undefined) return { ...less, asked, left };
  const { truths: __, ...inner } = less.inner;
  return { ...less, asked, inner, left };
}

/** Null where nothing was kept, or by another Hallpass in a form that this one does not know. */
export function readKept(text: string | null): Kept | null {
  if (text === null) return null;
  const kept = JSON.parse(text) as Partial<Kept>;
  return kept.v === 1 ? (kept as Kept) : null;
}
