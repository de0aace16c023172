/** What is recorded of a decision, and how a proxy thread hands it over. */

export interface BlockRecord {
  /** UUIDv7 made by the proxy thread. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** The verified person, or null: a login becomes part of a record only after it was verified. */
  readonly person: { readonly key: string; readonly login: string; readonly name: string } | null;
  /** The person's schools of that time, or those of the network. */
  readonly schools: readonly string[];
  /** Canonical client address. */
  readonly ip: string;
  /** `CONNECT` for a tunnel. */
  readonly method: string;
  /** `scheme://host[:port]/path` without query; `https://host[:port]` for a tunnel. */
  readonly url: string;
  readonly host: string;
  readonly rule: string;
  readonly clause: ClauseAsAdopted | null;
  readonly policyVersion: string;
  readonly edition: string;
  readonly action: 'allow' | 'block' | 'warn';
  /** Whose record it is: who may review it depends on that. */
  readonly about: 'student' | 'staff';
  /** False where it only would have been so, and the request went on. */
  readonly enforced: boolean;
  /** Ids of the grants that the decision rests on. */
  readonly grants: readonly string[];
  /** What it takes to decide again, as JSON (policy/replay/kept.ts); null where that cannot be. */
  readonly kept?: string | null;
  /** `page`: a person sees it, so it has a record of its own. `repeat`: a sub-resource or a tunnel, see the journal. */
  readonly kind: 'page' | 'repeat';
}

export interface ClauseAsAdopted {
  readonly id: string;
  readonly number: string;
  readonly title: string;
  readonly text: string;
  /** ISO date. */
  readonly adopted: string;
}

export type Acknowledgement =
  /** On disk. `id` is the record's own, or that of the record which it repeats. */
  | { readonly kind: 'recorded'; readonly id: string }
  /** The store cannot take it: the page carries no reference. */
  | { readonly kind: 'unavailable' };

/** Calls of a proxy thread to the record thread. */
export interface JournalApi {
  append(record: BlockRecord): Promise<Acknowledgement>;
}
