/** What the proxy threads ask of the directory (which lives in the control thread) over a MessagePort. */
import type { Person } from '../policy/subject.ts';

export interface Credentials {
  readonly login: string;
  readonly password: string;
  /** Canonical client address: where too many accounts fail, what is tried there is slowed down. */
  readonly ip: string;
}

export type SignIn =
  /** `expires`: epoch milliseconds until which the proxy thread may remember it. */
  | { readonly kind: 'verified'; readonly person: Person; readonly expires: number }
  /**
   * One message for the client whatever the reason; the reason is for the log. `retryAfter`: whole seconds until another
   * try can succeed, 0 when one may follow at once.
   */
  | { readonly kind: 'rejected'; readonly reason: RejectionReason; readonly retryAfter: number }
  /**
   * Too much fails at this address for the password to be tried now. It says nothing about the password, so it is no 407.
   * `retryAfter`: whole seconds.
   */
  | { readonly kind: 'busy'; readonly retryAfter: number }
  /** No directory server answers and nothing remembered covers it: the person is `unidentified`. */
  | { readonly kind: 'unavailable' };

export type RejectionReason =
  | 'empty-password'
  | 'unknown-login'
  | 'ambiguous-login'
  | 'wrong-password'
  | 'account-disabled'
  | 'account-locked'
  | 'account-expired'
  | 'password-expired'
  | 'limited';

/** Calls of a proxy thread to the control thread. */
export interface DirectoryApi {
  signIn(credentials: Credentials): Promise<SignIn>;
}
