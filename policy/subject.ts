/** Who a request is from, as far as that is known. */

/** A group of the directory; a policy may name it by name, DN or key. All three are compared without case. */
export interface Group {
  /** entryUUID or objectGUID: survives a rename. */
  readonly key: string;
  readonly name: string;
  readonly dn: string;
}

/** A person whom the directory has verified. Frozen; one object per verified sign-in, so that caches can hang on it. */
export interface Person {
  /** Immutable key: entryUUID or objectGUID, as a lower-case UUID string. */
  readonly key: string;
  readonly login: string;
  readonly name: string;
  readonly groups: readonly Group[];
  /** School ids as the district's config maps them. */
  readonly schools: readonly string[];
  /** Date of birth as an ISO date, where the directory knows it. */
  readonly born?: string | null;
  /**
   * Of a person as a record has them: the audiences that they were in, by name. These count in the place of everything
   * else that is said here; absent of whoever is really there.
   */
  readonly audiences?: readonly string[];
}

/** `unknown`: not asked yet. `unidentified`: cannot be had (directory down, device that cannot sign in). */
export type Identity = Person | 'unknown' | 'unidentified';

/** Null where nobody is identified. */
export const keyOf = (identity: Identity): string | null =>
  typeof identity === 'string' ? null : identity.key;

export interface Subject {
  /** The client's canonical address: dotted IPv4 (also for IPv4-mapped IPv6) or RFC 5952 IPv6. */
  readonly ip: string;
  readonly identity: Identity;
}
