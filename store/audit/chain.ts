/**
 * The audit trail's arithmetic: who did what, as rows of which each vouches for all before it.
 *
 *     digest_n = SHA-256(content_n)
 *     mac_n    = HMAC-SHA256(key, "n \n mac_(n-1) \n digest_n")      mac_0 = 64 zeros
 *     seal     = HMAC-SHA256(key, "seal \n n \n mac_n")               kept beside the database
 *
 * Whoever can write the database but has no key cannot change, insert, swap or delete a row unnoticed; the seal shows
 * rows taken from the end. A row's content may be dropped when its time is over: digest and MAC stay, and the chain holds.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** What somebody did. */
export interface AuditEntry {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Immutable key of the account, or null for whoever has the machine (the command line). */
  readonly actor: string | null;
  /** The account's login at that time, or what stands in its place. */
  readonly login: string;
  /** `<thing>.<verb>`, such as `policy.publish` or `blocks.view`. */
  readonly action: string;
  /** Whose records it was about: an immutable key, or the login that was asked for; null when nobody by name. */
  readonly subject: string | null;
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
}

/** A row as it is stored. */
export interface AuditRow {
  /** From 1, without gaps. */
  readonly seq: number;
  /** The entry as JSON; null when its time was over. */
  readonly content: string | null;
  /** Hexadecimal, as is `mac`. */
  readonly digest: string;
  readonly mac: string;
}

/** How far the trail went, told outside of the database. */
export interface Seal {
  readonly seq: number;
  readonly mac: string;
  readonly seal: string;
}

/** Action of the entry by which older contents were dropped; `detail.through` is the last of them. */
export const purgeAction = 'audit.purge';

const beginning = '0'.repeat(64);

const hmac = (key: Buffer, text: string): string => createHmac('sha256', key).update(text).digest('hex');

const digestOf = (content: string): string => createHash('sha256').update(content).digest('hex');

const macOf = (key: Buffer, seq: number, previous: string, digest: string): string =>
  hmac(key, `${String(seq)}\n${previous}\n${digest}`);

/** The row that follows `last`, or the first one. */
export function nextRow(
  key: Buffer,
  last: Pick<AuditRow, 'seq' | 'mac'> | undefined,
  entry: AuditEntry,
): AuditRow & { readonly content: string } {
  const seq = (last?.seq ?? 0) + 1;
  const { at, actor, login, action, subject, detail } = entry;
  const content = JSON.stringify({ at, actor, login, action, subject, detail });
  const digest = digestOf(content);
  return { seq, content, digest, mac: macOf(key, seq, last?.mac ?? beginning, digest) };
}

export function sealOf(key: Buffer, { seq, mac }: Pick<AuditRow, 'seq' | 'mac'>): Seal {
  return { seq, mac, seal: hmac(key, `seal\n${String(seq)}\n${mac}`) };
}

export function isAuthentic(key: Buffer, seal: Seal): boolean {
  return same(sealOf(key, seal).seal, seal.seal);
}

/** What does not hold at the first row where something does not. */
export type Tampering =
  /** A row that ought to be there is not. */
  | 'missing'
  /** Its content is not what was written. */
  | 'content'
  /** It does not follow from the row before: changed, inserted, moved, or written under another key. */
  | 'chain'
  /** Its content was dropped, and no entry says so. */
  | 'dropped'
  /** It was the last when the trail was sealed, and is another row now. */
  | 'seal';

export interface Finding {
  readonly seq: number;
  readonly tampering: Tampering;
}

/** Follows a chain row by row. */
export class ChainReader {
  readonly #key: Buffer;
  readonly #seal: Pick<Seal, 'seq' | 'mac'> | null;
  #last: Pick<AuditRow, 'seq' | 'mac'> = { seq: 0, mac: beginning };
  /** Sequence numbers of dropped contents that no entry has accounted for yet. */
  #dropped: number[] = [];

  /** @param seal an authentic one */
  constructor(key: Buffer, seal: Pick<Seal, 'seq' | 'mac'> | null) {
    this.#key = key;
    this.#seal = seal;
  }

  /** The last row that was read. */
  get last(): Pick<AuditRow, 'seq' | 'mac'> {
    return this.#last;
  }

  /** Reads the next row, in the order of `seq`. */
  read(row: AuditRow): Finding | null {
    const seq = this.#last.seq + 1;
    if (row.seq !== seq) return { seq, tampering: 'missing' };
    if (row.content !== null && !same(digestOf(row.content), row.digest))
      return { seq, tampering: 'content' };
    if (!same(macOf(this.#key, seq, this.#last.mac, row.digest), row.mac)) return { seq, tampering: 'chain' };
    if (this.#seal?.seq === seq && !same(this.#seal.mac, row.mac)) return { seq, tampering: 'seal' };
    this.#last = { seq, mac: row.mac };
    if (row.content === null) this.#dropped.push(seq);
    else this.#account(row.content);
    return null;
  }

  /** No row follows. */
  end(): Finding | null {
    const [dropped] = this.#dropped;
    if (dropped !== undefined) return { seq: dropped, tampering: 'dropped' };
    if (this.#seal !== null && this.#seal.seq > this.#last.seq)
      return { seq: this.#last.seq + 1, tampering: 'missing' };
    return null;
  }

  #account(content: string): void {
    if (this.#dropped.length === 0) return;
    const { action, detail } = JSON.parse(content) as AuditEntry;
    const { through } = detail;
    if (action === purgeAction && typeof through === 'number')
      this.#dropped = this.#dropped.filter((seq) => seq > through);
  }
}

function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
