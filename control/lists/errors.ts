/** Why a source of lists gave nothing new. */
export type ListErrorCode =
  /** The file or folder cannot be read. */
  | 'source-file'
  /** The name of the origin's host has no address, or nobody answers there. */
  | 'source-unreachable'
  /** Its address is one that Hallpass does not dial. */
  | 'source-refused-address'
  /** Its certificate is not valid, or TLS failed otherwise. */
  | 'source-tls'
  /** The origin answered with an error. */
  | 'source-status'
  /** It redirects in a circle, too often, or to where this may not go. */
  | 'source-redirect'
  /** It did not answer in time, or stood still. */
  | 'source-timeout'
  /** It is larger than `maxSize`. */
  | 'source-too-large'
  /** It broke off, or is not what its checksum says. */
  | 'source-checksum'
  /** What came is no list, or none of the format that was named. */
  | 'source-not-a-list'
  /** The policy does not compile with what came. */
  | 'source-refused'
  /** The policy is frozen: no list changes before its window ends. */
  | 'frozen'
  /** The thread that reads lists ended without a result. */
  | 'importer-failed'
  /** A source of that name is not there, or is not what was asked for. */
  | 'unknown-source';

export class ListError extends Error {
  override readonly name = 'ListError';
  readonly code: ListErrorCode;

  constructor(code: ListErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
