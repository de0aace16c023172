/** Basic sign-in at a proxy (RFC 7617, RFC 9110 §11.7): what the field says, and the sign-ins remembered here. */
import { hash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Person } from '../../policy/subject.ts';

export interface BasicCredentials {
  readonly login: string;
  readonly password: string;
}

const base64 = /^[A-Za-z0-9+/]+={0,2}$/;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * @param field value of `Proxy-Authorization`
 * @returns null when it is not well-formed Basic. Text is UTF-8, as our challenge asks for; bytes that are not are read
 * as latin1, which older clients send.
 */
export function parseBasic(field: string): BasicCredentials | null {
  const space = field.indexOf(' ');
  if (space < 0 || field.slice(0, space).toLowerCase() !== 'basic') return null;
  const encoded = field.slice(space + 1).trim();
  if (!base64.test(encoded)) return null;
  const text = decode(Buffer.from(encoded, 'base64'));
  const colon = text.indexOf(':');
  if (colon < 1) return null;
  return { login: text.slice(0, colon), password: text.slice(colon + 1) };
}

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}

/** The value of `Proxy-Authenticate`. */
export const basicChallenge = (realm: string): string => `Basic realm="${realm}", charset="UTF-8"`;

interface Remembered {
  readonly person: Person;
  /** Epoch milliseconds. */
  readonly expires: number;
}

/**
 * Sign-ins that the directory has verified, by a hash of the field under a key that never leaves this thread, so that a
 * request of a known person costs no message to another thread and no password is kept.
 */
export class RememberedSignIns {
  readonly #key = randomBytes(32).toString('base64');
  readonly #byHash: LRUCache<string, Remembered>;

  constructor(max: number) {
    this.#byHash = new LRUCache({ max });
  }

  /** The key of a `Proxy-Authorization` value. */
  hash(field: string): string {
    return hash('sha256', this.#key + field, 'base64');
  }

  get(hashed: string, now: number): Person | undefined {
    const remembered = this.#byHash.get(hashed);
    return remembered !== undefined && remembered.expires > now ? remembered.person : undefined;
  }

  set(hashed: string, person: Person, expires: number): void {
    this.#byHash.set(hashed, { person, expires });
  }

  /** Forgets everyone whose key is in `keys` (accounts disabled, removed or signed out). */
  forget(keys: ReadonlySet<string>): void {
    for (const [hashed, { person }] of this.#byHash.entries()) {
      if (keys.has(person.key)) this.#byHash.delete(hashed);
    }
  }
}
