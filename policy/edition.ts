/** An edition: everything a decision depends on besides the request, named so that a record can be replayed. */

/** The documents of one policy version, as text; its id is the digest of all of them. */
export interface PolicyDocuments {
  /** YAML of policy/model/policy.ts. */
  readonly policy: string;
  /** Markdown of policy/model/aup.ts, the adopted language first. */
  readonly aup: readonly string[];
}

/** A category list as read: the name is the file's without folder and ending. */
export interface ListText {
  readonly name: string;
  readonly text: string;
}

/** A list whose text is not in memory: whoever compiles reads it piece by piece. */
export interface ListPieces {
  readonly name: string;
  /** As {@link EditionId.lists} has it: of the whole text. */
  readonly digest: string;
  chunks(): Iterable<Uint8Array>;
}

export type ListInput = ListText | ListPieces;

export interface EditionId {
  /** `e-` and 16 hex digits: digest over all below. */
  readonly edition: string;
  /** `p-` and 16 hex digits: digest of the policy documents. */
  readonly policyVersion: string;
  /** `a-` and 16 hex digits: digest of the AUP texts. */
  readonly aupVersion: string;
  /** Digest by list name. */
  readonly lists: Readonly<Record<string, string>>;
  readonly engineVersion: number;
}
