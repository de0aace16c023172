/** What can be wrong with a policy, an AUP, a list, an image or a request's target: one closed set of codes. */

export type ProblemCode =
  // The form of a YAML document.
  | 'yaml-syntax'
  | 'duplicate-key'
  | 'unknown-key'
  | 'missing-key'
  | 'bad-value'
  // What a policy refers to.
  | 'unknown-audience'
  | 'unknown-network'
  | 'unknown-schedule'
  | 'unknown-category'
  | 'unknown-clause'
  | 'duplicate-id'
  | 'reserved-id'
  | 'bad-time-zone'
  | 'bad-cidr'
  | 'bad-host'
  | 'bad-url'
  | 'bad-expression'
  | 'bad-date-range'
  | 'missing-public'
  // The AUP.
  | 'aup-front-matter'
  | 'aup-heading'
  | 'aup-topic'
  | 'aup-translation'
  // Lists, as warnings: what cannot be read is left out, the rest serves.
  | 'list-entry'
  | 'list-category'
  // The whole.
  | 'too-large';

/** Why an image cannot be opened. */
export type ImageErrorCode = 'image-magic' | 'image-version' | 'image-size' | 'image-checksum';

/** Why a host or an address has no canonical form. */
export type HostErrorCode =
  'host-empty' | 'host-characters' | 'host-label' | 'host-length' | 'host-address' | 'host-dots';

/** Why a request's target has no canonical form. */
export type TargetErrorCode = HostErrorCode | 'port-range' | 'path-form' | 'inner-count';

export class ImageError extends Error {
  readonly code: ImageErrorCode;
  constructor(code: ImageErrorCode, message: string) {
    super(message);
    this.name = 'ImageError';
    this.code = code;
  }
}

/** One thing that is wrong in a document, and where. */
export interface Problem {
  readonly code: ProblemCode;
  readonly file: string;
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  /** Lower case, no full stop, what was written in backticks. */
  readonly message: string;
  /** How to mend it. */
  readonly hint?: string;
}

/** `file:line:column: message: hint`. */
export function formatProblem(problem: Problem): string {
  const { file, line, column, message, hint } = problem;
  return `${file}:${line}:${column}: ${message}${hint === undefined ? '' : `: ${hint}`}`;
}
