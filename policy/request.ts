/** What a decision may know of a request. Every value is canonical (made once by facts.ts) and serves matching only. */

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
}
