/**
 * What people type as their login, in one form: NFC, without outer space, in lower case. `DOMAIN\user` and `user@realm`
 * are split, so that every way to write a login finds the same person.
 */

export interface Login {
  /** The canonical form, by which caches and limits are kept until the person is known. */
  readonly text: string;
  /** The user part: all of `text` where it has no domain or realm. */
  readonly user: string;
  readonly form: 'plain' | 'domain' | 'realm';
  /** Windows domain or realm, empty for a plain login. */
  readonly domain: string;
}

const longest = 256;

/** Null for what cannot be a login: empty, over 256 characters, or with control characters or half a surrogate pair. */
export const parseLogin = (raw: string): Login | null => {
  if (raw.length > longest || !raw.isWellFormed()) return null;
  // eslint-disable-next-line no-control-regex -- control characters, NUL above all, are what is looked for
  if (/[\u0000-\u001f\u007f-\u009f]/.test(raw)) return null;
  const text = raw.normalize('NFC').trim().toLowerCase().normalize('NFC');
  if (text === '') return null;
  const backslash = text.indexOf('\\');
  if (backslash !== -1) return split(text, text.slice(backslash + 1), 'domain', text.slice(0, backslash));
  const at = text.lastIndexOf('@');
  if (at !== -1) return split(text, text.slice(0, at), 'realm', text.slice(at + 1));
  return { text, user: text, form: 'plain', domain: '' };
};

const split = (text: string, user: string, form: 'domain' | 'realm', domain: string): Login | null =>
  user === '' || domain === '' ? null : { text, user, form, domain };
