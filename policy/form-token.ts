/**
 * The token in a form of a block page or of the portal: what the form is about, whose it is and until when, sealed by an
 * HMAC (SHA-256, RFC 2104). Its holder can read it and cannot change it. It is sealed in one thread and opened in
 * another; whoever opens it also sees to it that a nonce is used once.
 *
 *     base64url(JSON of the fields, in the order of `fields`) . base64url(HMAC of the first part)
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface FormToken {
  /** Key of the person whose form it is ({@link Person.key}). */
  readonly subject: string;
  /** Id of the record that it is about. */
  readonly record: string;
  readonly rule: string;
  readonly host: string;
  /** Where going on leads: the address as it was asked for. */
  readonly url: string;
  /** Milliseconds for which going on past the rule holds; null where nobody can go on. */
  readonly continue: number | null;
  /** Epoch milliseconds. */
  readonly expires: number;
  /** Random. */
  readonly nonce: string;
}

const fields = ['subject', 'record', 'rule', 'host', 'url', 'continue', 'expires', 'nonce'] as const;

export type Opened =
  | { readonly ok: true; readonly token: FormToken }
  /** `forged`: changed, of another key, or none at all. */
  | { readonly ok: false; readonly reason: 'forged' | 'expired' };

const macOf = (key: Uint8Array, text: string): Buffer => createHmac('sha256', key).update(text).digest();

export function sealForm(key: Uint8Array, token: FormToken): string {
  const text = Buffer.from(JSON.stringify(fields.map((field) => token[field]))).toString('base64url');
  return `${text}.${macOf(key, text).toString('base64url')}`;
}

/** @param now epoch milliseconds */
export function openForm(key: Uint8Array, sealed: string, now: number): Opened {
  const [, text = '', mac = ''] = /^([\w-]{1,16384})\.([\w-]{43})$/.exec(sealed) ?? [];
  const given = Buffer.from(mac, 'base64url');
  const right = macOf(key, text);
  if (given.length !== right.length || !timingSafeEqual(given, right)) return { ok: false, reason: 'forged' };
  const values = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[];
  const token = Object.fromEntries(fields.map((field, i) => [field, values[i]])) as unknown as FormToken;
  return token.expires <= now ? { ok: false, reason: 'expired' } : { ok: true, token: Object.freeze(token) };
}
