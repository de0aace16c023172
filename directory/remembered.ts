/**
 * Passwords that were right or wrong a short time ago, as keyed hashes under a key that this process made for itself and
 * never shows: nothing kept here can be turned back into a password, not even from a memory dump of another process.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { RejectionReason } from './protocol.ts';

/** HMAC-SHA-256 of account and password, in base64. */
export type PasswordMark = string;

export class PasswordMarks {
  readonly #key = randomBytes(32);

  of(account: string, password: string): PasswordMark {
    // The length in front keeps (`ab`, `c`) and (`a`, `bc`) apart.
    const name = Buffer.from(account, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(name.length);
    return createHmac('sha256', this.#key)
      .update(length)
      .update(name)
      .update(password, 'utf8')
      .digest('base64');
  }
}

interface Rejection {
  readonly reason: RejectionReason;
  readonly until: number;
}

const mostRejections = 50_000;

/** The negative cache: what was refused is refused again without asking, so that a stale password locks nobody. */
export class Rejections {
  readonly #rejections = new LRUCache<PasswordMark, Rejection>({ max: mostRejections });
  readonly #rememberWrong: number;

  constructor(rememberWrong: number) {
    this.#rememberWrong = rememberWrong;
  }

  add(mark: PasswordMark, reason: RejectionReason, now: number): void {
    const ttl = reason === 'wrong-password' ? this.#rememberWrong : Math.min(shortly, this.#rememberWrong);
    this.#rejections.set(mark, { reason, until: now + ttl });
  }

  get(mark: PasswordMark, now: number): RejectionReason | null {
    const rejection = this.#rejections.get(mark);
    return rejection !== undefined && rejection.until > now ? rejection.reason : null;
  }
}

/** An account may be created, enabled or unlocked at any moment; its owner is waiting. */
const shortly = 30_000;
