/**
 * What a decision may know of a request. Every value is canonical (made once by facts.ts) and serves matching only.
 * What costs something to find out is found out when a rule asks: such values may be getters, which give the same
 * value each time.
 */

/** A request's target as far as host and port: all that is known at CONNECT. */
export interface RequestFacts {
  readonly scheme: 'http' | 'https';
  /** Canonical host: A-label in lower case without trailing dot, dotted IPv4, or RFC 5952 IPv6 without brackets. */
  readonly host: string;
  readonly hostKind: 'name' | 'ipv4' | 'ipv6';
  /** 1 to 65535. */
  readonly port: number;
  /**
   * Method and path: `unknown` while the request inside a tunnel has not been seen, `unobtainable` when it never will
   * be (a tunnel that is not decrypted). A condition on an unobtainable fact does not match, and the trace says so.
   */
  readonly url: UrlFacts | 'unknown' | 'unobtainable';
  /**
   * Addresses inside this one that its host fetches or leads to (translators, caches, redirectors, web proxies), those
   * inside them too; each is decided like a request of its own. Nearly always one shared empty array.
   */
  readonly inner: readonly RequestFacts[];
  /** CNAMEs on the way from the host to its addresses, canonical, link by link; empty until the name was resolved. */
  readonly aliases: readonly string[];
  /** A label of the host mixes scripts in a way that no language does, as Latin and Cyrillic. */
  readonly mixedScript: boolean;
  /** `unknown` until the origin has answered, `unobtainable` where the answer will never be seen. */
  readonly response: ResponseFacts | 'unknown' | 'unobtainable';
}

export interface ResponseFacts {
  /** `type/subtype` in lower case without parameters; empty when the origin names none. */
  readonly mediaType: string;
  /** Bytes; null while the origin does not say how many. */
  readonly size: number | null;
}

export interface UrlFacts {
  /** As sent; methods are case-sensitive (RFC 9110 §9.1). */
  readonly method: string;
  /** Canonical path, percent-decoded to a fixed point, dot segments resolved; begins with `/`. */
  readonly path: string;
  /**
   * Path as received, validated; begins with `/`. A rule that blocks or warns hits by either path; one that allows must
   * hit the canonical one, or a detour such as `/open/../closed` would open anything.
   */
  readonly rawPath: string;
  /** Query as received without `?`; empty when there is none. */
  readonly query: string;
  /** What is searched for where the address is a known engine's; null for every other one. */
  readonly search: SearchFacts | null;
  /** Extension of the last path segment in lower case without dot; empty when it has none. */
  readonly extension: string;
  /** The body that the request announces; null when it has none. */
  readonly upload: UploadFacts | null;
  readonly headers: HeaderFacts;
  /** Only where a decision is noted for a record, or made again from one; never of a request on its way. */
  readonly witness?: Witness;
}

/** A condition that reads what no record holds: the words of a search, the fields, the size of what is sent. */
export type UnkeptCondition = 'search' | 'headers' | 'fetch' | 'userAgents' | 'upload';

/**
 * Is asked in the place of what no record holds. One notes what it hears (policy/replay/keep.ts), another says again what
 * was noted (policy/replay/replay.ts); both hear the same questions, since one engine asks them.
 */
export interface Witness {
  /** @param holds asks the request itself */
  condition(rule: string, condition: UnkeptCondition, holds: () => boolean): boolean;
  /**
   * Whether the address is in a place of the rule, which its query and fields may tell: what `state` gives.
   * @param state 0, NO_MATCH, or the bits of what would tell, of a request
   */
  place(rule: string, facts: RequestFacts, state: (facts: RequestFacts) => number): number;
  /** Whether a page that an override opened brings the request along. */
  broughtBy(grant: string, holds: () => boolean): boolean;
}

export interface SearchFacts {
  /** Name of the engine in rules/search-engines.yaml. */
  readonly engine: string;
  /** Distinct words as words.ts splits and folds them; empty where the body of a form holds them. */
  readonly words: readonly string[];
}

export interface UploadFacts {
  /** Bytes; null when the length is not known beforehand. */
  readonly size: number | null;
}

/** The fields of the request that a rule may ask for. An absent one is the empty string. */
export interface HeaderFacts {
  readonly userAgent: string;
  /** Names of all fields, in lower case. */
  readonly names: ReadonlySet<string>;
  /** `Sec-Fetch-Dest`, `-Mode` and `-Site`, in lower case. */
  readonly dest: string;
  readonly mode: string;
  readonly site: string;
  /** Canonical host of `Referer`, or of `Origin` when there is none. */
  readonly initiator: string;
}

/** The values of a request that has none of these; each is shared by all such requests. */
export const noFacts: readonly RequestFacts[] = Object.freeze([]);
export const noNames: readonly string[] = Object.freeze([]);
export const noHeaders: HeaderFacts = Object.freeze({
  userAgent: '',
  names: new Set<string>(),
  dest: '',
  mode: '',
  site: '',
  initiator: '',
});
